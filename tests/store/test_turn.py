"""Several processes that write one file take turns."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from kingpost.store.sqlite.turn import Turn
from tests.store import writers

ROOT = Path(__file__).resolve().parents[2]
LONGEST_WAIT = 0.25


def start(path: Path, count: int, seconds: float) -> "subprocess.Popen[str]":
    """Start a process that writes when it is told to begin."""
    return subprocess.Popen(
        [sys.executable, writers.__file__, str(path), str(count), str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )  # fmt: skip


def begin(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None and process.stdout.readline() == "ready\n"


def rows(path: Path) -> int:
    with apsw.Connection(str(path)) as connection:
        ((count,),) = connection.execute('SELECT count(*) FROM "users"').fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert isinstance(count, int)
    return count


def test_processes_that_start_at_once_on_no_database_make_one_and_all_write_into_it(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    made = [start(path, 4, 0.3) for _ in range(3)]
    for each in made:
        ready(each)
        begin(each)
    times = [json.loads(each.communicate(timeout=30)[0]) for each in made]
    assert [each.returncode for each in made] == [0, 0, 0]
    assert rows(path) == sum(len(each) for each in times) and min(len(each) for each in times) > 0
    assert sorted(os.listdir(tmp_path)) == ["app.db"]  # noqa: PTH208  # names are what is compared


def test_a_process_that_is_killed_leaves_its_turn_to_others(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    killed, other = start(path, 4, 30), start(path, 4, 0.5)
    for each in (killed, other):
        ready(each)
    begin(killed)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    begin(other)
    assert len(json.loads(other.communicate(timeout=30)[0])) <= rows(path)


def test_one_who_waits_for_a_file_that_is_removed_meets_the_others_at_the_new_one(tmp_path: Path) -> None:
    one, two, three = (Turn(str(tmp_path / "turn")) for _ in range(3))
    for each in (one, two):
        each.take()
        each.give()
    one.leave()
    three.take()
    assert two.descriptor >= 0 and os.fstat(two.descriptor).st_nlink == 0
    three.give()
    two.take()
    assert os.path.samestat(os.fstat(two.descriptor), os.fstat(three.descriptor))
    two.leave()
    three.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.prove
def test_three_processes_with_many_writers_each_wait_for_no_one_long(tmp_path: Path) -> None:
    path, seconds = tmp_path / "app.db", min(20.0, float(os.environ.get("KINGPOST_PROVE_SECONDS", "60")) / 10)
    made = [start(path, 16, seconds) for _ in range(3)]
    for each in made:
        ready(each)
    for each in made:
        begin(each)
    found = [sorted(json.loads(each.communicate(timeout=120)[0])) for each in made]
    for times in found:
        print(
            f"{len(times)} writes in {seconds:.0f} s, a half within {times[len(times) // 2] * 1e3:.1f} ms, "
            f"99 in 100 within {times[int(len(times) * 0.99)] * 1e3:.1f} ms, all within {times[-1] * 1e3:.1f} ms"
        )
    assert rows(path) == sum(len(times) for times in found)
    assert max(times[int(len(times) * 0.999)] for times in found) <= LONGEST_WAIT
    assert min(len(times) for times in found) > max(len(times) for times in found) / 3
