"""What may be read from a server that follows the database's own, and by whom."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.engine.running import BASE
from tests.servers.postgres import Postgres
from tests.store.ward import POSITION, Ward, pause, resume, still

# What a caller has written


def test_a_caller_who_shows_the_position_of_a_write_reads_it_at_once(ward: Ward, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    still(ward, follower)
    position = ward.put("/notes/1", level=1).headers[POSITION]
    old, there = ward.seen("/notes/1")
    assert (old.body["level"], there) == (0, 1), "who shows none may read what is a little old"
    assert ward.get("/notes/1", position=position).body["level"] == 1
    assert [each["level"] for each in ward.get("/notes?limit=5", position=position).body["items"]] == [1]
    before = ward.replica.reads
    assert ward.get("/notes/1", position=f"{position}, {position}").body["level"] == 1
    resume(follower)
    ward.level()
    assert ward.replica.reads == before
    assert ward.get("/notes/1", position=position).body["level"] == 1
    assert ward.replica.reads == before + 1, "once the replica has come so far, it answers"


def test_a_position_that_is_none_of_ours_is_answered_by_the_primary(ward: Ward, follower: Postgres) -> None:
    good = ward.put("/notes", title="a").headers[POSITION]
    still(ward, follower)
    ward.put("/notes/1", level=1)
    before = ward.replica.reads
    for wrong in ("x", "x" * 600, "\xe9", f"{good}0x", f"x{good}", ",", "A" * 59, f"{good},x", "=", " "):
        answer = ward.get("/notes/1", position=wrong)
        assert (answer.status, answer.body["level"], ward.replica.reads) == (200, 1, before)


def test_a_position_says_nothing_to_who_reads_it_and_asks_for_nothing_once_it_is_old(ward: Ward, follower: Postgres) -> None:
    first, second = (ward.put("/notes", title=title).headers[POSITION] for title in "ab")
    assert len(first) == len(second) == 59 and first[:16] != second[:16]
    still(ward, follower)
    third = ward.put("/notes/1", level=1).headers[POSITION]
    ward.now += 59
    assert ward.get("/notes/1", position=third).body["level"] == 1
    ward.now += 2
    assert ward.get("/notes/1", position=third).body["level"] == 0


def test_only_a_call_that_has_written_is_told_a_position(ward: Ward) -> None:
    told = [ward.put("/notes", title="a"), ward.ask("DELETE", f"{BASE}/notes/1")]
    untold = [ward.get("/notes"), ward.get("/notes/1"), ward.get("/notes/x"), ward.ask("POST", f"{BASE}/notes", {})]
    assert [POSITION in each.headers for each in (*told, *untold)] == [True, True, False, False, False, False]


def test_who_is_refused_reads_what_the_refusal_was_for(ward: Ward, follower: Postgres) -> None:
    tag = ward.put("/notes", title="a").headers["etag"]
    still(ward, follower)
    ward.put("/notes/1", level=1)
    stale = ward.ask("PATCH", f"{BASE}/notes/1", {"level": 2}, headers=[("if-match", tag)])
    taken = ward.ask("POST", f"{BASE}/notes", {"title": "a"})
    assert (stale.status, taken.status) == (412, 409)
    for refused in (stale, taken):
        assert ward.get("/notes/1", position=refused.headers[POSITION]).body["level"] == 1


def test_a_write_whose_place_is_not_known_is_read_from_the_primary(ward: Ward, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    still(ward, follower)
    (line,) = ward.engine.database.pool.free  # type: ignore[attr-defined]  # of PostgreSQL alone
    asked = line.fetch

    async def lost(text: str, bound: object) -> object:
        if "lsn" in text:
            raise OSError("gone")
        return await asked(text, bound)

    line.fetch = lost
    position = ward.put("/notes/1", level=1).headers[POSITION]
    line.fetch = asked
    assert ward.get("/notes/1", position=position).body["level"] == 1
    resume(follower)
    before = ward.replica.reads
    ward.until(lambda: ward.replica.replayed >= ward.replica.log.place)
    assert ward.get("/notes/1", position=position).body["level"] == 1
    assert ward.replica.reads == before, "no place is known that would be far enough"


def test_a_row_that_has_not_come_yet_is_not_missing(ward: Ward, follower: Postgres) -> None:
    still(ward, follower)
    ward.put("/notes", title="a")
    assert ward.get("/notes/1").status == 200
    assert ward.get("/notes/2").status == 404


def test_what_must_be_one_is_one_and_a_call_has_its_effect_once_however_old_the_replica(ward: Ward, follower: Postgres) -> None:
    still(ward, follower)
    name = [("idempotency-key", "one")]
    first, again = (ward.ask("POST", f"{BASE}/notes", {"title": "a"}, headers=name) for _ in range(2))
    assert (first.status, again.status, again.headers["idempotency-replayed"]) == (201, 201, "true")
    assert ward.ask("POST", f"{BASE}/notes", {"title": "a"}).status == 409
    assert len(ward.get("/notes", position=again.headers[POSITION]).body["items"]) == 1


def test_code_reads_nothing_that_is_old(ward: Ward, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    still(ward, follower)
    ward.put("/notes/1", level=1)
    before = ward.replica.reads
    assert ward.get("/notes/1/look").body == 1
    assert (ward.get("/notes/1").body["level"], ward.replica.reads) == (0, before + 1)


# Who may


def check_rights(ward: Ward, follower: Postgres, behind: Callable[[], None]) -> None:
    """Take every kind of right away, while the replica still has it, and see that it is gone at once."""
    nurse, other, boss, gone = (ward.join(name) for name in ("nurse", "other", "boss", "gone"))
    ward.promote(boss)
    ward.put("/notes", title="a")
    ward.put("/reports", out_at="2026-01-01T00:00:00Z")
    ward.put("/rooms", nurse, nurse_id=nurse.id)
    ward.put("/secrets")
    ward.level()
    asks = (
        ("/secrets/1", boss),
        ("/reports/1", boss),
        ("/reports/1",),
        ("/reports",),
        ("/rooms/1", nurse),
        ("/users/1", nurse),
    )
    assert [(answer.status, there) for answer, there in (ward.seen(*ask) for ask in asks)] == [
        (200, 1), (200, 1), (200, 0), (200, 0), (200, 0), (200, 0),
    ]  # fmt: skip
    behind()
    ward.promote(boss, admin=False)
    ward.put("/reports/1", out_at=None)
    ward.put("/rooms/1", nurse, nurse_id=other.id)
    assert ward.ask("DELETE", f"{BASE}/users/{gone.id}", token=gone.token).status == 204
    name = ward.url.rpartition("/")[2]
    kept = "SELECT (SELECT admin FROM users WHERE id = 3), (SELECT nurse_id FROM rooms), (SELECT count(*) FROM users)"
    assert follower.ask(kept, name) == "1|1|4", "the replica has it still"
    assert follower.ask("SELECT out_at IS NOT NULL FROM reports", name) == "t"
    assert [ward.get(path, boss).status for path in ("/secrets", "/secrets/1", "/reports/1")] == [403, 403, 404]
    assert (ward.get("/reports/1").status, ward.get("/reports").body["items"]) == (404, [])
    assert (ward.get("/rooms/1", nurse).status, ward.get("/rooms/1", other).status) == (404, 200)
    assert ward.get("/notes", gone).status == 401
    assert ward.seen("/notes", nurse)[1] == 1, "and all the while it is read from"


def test_no_right_is_ever_an_old_one(ward: Ward, follower: Postgres) -> None:
    check_rights(ward, follower, lambda: pause(follower))


def test_five_seconds_behind_own_writes_are_read_and_no_right_is_old(ward: Ward, follower: Postgres) -> None:
    def behind() -> None:
        follower.ask("ALTER SYSTEM SET recovery_min_apply_delay = '5s'")
        follower.ask("SELECT pg_reload_conf()")
        ward.put("/notes", title="b")
        ward.until(lambda: ward.replica.lag > 1)

    try:
        check_rights(ward, follower, behind)
        for level in range(1, 20):
            position = ward.put("/notes/1", level=level).headers[POSITION]
            assert ward.get("/notes/1", position=position).body["level"] == level
        assert ward.seen("/notes/1")[0].body["level"] == 0
        ward.until(lambda: ward.replica.lag > 4)
        before = ward.replica.reads
        while ward.seen("/notes/1")[0].body["level"] == 0:
            ward.work(ward.looked())
        assert ward.replica.reads > before and 4 < ward.replica.lag < 7
    finally:
        follower.ask("ALTER SYSTEM RESET recovery_min_apply_delay")
        follower.ask("SELECT pg_reload_conf()")


# Whatever happens

STEPS = some.lists(
    some.one_of(
        some.tuples(some.sampled_from(["write", "read", "list"]), some.integers(0, 2), some.integers(1, 2)),
        some.tuples(some.sampled_from(["pause", "resume", "wait"]), some.just(0), some.just(0)),
    ),
    min_size=5,
    max_size=40,
)


def test_nobody_ever_reads_what_is_older_than_their_own_last_write(ward: Ward, follower: Postgres) -> None:
    for title in "ab":
        ward.put("/notes", title=title)
    ward.level()
    level = 0

    @settings(max_examples=25, deadline=None)
    @given(STEPS)
    def law(steps: list[tuple[str, int, int]]) -> None:
        nonlocal level
        positions, wrote = [""] * 3, [{1: 0, 2: 0} for _ in range(3)]
        for do, who, row in steps:
            match do:
                case "write":
                    level += 1
                    positions[who] = ward.put(f"/notes/{row}", level=level).headers[POSITION]
                    wrote[who][row] = level
                case "read":
                    found = ward.get(f"/notes/{row}", position=positions[who])
                    assert (found.status, found.body["level"] >= wrote[who][row]) == (200, True)
                case "list":
                    for each in ward.get("/notes", position=positions[who]).body["items"]:
                        assert each["level"] >= wrote[who][each["id"]]
                case "pause":
                    pause(follower)
                case "resume":
                    resume(follower)
                case _:
                    ward.work(ward.looked())

    before = ward.replica.reads
    law()
    assert ward.replica.reads > before + 10
