"""Every way to a row or a field asks the same rule: what one path keeps, no other gives away."""

from collections.abc import Iterator

import pytest

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    PasswordPolicy,
    Resource,
    Unique,
    above,
    actor,
    admin,
    anyone,
    back,
    email,
    index,
    is_null,
    json,
    many,
    owner,
    ref,
    serial,
    signed_in,
    text,
    via,
    where,
)
from kingpost.engine.reads import MOST_ROWS
from kingpost.testing import Client

PASSWORD = "a long enough password"


class User(Account, table="users"):
    id: int = serial()
    posts: "list[Post]" = back("user")
    access = Access(create=anyone, read=anyone, update=owner())


class Post(Resource, table="posts"):
    id: int = serial()
    user: User = ref(default=actor)
    title: str = text(max=100)
    score: int = index(default=0)
    tags: "list[Tag]" = many()
    access = Access(create=anyone, read=anyone.fields("id", "title", "user_id") | owner("user"), update=owner("user"))
    lists = Lists("-score", "user_id -score")


class Tag(Resource, table="tags"):
    id: int = serial()
    name: str = text(max=50)
    posts: "list[Post]" = many(of="tags")
    access = Access(create=anyone, read=anyone)


class Ticket(Resource, table="tickets"):
    id: int = serial()
    said: str = text(max=100)
    triage: str = text(max=100, default="mild")
    access = Access(create=anyone.fields("said"), read=admin | signed_in.fields("id", "said"))


class Organisation(Resource, table="organisations"):
    id: int = serial()
    locked: str | None = text(max=10)
    access = Access(create=anyone, read=anyone)


class Project(Resource, table="projects"):
    id: int = serial()
    organisation: Organisation | None = ref()
    access = Access(create=anyone, read=anyone)


class Task(Resource, table="tasks"):
    id: int = serial()
    project: Project | None = ref()
    access = Access(
        create=anyone, read=via("project", via("organisation", where(locked=is_null))), delete=via("project", anyone)
    )


class Node(Resource, table="nodes"):
    id: int = serial()
    friends: "list[Node]" = many()
    access = Access(create=anyone, read=anyone, update=anyone)
    lists = Lists("id", page=100, most=100)


class Member(Resource, table="members"):
    id: int = serial()
    code: int
    address: str = email()
    slot: int = index(where=above(0), unique=True)
    unique = Unique("code", "address")
    access = Access(create=anyone, read=where(address="ADA@example.com"))


app = App(User, Post, Tag, Ticket, Organisation, Project, Task, Node, Member)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(app) as made:
        for name in ("ann", "bob"):
            assert made.post("/api/v1/users", {"email": f"{name}@example.com", "password": PASSWORD}).status == 201
        yield made


def test_pairs_are_told_of_on_no_path_to_who_may_not_read_the_field_that_holds_them(client: Client) -> None:
    """Z3: from the row that holds them, from the other side, included or listed."""
    ann = client.sign_in("ann@example.com", PASSWORD)
    tag = ann.post("/api/v1/tags", {"name": "secret"}).body["id"]
    post = ann.post("/api/v1/posts", {"title": "x", "tag_ids": [tag]}).body["id"]
    asks = (f"posts/{post}?include=tags", f"posts/{post}/tags", f"tags/{tag}?include=posts", f"tags/{tag}/posts")
    seen = [ann.get(f"/api/v1/{ask}").body for ask in asks]
    assert [row["id"] for row in seen[0]["tags"]["items"]] == [row["id"] for row in seen[1]["items"]] == [tag]
    assert [row["id"] for row in seen[2]["posts"]["items"]] == [row["id"] for row in seen[3]["items"]] == [post]
    told = []
    for other in (client.sign_out(), client.sign_in("bob@example.com", PASSWORD)):
        told.append([(answer.status, answer.body) for answer in (other.get(f"/api/v1/{ask}") for ask in asks)])
    for answers in told:
        assert [status for status, _ in answers] in ([200, 404, 200, 200], [200, 404, 200, 401])
        assert "tags" not in answers[0][1]
        assert answers[2][1].get("posts", {"items": []})["items"] == []
        assert answers[3][1].get("items", []) == []


def test_a_rule_beyond_a_link_holds_nowhere_for_a_row_without_the_link(client: Client) -> None:
    organisation = client.post("/api/v1/organisations", {}).body["id"]
    bare = client.post("/api/v1/projects", {}).body["id"]
    full = client.post("/api/v1/projects", {"organisation_id": organisation}).body["id"]
    tasks = [client.post("/api/v1/tasks", {"project_id": project}).body["id"] for project in (None, bare, full)]
    assert [row["id"] for row in client.get("/api/v1/tasks").body["items"]] == tasks[2:]
    assert [client.delete(f"/api/v1/tasks/{task}").status for task in tasks] == [404, 404, 204]


def test_an_answer_that_would_hold_too_many_rows_is_refused_before_it_is_made(client: Client) -> None:
    ids = [client.post("/api/v1/nodes", {}).body["id"] for _ in range(40)]
    for each in ids:
        assert client.patch(f"/api/v1/nodes/{each}", {"node_ids": ids}).status == 200
    two = client.get("/api/v1/nodes?include=friends&limit=40")
    assert sum(len(row["friends"]["items"]) for row in two.body["items"]) == 1_600
    three = client.get("/api/v1/nodes?include=friends.friends&limit=40")
    assert (three.status, three.details) == (400, {"include": f"Asks for more than {MOST_ROWS} rows at once"})


def test_a_row_whose_owner_is_who_makes_it_is_not_made_by_no_one(client: Client) -> None:
    answer = client.post("/api/v1/posts", {"title": "x"})
    assert (answer.status, answer.details) == (400, {"user_id": "Is required"})


def test_a_list_in_no_named_order_hides_no_row_and_one_in_an_order_shows_only_rows_that_show_it(client: Client) -> None:
    ann = client.sign_in("ann@example.com", PASSWORD)
    post = ann.post("/api/v1/posts", {"title": "x", "score": 5}).body["id"]
    for other in (client.sign_out(), client.sign_in("bob@example.com", PASSWORD)):
        for path in ("posts", "posts?user_id=1", "users/1/posts"):
            assert [row["id"] for row in other.get(f"/api/v1/{path}").body["items"]] == [post], path
        included = other.get("/api/v1/users/1?include=posts").body["posts"]["items"]
        assert [row["id"] for row in included] == [post]
    assert client.get("/api/v1/posts?sort=-score").body["items"] == []
    assert client.sign_out().get("/api/v1/posts?sort=-score").status == 401


def test_the_answer_to_a_new_row_shows_what_was_sent_and_what_may_be_read(client: Client) -> None:
    assert client.post("/api/v1/tickets", {"said": "x"}).body == {"id": 1, "said": "x"}
    bob = client.sign_in("bob@example.com", PASSWORD)
    assert bob.post("/api/v1/tickets", {"said": "y"}).body == bob.get("/api/v1/tickets/2").body == {"id": 2, "said": "y"}


def test_two_spellings_of_an_address_are_one_in_rules_and_in_what_is_unique_together(client: Client) -> None:
    row = {"code": 1, "address": "ada@example.com", "slot": 0}
    assert client.post("/api/v1/members", row).status == 201
    again = client.post("/api/v1/members", row | {"address": "Ada@EXAMPLE.com"})
    assert (again.status, set(again.details)) == (409, {"code", "address"})
    assert client.post("/api/v1/members", row | {"code": 2, "address": "bob@example.com"}).status == 201
    assert [each["id"] for each in client.get("/api/v1/members").body["items"]] == [1]


def test_a_condition_on_what_is_unique_is_kept(client: Client) -> None:
    made = [
        client.post("/api/v1/members", {"code": code, "address": "a@example.com", "slot": slot}).status
        for code, slot in ((1, 0), (2, 0), (3, 7), (4, 7))
    ]
    assert made == [201, 201, 201, 409]


def test_a_password_changed_while_its_old_hash_is_made_anew_stays_changed(client: Client) -> None:
    """A11: the renewal of a hash replaces that very hash or nothing."""
    identity = client.running.engine.identity

    async def story() -> tuple[str, str]:
        row = await identity.find(identity.by_email, {"email": "ann@example.com"})
        assert row is not None
        await identity.set(identity.set_password, row[0], "changed meanwhile", row[3])
        await identity.set(identity.set_password, row[0], "the old one, anew", row[3])
        now = await identity.find(identity.by_email, {"email": "ann@example.com"})
        assert now is not None
        return str(row[3]), str(now[3])

    before, after = client.loop.run_until_complete(story())
    assert before.startswith("$argon2id$")
    assert after == "changed meanwhile"


@pytest.mark.parametrize("policy", [PasswordPolicy(min=8, max=4_000), PasswordPolicy(min=9, max=8), PasswordPolicy(min=-1)])
def test_a_password_policy_that_would_lock_people_out_is_a_mistake(policy: PasswordPolicy) -> None:
    class Person(Account):
        password = policy
        access = Access(create=anyone)

    with pytest.raises(Exception, match="its numbers do not fit"):
        App(Person)


class Device(Resource, table="devices"):
    id: int = serial()
    settings: dict[str, object] = json(max=60)
    access = Access(create=anyone, read=anyone, update=anyone)


def test_a_patch_of_json_is_merged_into_what_there_is_and_a_replacement_is_not() -> None:
    with Client(App(Device)) as client:
        client.post("/api/v1/devices", {"settings": {"a": 1, "b": {"c": 2}}})
        merged = client.patch("/api/v1/devices/1", {"settings": {"a": None, "b": {"d": 3}}})
        assert merged.body == {"id": 1, "settings": {"b": {"c": 2, "d": 3}}}
        grown = client.patch("/api/v1/devices/1", {"settings": {"long": "x" * 45}})
        assert (grown.status, grown.details) == (400, {"settings": "Must have at most 60 bytes"})
        assert client.get("/api/v1/devices/1").body == merged.body
        assert client.put("/api/v1/devices/1", {"settings": {"e": 4}}).body["settings"] == {"e": 4}


def test_rows_that_come_with_another_in_no_named_order_go_on_in_the_list_under_it(client: Client) -> None:
    """The mark of what is left is always given, and the list under the row takes it, whoever asks."""
    ann = client.sign_in("ann@example.com", PASSWORD)
    made = [ann.post("/api/v1/posts", {"title": "x", "score": number % 3}).body["id"] for number in range(23)]
    for asker in (client.sign_out(), client.sign_in("bob@example.com", PASSWORD), client.sign_in("ann@example.com", PASSWORD)):
        first = asker.get("/api/v1/users/1?include=posts").body["posts"]
        rest = asker.get(f"/api/v1/users/1/posts?after={first['next']}")
        assert rest.status == 200, rest
        assert sorted(row["id"] for row in first["items"] + rest.body["items"]) == made
        assert rest.body["next"] is None
