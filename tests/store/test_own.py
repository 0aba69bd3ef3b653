"""The text of a statement that code has written: names become parameters where they are names, and nowhere else."""

import re

import apsw
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kingpost.store.own import own


def read(text: str) -> tuple[str, list[str]]:
    """Read a text; gives what is asked and the names in it."""
    names: list[str] = []

    def value(name: str) -> str:
        if name not in names:
            names.append(name)
        return f"?{names.index(name) + 1}"

    return own(text, value), names


@pytest.mark.parametrize(
    ("text", "asked", "names"),
    [
        ("SELECT :me", "SELECT ?1", ["me"]),
        ("select :a, :b, :a", "select ?1, ?2, ?1", ["a", "b"]),
        ("SELECT ':a', ''':b', '', ':c'''", "SELECT ':a', ''':b', '', ':c'''", []),
        ('SELECT ":a", """:b", `:c` FROM x', 'SELECT ":a", """:b", `:c` FROM x', []),
        ("SELECT 1 -- :a\n, :b", "SELECT 1 -- :a\n, ?1", ["b"]),
        ("SELECT 1 /* :a ; */ , :b", "SELECT 1 /* :a ; */ , ?1", ["b"]),
        ("SELECT 1 /* :a", "SELECT 1 /* :a", []),
        ("-- one\n /* two */ WITH x AS (SELECT :a) SELECT * FROM x;  -- the end", None, ["a"]),
        ("SELECT ';' ;", "SELECT ';' ", []),
        ("SELECT :Größe_2", "SELECT ?1", ["Größe_2"]),
        ("INSERT INTO x VALUES (:a)", "INSERT INTO x VALUES (?1)", ["a"]),
    ],
)
def test_a_name_is_a_parameter_and_what_only_looks_like_one_is_left_alone(
    text: str, asked: str | None, names: list[str]
) -> None:
    found, named = read(text)
    assert named == names
    assert asked is None or found == asked


@pytest.mark.parametrize("test", ["IS NULL", "is  not\nnull", "Is Not Null"])
def test_a_value_that_is_asked_whether_it_is_null_is_told_apart(test: str) -> None:
    assert own(f"SELECT :a {test}, :a", lambda name: f"<{name}>", lambda name: f"?{name}") == f"SELECT ?a {test}, <a>"


@pytest.mark.parametrize("test", ["IS :b", "IS NOT DISTINCT FROM b", "ISNULL", "IS NULLS", "|| 'IS NULL'", "-- IS NULL\n= 1"])
def test_other_comparisons_take_the_value_itself(test: str) -> None:
    assert own(f"SELECT :a {test}", lambda name: f"<{name}>", lambda name: f"?{name}").startswith(f"SELECT <a> {test[:2]}")


@pytest.mark.parametrize(
    "text",
    [
        "PRAGMA user_version = 5", "ATTACH 'x' AS y", "DETACH y", "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT x",
        "VACUUM", "VACUUM INTO 'x'", "CREATE TABLE x (y)", "DROP TABLE things", "ALTER TABLE x ADD y", "REINDEX", "ANALYZE",
        "EXPLAIN SELECT 1", "/* SELECT */ PRAGMA x", "-- SELECT\nBEGIN", "", "  ", ";", "'SELECT'", '"SELECT"', "(SELECT 1)",
        ":me", "RELEASE x", "\ufeffSELECT 1", "SELECTED", "(;", "- SELECT 1",
    ],
)  # fmt: skip
def test_only_what_reads_or_writes_rows_may_be_asked(text: str) -> None:
    with pytest.raises(ValueError, match="begins with one of SELECT"):
        read(text)


@pytest.mark.parametrize(
    "text", ["SELECT 1; SELECT 2", "SELECT 1;;", "SELECT 1; -- more\n x", "SELECT ''; DELETE FROM x", "DELETE FROM x; COMMIT"]
)
def test_there_is_only_one_statement(text: str) -> None:
    with pytest.raises(ValueError, match="Only one statement"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT :1", "SELECT 1:2", "SELECT : a", "SELECT a::int", "SELECT ?", "SELECT ?1", "SELECT $1", "SELECT $me",
        "SELECT @me", "SELECT @::$", "SELECT #1",
    ],
)  # fmt: skip
def test_a_value_goes_by_a_name_and_by_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="Values go by names such as :me"):
        read(text)


PIECES = [
    "?",
    "@",
    "$",
    "SELECT ",
    "'",
    '"',
    "`",
    "--",
    "\n",
    "/*",
    "*/",
    ";",
    ":a",
    "::",
    ":",
    "a",
    "1",
    " ",
    ", ",
    "x'00'",
    "(",
    ")",
    "''",
    '""',
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: "SELECT " + "".join(pieces)))
@example("SELECT :1")
@example("SELECT ?")
@example("SELECT ?1")
@example("SELECT @a")
@example("SELECT $a")
@example("SELECT 'a;b'")
@example("SELECT 1;SELECT 1")
def test_the_database_sees_no_second_statement_and_no_other_names_where_none_is_seen_here(text: str) -> None:
    """The law: what is taken for one statement is one to the database too, and it has the parameters that are named here."""
    try:
        asked, names = read(text)
    except ValueError:
        return
    seen: list[str] = []
    connection = apsw.Connection(":memory:")
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)

    def see(_cursor: apsw.Cursor, statement: str, _bound: object) -> bool:
        seen.append(statement)
        return True

    connection.exec_trace = see
    try:
        connection.execute(asked, [None] * len(names)).fetchall()
    except apsw.BindingsError as error:
        raise AssertionError(f"{asked!r} has other parameters than {names}") from error
    except apsw.Error:
        pass  # no SQL at all; a database says so itself
    assert len(seen) <= 1
    assert not re.search(
        r"(?<!:):a\b", re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|--.*|/\*(?s:.*?)(\*/|\Z)", " ", asked)
    )
