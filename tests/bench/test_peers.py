"""What is measured is well-formed: every peer is locked, every question is spelled for all, and the page is made by us."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from bench import blog, checker, figure, page, results, wanted
from bench.blog import WORKLOADS, Question
from bench.candidates import CANDIDATES, HERE, Candidate, Kind, ours
from bench.kingpost.app import User, app
from bench.load import ended
from bench.results import Results, Run, Spread, Stay
from bench.spelling import KINGPOST, PLAIN, POCKETBASE, Spelling, padded
from kingpost.testing import Client

PEERS = [each for each in CANDIDATES if each.kind is not Kind.OURS]
SENT = ("user_id", "title", "content")
LATER = datetime(9999, 1, 1, tzinfo=UTC)
NAMES = sorted({name for workload in WORKLOADS for _, name in workload.mixed})


def run(server: float) -> Run:
    times = (1.0, 2.0, 3.0)
    return Run(1_000.0, server, 20.0, times, 0.5, 0.01, 600.0, times, 0.2, 9.0)


def measured() -> Results:
    """Results of two rounds in which every peer took twice our time, then three times."""
    costs = {each.name: (100.0, 120.0) if each.kind is Kind.OURS else (200.0, 360.0) for each in CANDIDATES}
    return Results(
        "2026-01-31", {"processor": "p", "memory": "m", "system": "s", "python": "3"}, 2, 1.0, 32,
        {each.name: "1.0" for each in CANDIDATES},
        {name: {work.name: [run(one), run(other)] for work in WORKLOADS} for name, (one, other) in costs.items()},
        {each.name: [Stay(0.5, 1_048_576, 2_097_152)] * 2 for each in CANDIDATES},
    )  # fmt: skip


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_peer_is_installed_with_exact_versions_and_hashes(peer: Candidate) -> None:
    if peer.kind is Kind.NODE:
        named = json.loads((peer.source / "package.json").read_text())["dependencies"]
        packages = json.loads((peer.source / "package-lock.json").read_text())["packages"]
        assert {name: packages[f"node_modules/{name}"]["version"] for name in named} == named
        assert [name for name, package in packages.items() if name and not package.get("integrity")] == []
    else:
        locked = (peer.source / "requirements.txt").read_text()
        wanted_names = [re.split(r"\[", line)[0] for line in (peer.source / "requirements.in").read_text().split()]
        assert [name for name in wanted_names if not re.search(rf"^{name}==\S+", locked, re.MULTILINE)] == []
        assert [block for block in re.split(r"\n(?=\w)", locked.strip()) if "--hash=sha256:" not in block] == []


def test_every_folder_of_a_peer_is_measured() -> None:
    assert {path.name for path in (HERE / "peers").iterdir() if path.is_dir()} == {peer.folder for peer in PEERS}


def test_all_see_the_same_rows_each_time() -> None:
    users, posts = blog.rows()
    assert (len(users), len(posts)) == (blog.USERS, blog.POSTS)
    assert sum(user.post_count for user in users) == len(blog.published()) == len([1 for post in posts if post.published_at])
    assert posts[7].title == "Spar valley lintel king purlin plank hinge"


@pytest.mark.parametrize("spelling", [PLAIN, KINGPOST, POCKETBASE])
@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_spelled_for_all(spelling: Spelling, name: str) -> None:
    question = blog.question(name, Random(1), signed_in=True)
    head, _, body = spelling.request(question, "abc").partition(b"\r\n\r\n")
    assert head.startswith(b"POST /" if name == "create" else b"GET /")
    assert b"\r\nAuthorization: Bearer abc" in head
    assert bool(body) == (name == "create")
    assert not body or f"\r\nContent-Length: {len(body)}".encode() in head


def test_every_workload_asks_for_what_it_is_mixed_of() -> None:
    for workload in WORKLOADS:
        asked = [question for question, _ in zip(workload.questions(Random(1)), range(300), strict=False)]
        assert {question.name for question in asked} == {name for _, name in workload.mixed}
        assert {bool(question.user) for question in asked} == {workload.signed_in}
        assert sum(weight for weight, _ in workload.mixed) == 100


def test_what_the_checker_expects_is_what_the_rows_say() -> None:
    users, posts = blog.rows()
    key = blog.published()[0]
    assert checker.expected(Question("post", key=key)) == vars(posts[key - 1])
    top = checker.expected(Question("top"))
    assert len(top) == blog.TOP and top[0]["post_count"] == max(user.post_count for user in users)
    page_of = checker.expected(Question("posts+user", before=posts[0].created_at))
    assert len(page_of) == blog.PAGE and all(each["user"]["id"] == each["user_id"] for each in page_of)


def test_our_app_answers_each_question_as_the_checker_reads_it() -> None:
    client = Client(app)
    user = client.make(User, name="Ada Roof")
    body = {**blog.draft(Random(1)), "user_id": user.id}
    made = client.post(KINGPOST.address(Question("create", body=body)), body)
    assert made.status == 201
    post = KINGPOST.row(made.body)
    assert {name: post[name] for name in SENT} == {name: body[name] for name in SENT}
    for name in ("posts", "posts+user"):
        answer = client.get(KINGPOST.address(Question(name, before=LATER)))
        (found,) = KINGPOST.read(Question(name), json.dumps(answer.body).encode())
        assert {key: found[key] for key in post} == post
        assert ("user" in found) == (name == "posts+user")
    (top,) = client.get(KINGPOST.address(Question("top"))).body["items"]
    assert (top["id"], top["post_count"]) == (user.id, 1)
    assert client.get(KINGPOST.address(Question("hello"))).body == {"message": "Hello"}


def test_a_value_too_many_in_an_answer_is_noticed() -> None:
    with pytest.raises(AssertionError):
        PLAIN.row({"id": 1, "name": "Ada", "created_at": "2026-01-31T10:30:00Z", "post_count": 1, "email": "ada@example.com"})


def test_ids_of_fifteen_letters_stand_in_the_order_of_numbers() -> None:
    assert sorted(map(padded, (10, 9, 100_000))) == list(map(padded, (9, 10, 100_000)))
    assert POCKETBASE.read(Question("posts"), b'{"items": []}') == []


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", False),
    ],
)
def test_the_end_of_an_answer_is_found(answer: bytes, whole: bool) -> None:
    assert ended(answer) == whole


def test_a_multiple_is_taken_within_each_round() -> None:
    assert results.ratio(measured(), "fastify", "kingpost", "W1") == Spread(2.5, 2.0, 3.0)
    assert results.ratio(measured(), "nobody", "kingpost", "W1") is None


def test_results_are_read_as_they_were_kept(tmp_path: Path) -> None:
    results.write(measured(), tmp_path / "results.json")
    assert results.read(tmp_path / "results.json") == measured()


def test_the_page_says_what_was_reached_and_what_not_yet() -> None:
    text = page.text(measured())
    assert "| Fastify | 2.50 of 1.2 | 2.50 of 1.2 | 2.50 of 1 | 2.50 of 1.5 |" in text
    assert "| Django Ninja | 2.50 of 12, **not yet** |" in text
    assert "A trial" in text
    assert {ours(each) for each in CANDIDATES} == {"kingpost", "kingpost_sqlite"}
    assert wanted.least("fastify", "W4") is None


def test_a_picture_is_drawn_to_scale() -> None:
    picture = figure.bars("A & B", "us", [("one", Spread(50.0, 40.0, 60.0), True), ("two", Spread(100.0, 100.0, 100.0), False)])
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="16"', picture)]
    assert widths[1] == 2 * widths[0]
    assert "A &amp; B" in picture


def test_the_page_and_its_pictures_are_what_the_command_makes_of_the_results() -> None:
    found = results.read()
    assert page.PATH.read_text(encoding="utf-8") == page.text(found)
    kept = {path.name: path.read_text(encoding="utf-8") for path in page.PICTURES.glob("*.svg")}
    assert kept == page.pictures(found)
