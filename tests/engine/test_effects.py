"""The whole effect of each write: its answer, the rows, and just its Changes, which tell the tables again."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    PasswordPolicy,
    Resource,
    admin,
    anyone,
    back,
    count,
    many,
    owner,
    ref,
    serial,
    signed_in,
    text,
    where,
)
from kingpost import is_null as open_
from kingpost.testing import Answer
from tests.engine.running import BASE, PASSWORD, Backend
from tests.engine.running import Account as Someone

MOMENT = "2026-01-31T10:30:00Z"
HIDDEN = {"password", "email_key", "email.key", "epoch", "admin"}


class Blog(RuleBasedStateMachine):
    """Users write, publish, take back, are moved to and go, in any order."""

    users: Bundle[Someone] = Bundle("users")
    posts: Bundle[int] = Bundle("posts")

    @initialize()
    def begin(self) -> None:
        self.backend = Backend()
        self.told = 0
        self.names = iter(range(10_000))
        self.owner: dict[int, Someone] = {}
        self.admin = self.backend.promote(self.backend.join("Cid"))
        self.expect(("users", self.admin.id, "created", None))

    def teardown(self) -> None:
        if hasattr(self, "backend"):
            self.backend.close()

    def expect(self, *changes: tuple[str, int, str, Any]) -> None:
        """Expect these Changes since the last time, and no others."""
        found = self.backend.changes(self.told)
        self.told += len(found)
        assert [(each["resource"], each["key"], each["kind"], each["actor"]) for each in found] == list(changes)
        assert {each["at"] for each in found} <= {int(self.backend.now * 1_000_000)}

    def ask(self, method: str, url: str, body: object, who: Someone, status: int) -> Answer:
        self.backend.now += 1
        if self.backend.now % 800 == 0 or who.token:
            who = who._replace(token=self.backend.identity.token(who.id, 0))
        answer = self.backend.ask(method, f"{BASE}/{url}", body, who.token)
        assert answer.status == status, answer
        return answer

    @rule(target=users)
    def join(self) -> Someone:
        someone = self.backend.join(f"User {next(self.names)}", f"user{next(self.names)}@example.com")
        self.expect(("users", someone.id, "created", None))
        return someone

    @rule(target=posts, user=users, public=st.booleans())
    def write(self, user: Someone, public: bool) -> int:
        body = {"title": "Post", "published_at": MOMENT if public else None}
        made = self.ask("POST", "posts", body, user, 201)
        key = int(made.body["id"])
        assert (made.body["user_id"], made.headers["location"]) == (user.id, f"{BASE}/posts/{key}")
        self.expect(("posts", key, "created", user.id))
        self.owner[key] = user
        return key

    def updated(self, post: int, actor: int, before: tuple[Any, ...]) -> None:
        """Expect a Change exactly where the row is not as it was."""
        self.expect(*([("posts", post, "updated", actor)] if self.row(post) != before else []))

    def row(self, post: int) -> tuple[Any, ...]:
        return self.backend.rows(f"SELECT * FROM posts WHERE id = {post}")[0]

    @rule(post=posts, public=st.booleans(), whole=st.booleans())
    def publish(self, post: int, public: bool, whole: bool) -> None:
        if user := self.owner.get(post):
            before = self.row(post)
            body = {"published_at": MOMENT if public else None} | ({"title": "Whole"} if whole else {})
            answer = self.ask("PUT" if whole else "PATCH", f"posts/{post}", body, user, 200)
            assert answer.body["published_at"] == (MOMENT[:-1] + ".000000Z" if public else None)
            self.updated(post, user.id, before)

    @rule(post=posts, user=users)
    def move(self, post: int, user: Someone) -> None:
        if post in self.owner:
            before = self.row(post)
            moved = self.ask("PATCH", f"posts/{post}", {"user_id": user.id}, self.admin, 200)
            assert moved.body["user_id"] == user.id
            self.updated(post, self.admin.id, before)
            self.owner[post] = user

    @rule(post=posts, user=users)
    def steal(self, post: int, user: Someone) -> None:
        if self.owner.get(post, user).id != user.id:
            for method, body in (("PATCH", {"user_id": user.id}), ("PUT", {"title": "Mine"}), ("DELETE", None)):
                before = self.backend.snapshot()
                self.backend.now += 1
                token = self.backend.identity.token(user.id, 0)
                assert self.backend.ask(method, f"{BASE}/posts/{post}", body, token).status in (403, 404)
                assert self.backend.snapshot() == before

    @rule(post=consumes(posts))
    def remove(self, post: int) -> None:
        if user := self.owner.pop(post, None):
            assert self.ask("DELETE", f"posts/{post}", None, user, 204).text == ""
            self.expect(("posts", post, "deleted", user.id))

    @rule(user=consumes(users), target=posts)
    def leave(self, user: Someone) -> Any:
        gone = sorted(key for key, owner_ in self.owner.items() if owner_.id == user.id)
        self.ask("DELETE", f"users/{user.id}", None, self.admin, 204)
        self.expect(*(("posts", key, "deleted", self.admin.id) for key in gone), ("users", user.id, "deleted", self.admin.id))
        for key in gone:
            del self.owner[key]
        self.ask("DELETE", f"users/{user.id}", None, self.admin, 404)
        return multiple()

    @rule(user=users)
    def rename(self, user: Someone) -> None:
        name = f"User {next(self.names)}"
        assert self.ask("PATCH", f"users/{user.id}", {"name": name}, user, 200).body["name"] == name
        self.expect(("users", user.id, "updated", user.id))

    @invariant()
    def stored_counts_equal_a_recount(self) -> None:
        if hasattr(self, "backend"):
            stored = dict(self.backend.rows("SELECT id, post_count FROM users"))
            recount = Counter(user for (user,) in self.backend.rows("SELECT user_id FROM posts WHERE published_at IS NOT NULL"))
            assert stored == {key: recount[key] for key in stored}

    @invariant()
    def changes_tell_the_tables_again(self) -> None:
        if hasattr(self, "backend"):
            replay(self.backend)


def replay(backend: Backend) -> None:
    """Hold what the Changes tell against the tables.

    A stored count follows from the rows it counts, and pairs stand in no table of a resource: both are left out.
    """
    tables: dict[str, dict[Any, Any]] = {resource.name: {} for resource in backend.engine.contract.resources}
    counts = {
        each.name: {field.name for field in each.fields if field.origin == "count"} | {many.field for many in each.manys}
        for each in backend.engine.contract.resources
    }
    for change in backend.changes():
        name, key = change["resource"], change["key"]
        before, after = (bare_of(change[side], counts[name]) for side in ("before", "after"))
        assert tables[name].get(key) == before
        assert change["kind"] == ("created" if before is None else "deleted" if after is None else "updated")
        assert not {*(before or {}), *(after or {})} & HIDDEN
        if after is None:
            del tables[name][key]
        else:
            tables[name][key] = after
    for resource in backend.engine.contract.resources:
        names = [field.name for field in resource.fields if not field.hidden and field.origin != "count"]
        columns = ", ".join(f'"{name}"' for name in names)
        kept = {row[0]: dict(zip(names, row, strict=True)) for row in backend.rows(f'SELECT {columns} FROM "{resource.name}"')}
        assert {key: {name: row[name] for name in names} for key, row in tables[resource.name].items()} == kept


def bare_of(row: dict[str, Any] | None, counts: set[str]) -> dict[str, Any] | None:
    return None if row is None else {name: each for name, each in row.items() if name not in counts}


TestAnyStoryOfTheBlogKeepsItsCountsAndTellsItsChanges = Blog.TestCase
TestAnyStoryOfTheBlogKeepsItsCountsAndTellsItsChanges.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None
)


class Person(Account, table="people"):
    id: int = serial()
    name: str = text(max=50)
    open_tasks: int = count("tasks", where=where(done=open_), stored=True)
    tasks: "list[Task]" = back("helper")

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=signed_in, update=owner() | admin, delete=admin)
    lists = Lists("id")


class Project(Resource, table="projects"):
    id: int = serial()
    lead: Person = ref()
    name: str = text(max=50)

    access = Access(create=signed_in, read=signed_in, update=signed_in, delete=admin)
    lists = Lists("id")


class Task(Resource, table="tasks"):
    id: int = serial()
    project: Project = ref(on_delete="cascade")
    helper: Person | None = ref(on_delete="null")
    parent: "Task | None" = ref(on_delete="cascade")
    done: str | None = text(max=50)
    tags: "list[Tag]" = many()

    access = Access(create=signed_in, read=signed_in, update=signed_in, delete=signed_in)
    lists = Lists("id")


class Tag(Resource, table="tags"):
    id: int = serial()
    name: str = text(max=50)
    secret: str | None = text(max=50)

    access = Access(create=signed_in, read=where(secret=open_) | admin, update=signed_in, delete=admin)
    lists = Lists("id")


class Shelf(Resource, table="lists"):
    id: int = serial()
    keeper: Person = ref(on_delete="cascade")

    access = Access(create=signed_in, read=signed_in)
    lists = Lists("id")


class Note(Resource, table="notes"):
    id: int = serial()
    list: Shelf = ref(on_delete="cascade")
    writer: Person | None = ref(on_delete="null")

    access = Access(create=signed_in, read=signed_in)
    lists = Lists("id")


WORK = App(Person, Project, Task, Tag, Shelf, Note)


@pytest.fixture
def work() -> Iterator[Backend]:
    made = Backend(WORK)
    with closing(made):
        yield made


def join(backend: Backend, name: str) -> Someone:
    body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
    key = backend.ask("POST", f"{BASE}/people", body).body["id"]
    return Someone(key, body["email"], backend.identity.token(key, 0))


def make(backend: Backend, who: Someone, url: str, **body: object) -> int:
    answer = backend.ask("POST", f"{BASE}/{url}", body, who.token)
    assert answer.status == 201, answer
    return int(answer.body["id"])


def story(backend: Backend, told: int) -> list[tuple[str, int, str]]:
    return [(each["resource"], each["key"], each["kind"]) for each in backend.changes(told)]


def open_counts(backend: Backend) -> dict[int, int]:
    """Give the stored counts, having held them against a recount."""
    stored = dict(backend.rows("SELECT id, open_tasks FROM people"))
    recount = Counter(
        each for (each,) in backend.rows("SELECT helper_id FROM tasks WHERE done IS NULL AND helper_id IS NOT NULL")
    )
    assert stored == {key: recount[key] for key in stored}
    return stored


def test_a_row_that_another_must_keep_is_not_removed_and_nothing_else_is_either(work: Backend) -> None:
    ann, cid = join(work, "ann"), work.promote(join(work, "cid"))
    make(work, ann, "projects", lead_id=ann.id, name="One")
    before = work.snapshot()
    answer = work.ask("DELETE", f"{BASE}/people/{ann.id}", None, cid.token)
    assert (answer.status, answer.error["code"], answer.message) == (409, "CONFLICT", "A project still points to it")
    assert work.snapshot() == before


def test_who_goes_is_let_go_of_and_each_row_that_changes_by_it_tells_so(work: Backend) -> None:
    ann, bob, cid = join(work, "ann"), join(work, "bob"), work.promote(join(work, "cid"))
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    for helper, done in ((bob.id, None), (bob.id, "yes"), (ann.id, None), (None, None)):
        make(work, ann, "tasks", project_id=project, helper_id=helper, done=done)
    assert open_counts(work) == {ann.id: 1, bob.id: 1, cid.id: 0}
    told = len(work.changes())
    assert work.ask("DELETE", f"{BASE}/people/{bob.id}", None, cid.token).status == 204
    assert story(work, told) == [("tasks", 1, "updated"), ("tasks", 2, "updated"), ("people", bob.id, "deleted")]
    assert [(each["before"]["helper_id"], each["after"]["helper_id"]) for each in work.changes(told)[:2]] == [
        (bob.id, None)
    ] * 2
    assert work.rows("SELECT helper_id FROM tasks ORDER BY id") == [(None,), (None,), (ann.id,), (None,)]
    assert open_counts(work) == {ann.id: 1, cid.id: 0}
    replay(work)


def test_what_hangs_on_a_row_goes_with_it_leaves_first_each_once(work: Backend) -> None:
    ann, cid = join(work, "ann"), work.promote(join(work, "cid"))
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    other = make(work, ann, "projects", lead_id=ann.id, name="Two")
    tag = make(work, ann, "tags", name="red")
    first = make(work, ann, "tasks", project_id=project, helper_id=ann.id, tag_ids=[tag])
    second = make(work, ann, "tasks", project_id=other, helper_id=ann.id, parent_id=first, tag_ids=[tag])
    third = make(work, ann, "tasks", project_id=project, helper_id=ann.id, parent_id=second)
    left = make(work, ann, "tasks", project_id=other, helper_id=ann.id)
    assert open_counts(work)[ann.id] == 4
    told = len(work.changes())
    assert work.ask("DELETE", f"{BASE}/projects/{project}", None, cid.token).status == 204
    found = story(work, told)
    assert Counter(found) == Counter(
        [("projects", project, "deleted"), *(("tasks", key, "deleted") for key in (first, second, third))]
    )
    assert found[-1] == ("projects", project, "deleted")
    assert work.rows("SELECT id FROM tasks") == [(left,)]
    assert open_counts(work) == {ann.id: 1, cid.id: 0}
    pairs = next(many.through for many in WORK.contract.resource["tasks"].manys)
    assert work.rows(f'SELECT * FROM "{pairs}"') == []
    replay(work)


def test_a_row_that_hangs_on_itself_goes_once(work: Backend) -> None:
    ann = join(work, "ann")
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    task = make(work, ann, "tasks", project_id=project)
    assert work.ask("PATCH", f"{BASE}/tasks/{task}", {"parent_id": task}, ann.token).status == 200
    told = len(work.changes())
    assert work.ask("DELETE", f"{BASE}/tasks/{task}", None, ann.token).status == 204
    assert story(work, told) == [("tasks", task, "deleted")]
    assert work.rows("SELECT * FROM tasks") == []


def test_a_circle_of_rows_that_hang_on_each_other_goes_whole(work: Backend) -> None:
    ann = join(work, "ann")
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    first = make(work, ann, "tasks", project_id=project, helper_id=ann.id)
    second = make(work, ann, "tasks", project_id=project, helper_id=ann.id, parent_id=first)
    assert work.ask("PATCH", f"{BASE}/tasks/{first}", {"parent_id": second}, ann.token).status == 200
    told = len(work.changes())
    assert work.ask("DELETE", f"{BASE}/tasks/{first}", None, ann.token).status == 204
    assert story(work, told) == [("tasks", second, "deleted"), ("tasks", first, "deleted")]
    assert open_counts(work) == {ann.id: 0}
    replay(work)


def test_a_long_chain_of_rows_goes_whole(work: Backend) -> None:
    """Longer than a database follows by itself."""
    ann = join(work, "ann")
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    first = above = make(work, ann, "tasks", project_id=project, helper_id=ann.id)
    for _ in range(1_200):
        above = make(work, ann, "tasks", project_id=project, helper_id=ann.id, parent_id=above)
    assert open_counts(work) == {ann.id: 1_201}
    assert work.ask("DELETE", f"{BASE}/tasks/{first}", None, ann.token).status == 204
    assert open_counts(work) == {ann.id: 0}
    replay(work)


def test_a_row_that_is_let_go_of_and_then_goes_tells_both(work: Backend) -> None:
    """Its note hangs on the person as its writer and on its task, which goes with the person's own list."""
    ann = join(work, "ann")
    cid = work.promote(join(work, "cid"))
    mine = make(work, ann, "lists", keeper_id=ann.id)
    make(work, ann, "notes", list_id=mine, writer_id=ann.id)
    told = len(work.changes())
    assert work.ask("DELETE", f"{BASE}/people/{ann.id}", None, cid.token).status == 204
    assert story(work, told)[-1] == ("people", ann.id, "deleted")
    assert Counter(kind for name, _, kind in story(work, told) if name == "notes") == {"updated": 1, "deleted": 1}
    replay(work)


def test_pairs_are_set_whole_and_only_to_rows_the_caller_may_read(work: Backend) -> None:
    """Z6 for links through a table of pairs: one that may not be read is refused like one that is not there."""
    ann, cid = join(work, "ann"), work.promote(join(work, "cid"))
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    red, blue = make(work, ann, "tags", name="red"), make(work, ann, "tags", name="blue")
    hidden = make(work, cid, "tags", name="hidden", secret="yes")
    through = next(many for many in WORK.contract.resource["tasks"].manys)
    task = make(work, ann, "tasks", project_id=project, tag_ids=[red, blue])

    def joined() -> list[int]:
        return [each for (each,) in work.rows(f'SELECT "{through.there}" FROM "{through.through}" ORDER BY 1')]

    assert joined() == [red, blue]
    before = work.snapshot()
    refusals = []
    for ids in ([hidden], [99], [red, hidden], [red, 99], [red, red], ["1"], [None], red, None):
        for method, url in (("PATCH", f"tasks/{task}"), ("POST", "tasks")):
            answer = work.ask(method, f"{BASE}/{url}", {"project_id": project, "tag_ids": ids}, ann.token)
            assert (answer.status, list(answer.details)) == (400, ["tag_ids"]), answer
            refusals.append(answer.details)
    assert refusals[:2] == refusals[2:4]
    assert work.snapshot() == before
    for ids in ([blue], [], [red]):
        told = len(work.changes())
        assert work.ask("PATCH", f"{BASE}/tasks/{task}", {"tag_ids": ids}, ann.token).status == 200
        assert joined() == ids
        assert story(work, told) == [("tasks", task, "updated")]
    assert work.ask("PATCH", f"{BASE}/tasks/{task}", {"done": "yes"}, ann.token).status == 200
    assert joined() == [red]
    assert work.ask("PATCH", f"{BASE}/tasks/{task}", {"tag_ids": [hidden]}, cid.token).status == 200
    assert joined() == [hidden]


def test_pairs_that_a_caller_can_not_see_or_does_not_send_stay_as_they_are(work: Backend) -> None:
    ann, cid = join(work, "ann"), work.promote(join(work, "cid"))
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    red, blue = make(work, ann, "tags", name="red"), make(work, ann, "tags", name="blue")
    hidden = make(work, cid, "tags", name="hidden", secret="yes")
    through = next(many for many in WORK.contract.resource["tasks"].manys)
    task = make(work, ann, "tasks", project_id=project, tag_ids=[red])
    url = f"{BASE}/tasks/{task}"

    def joined() -> list[int]:
        return [each for (each,) in work.rows(f'SELECT "{through.there}" FROM "{through.through}" ORDER BY 1')]

    assert work.ask("PATCH", url, {"tag_ids": [red, hidden]}, cid.token).status == 200
    told = len(work.changes())
    assert work.ask("PATCH", url, {"tag_ids": [blue]}, ann.token).status == 200
    assert joined() == [blue, hidden]
    assert [each["after"]["tag_ids"] for each in work.changes(told)] == [[blue]]
    whole = {"project_id": project}
    assert work.ask("PUT", url, whole, ann.token).status == 200
    assert joined() == [blue, hidden]


def test_a_link_may_be_left_empty_where_it_is_optional_and_only_there(work: Backend) -> None:
    ann = join(work, "ann")
    project = make(work, ann, "projects", lead_id=ann.id, name="One")
    make(work, ann, "tasks", project_id=project, helper_id=None)
    before = work.snapshot()
    for body, field in (({"project_id": None}, "project_id"), ({"project_id": 99}, "project_id"),
                        ({"project_id": project, "helper_id": 99}, "helper_id"), ({}, "project_id")):  # fmt: skip
        answer = work.ask("POST", f"{BASE}/tasks", body, ann.token)
        assert (answer.status, list(answer.details)) == (400, [field])
    assert work.snapshot() == before
