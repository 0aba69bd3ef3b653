"""What `kingpost show` and `kingpost describe` say of an app."""

import json
from pathlib import Path

import pytest

from tests.cli.process import BLOG, SECRET, kingpost, serving
from tests.cli.test_dev import SEED
from tests.servers.postgres import Postgres

CODED = """
from kingpost import Access, Account, App, Context, Data, Page, Resource, actor, anyone, operation, owner, ref
from kingpost import serial, signed_in, text


class Summary(Data):
    words: int


class User(Account, table="users"):
    id: int = serial()
    access = Access(create=anyone, read=owner())


class Note(Resource, table="notes"):
    id: int = serial()
    user: User = ref(default=actor)
    title: str = text(min=1)
    access = Access(read=anyone, create=signed_in)

    @operation(access=owner("user"))
    async def count(self, context: Context, least: int, tags: list[str] | None = None) -> Summary:
        \"\"\"Count the words.\"\"\"
        return Summary(words=least)


@operation(access=signed_in, method="GET", path="/feed")
async def feed(context: Context, limit: int = 5) -> Page[Note]:
    return await context[Note].list(limit=limit)


app = App(User, Note, feed)
"""


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """A folder with the blog and rows for it."""
    (tmp_path / "app.py").write_text(BLOG.read_text())
    (tmp_path / "seed.json").write_text(json.dumps(SEED))
    return tmp_path


def test_without_a_name_every_operation_is_told_with_its_address_and_who_may(blog: Path) -> None:
    lines = kingpost(blog, "show").stdout.splitlines()
    assert len(lines) == 13
    who = "anyone (id, name, post_count) or id = caller or admin"
    assert " ".join(lines[0].split()) == f"users.list GET /api/v1/users {who}"
    assert lines[-1].split() == ["auth.login", "POST", "/api/v1/auth/login", "anyone"]
    told = json.loads(kingpost(blog, "show", "--json").stdout)
    assert told["ok"] and [each["operation"] for each in told["operations"]] == [line.split()[0] for line in lines]
    assert kingpost(blog.parent, "show", str(blog)).stdout.splitlines() == lines
    of_posts = [line.split() for line in lines if line.startswith("posts.")]
    assert [line.split() for line in kingpost(blog, "show", "posts").stdout.splitlines()] == of_posts


def test_a_list_is_shown_for_each_role_with_rule_plan_statements_and_what_they_look_at(blog: Path) -> None:
    told = json.loads(kingpost(blog, "show", "posts.list", "--sort=-created_at", "--include", "user", "--json").stdout)
    assert (told["ok"], told["method"], told["path"]) == (True, "GET", "/api/v1/posts")
    roles = {each["role"]: each for each in told["roles"]}
    assert {name: each["rule"] for name, each in roles.items()} == {
        "anonymous": "published_at is set", "signed_in": "published_at is set or user_id = caller", "admin": "anyone",
    }  # fmt: skip
    for name, seen in (("anonymous", 1), ("signed_in", 2), ("admin", 2)):
        (statement,) = roles[name]["statements"]
        assert (statement["examined"], statement["returned"], statement["per_row"], statement["sorts"]) == (seen, seen, 1, 0)
        assert statement["sql"].startswith("SELECT ") and statement["explain"] and "lists posts" in roles[name]["plan"]
    plain = kingpost(blog, "show", "posts.list", "--sort=-created_at", "--include", "user", "--as", "signed_in")
    assert plain.returncode == 0 and "anonymous" not in plain.stdout
    for line in ("posts.list  GET /api/v1/posts", "signed in", "  rule left: published_at is set or user_id = caller",
                 "    rows: 2 looked at for 2 returned, 1 for each"):  # fmt: skip
        assert line in plain.stdout.splitlines()


def test_reads_of_one_row_and_of_what_is_linked_to_it_are_shown(blog: Path) -> None:
    told = json.loads(kingpost(blog, "show", "users.get", "--include", "posts", "--as", "admin", "--json").stdout)
    one, many = told["roles"][0]["statements"]
    assert one["examined"] is None and "PRIMARY KEY" in one["explain"][0]
    assert (many["examined"], many["returned"]) == (2, 2)
    told = json.loads(kingpost(blog, "show", "posts.list", "--filter", "user_id=2", "--as", "admin", "--json").stdout)
    (statement,) = told["roles"][0]["statements"]
    assert (statement["examined"], statement["returned"], statement["per_row"]) == (0, 0, None)


def test_writes_are_shown_and_not_done(blog: Path) -> None:
    told = json.loads(kingpost(blog, "show", "posts.merge", "--fields", "title", "--as", "signed_in", "--json").stdout)
    (role,) = told["roles"]
    assert role["rule"] == "user_id = caller" and "changes it in posts: title" in role["plan"]
    assert any(each["sql"].startswith("UPDATE ") for each in role["statements"])
    refused = json.loads(kingpost(blog, "show", "posts.delete", "--as", "anonymous", "--json").stdout)["roles"]
    assert refused == [{"role": "anonymous", "rule": "no one", "refused": True, "plan": refused[0]["plan"], "statements": []}]
    assert not (blog / "data").exists()


def test_the_apps_own_database_is_measured_when_it_is_asked_for_and_left_as_it_is(blog: Path) -> None:
    with serving(blog, "dev") as server:
        server.stop()
    before = (blog / "data" / "app.db").read_bytes()
    (blog / "seed.json").unlink()
    for own, seen in (([], 0), (["--database"], 2)):
        told = json.loads(kingpost(blog, "show", "posts.list", "--as", "admin", "--json", *own).stdout)
        assert told["roles"][0]["statements"][0]["examined"] == seen
    assert (blog / "data" / "app.db").read_bytes() == before


def test_an_operation_with_code_is_shown_with_what_it_takes_and_gives_and_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CODED)
    line = CODED[: CODED.index("@operation(access=owner")].count("\n") + 1
    plain = kingpost(tmp_path, "show", "notes.count")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert plain.stdout.splitlines() == [
        "notes.count  POST /api/v1/notes/{id}/count",
        "who may: user_id = caller",
        "Count the words.",
        "takes",
        "  least: integer",
        "  tags: a list of text, may be left out",
        "gives Summary",
        f"stands in {tmp_path}/app.py:{line}",
    ]
    told = json.loads(kingpost(tmp_path, "show", "feed", "--json").stdout)
    assert told["stands"].startswith(f"{tmp_path}/app.py:") and told["output"] == "a page of notes"
    assert (told["method"], told["path"], told["who"]) == ("GET", "/api/v1/feed", "signed in")
    assert told["input"] == {"limit": "integer, may be left out"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["posts.lst"], 'There is no operation posts.lst. Write "posts.list"'),
        (["posts.list", "--sort", "title"], "This can not be asked: sort: Is not offered here. Lists of posts: "),
        (["posts.list", "--filter", "nothing=1"], "This can not be asked: nothing: Is not a parameter here; there are limit, "),
        (["posts.list", "--include", "nothing"], "This can not be asked: "),
        (["posts.create", "--sort", "id"], "This can not be asked: sort: Is for reads; a write takes --fields alone"),
        (["posts.merge", "--fields", "titel"], 'This can not be asked: titel: Write "title"'),
    ],
)
def test_what_can_not_be_shown_is_told_with_what_can(blog: Path, arguments: list[str], told: str) -> None:
    ended = kingpost(blog, "show", *arguments)
    assert (ended.returncode, ended.stdout) == (1, "") and ended.stderr.startswith(told) and ended.stderr.count("\n") == 1
    machine = kingpost(blog, "show", *arguments, "--json")
    assert (machine.returncode, machine.stderr) == (1, "")
    assert json.loads(machine.stdout) == {"ok": False, "message": ended.stderr.strip()}


def test_a_seed_with_mistakes_is_told_before_anything_is_measured(blog: Path) -> None:
    (blog / "seed.json").write_text('{"posts": 5}')
    ended = kingpost(blog, "show", "posts.list")
    assert (ended.returncode, ended.stderr) == (1, "1 mistake in seed.json\n  posts: Must be a list of rows\n")


def test_the_document_of_rest_is_that_which_the_server_gives(tmp_path: Path) -> None:
    ended = kingpost(tmp_path, "describe", "rest", str(BLOG))
    assert (ended.returncode, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert document["openapi"].startswith("3.1") and document["info"]["title"] == "Blog"
    written = kingpost(tmp_path, "describe", "rest", str(BLOG), "--output", "openapi.json")
    assert (written.returncode, written.stdout) == (0, "Wrote openapi.json\n")
    assert (tmp_path / "openapi.json").read_text() == ended.stdout
    failed = kingpost(tmp_path, "describe", "rest", str(BLOG), "--output", "nowhere/openapi.json")
    assert failed.returncode == 1 and failed.stderr.startswith("Can not write nowhere/openapi.json (")
    for surface in ("graphql", "grpc"):
        ended = kingpost(tmp_path, "describe", surface, str(BLOG), SECRET_KEY=SECRET)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"There is no {surface} surface yet; this release speaks REST: kingpost describe rest\n"


def test_on_postgresql_the_same_is_shown_of_rows_that_go_again(blog: Path, server: Postgres) -> None:
    url = server.database()
    name = url.rpartition("/")[2]
    told = json.loads(kingpost(blog, "show", "posts.list", "--sort=-created_at", "--include", "user", "--json",
                               DATABASE_URL=url).stdout)  # fmt: skip
    roles = {each["role"]: each for each in told["roles"]}
    for role, seen in (("anonymous", 1), ("signed_in", 2), ("admin", 2)):
        (statement,) = roles[role]["statements"]
        assert (statement["examined"], statement["returned"], statement["per_row"], statement["sorts"]) == (seen, seen, 1, 0)
        assert "$1" in statement["sql"] and any("Index Scan" in line for line in statement["explain"])
    told = json.loads(kingpost(blog, "show", "users.get", "--include", "posts", "--as", "admin", "--json",
                               DATABASE_URL=url).stdout)  # fmt: skip
    one, many = told["roles"][0]["statements"]
    assert one["examined"] is None and "users_pkey" in one["explain"][0]
    assert many["returned"] == 2
    written = kingpost(blog, "show", "posts.merge", "--fields", "title", "--as", "signed_in", DATABASE_URL=url)
    assert "    Update on posts" in written.stdout.splitlines()
    assert server.ask("SELECT count(*) FROM pg_tables WHERE tablename = 'posts'", name) == "0"


def test_the_apps_own_postgresql_is_measured_and_left_as_it_is(blog: Path, server: Postgres) -> None:
    url = server.database()
    with serving(blog, "dev", DATABASE_URL=url) as running:
        running.stop()
    told = json.loads(kingpost(blog, "show", "posts.list", "--as", "admin", "--database", "--json", DATABASE_URL=url).stdout)
    assert told["roles"][0]["statements"][0]["examined"] == 2
    assert server.ask("SELECT count(*) FROM posts", url.rpartition("/")[2]) == "2"
