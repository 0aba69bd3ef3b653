"""Texts are cut into the same words in every database, whatever they are written in."""

import asyncio
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Iterator

import apsw
import asyncpg
import pytest

from kingpost.store.postgres.catalog import functions
from kingpost.store.postgres.connect import collation
from kingpost.store.sqlite.catalog import searches
from tests.servers.postgres import Postgres
from tests.store.desk import CONTRACT

MADE = searches(CONTRACT.resource["things"])["things__search"]
LATER = 417
"""Letters that are told apart by their size in SQLite alone: those that have had two sizes only since Unicode 6.1."""


def in_sqlite(texts: Iterable[str]) -> Iterator[set[str]]:
    """Give the words of texts as the table that SQLite searches in has them."""
    found = re.search('tokenize = "unicode61 ([^"]*)"', MADE)
    assert found is not None
    cut = apsw.Connection(":memory:").fts5_tokenizer("unicode61", shlex.split(found[1]))
    for text in texts:
        words = cut(text.encode(), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False, include_colocated=False)
        yield {str(word) for word in words}


async def in_postgres(texts: list[str], url: str) -> list[set[str]]:
    """Give the words of texts as the column that PostgreSQL searches in has them."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    for function in functions(await collation(connection)):
        await connection.execute(function)
    text = "SELECT tsvector_to_array(kingpost_words(t)) FROM unnest($1::text[]) WITH ORDINALITY AS q (t, n) ORDER BY n"
    found = [set(row[0]) for row in await connection.fetch(text, texts)]
    await connection.close()
    return found


@pytest.fixture(scope="module")
def url(server: Postgres) -> Iterator[str]:
    found = server.database()
    yield found
    server.free(found)


def different(texts: list[str], url: str) -> list[tuple[str, set[str], set[str]]]:
    """Give the texts that are cut in two ways."""
    pairs = zip(texts, in_sqlite(texts), asyncio.run(in_postgres(texts, url)), strict=True)
    return [each for each in pairs if each[1] != each[2]]


def test_the_marks_on_letters_and_the_signs_between_words_are_the_same(url: str) -> None:
    codes = [
        *range(1, 0x0378),
        *range(0x0384, 0x0528),
        *range(0x0600, 0x1200),
        *range(0x2000, 0x2C00),
        *range(0x2E80, 0x3100),
        *range(0x1F300, 0x1FB00),
    ]
    assert different([f"a{chr(code)}B" for code in codes], url) == []


def test_words_of_many_languages_are_the_same(url: str) -> None:
    texts = [
        "Crème brûlée, s'il vous plaît!", "Straße STRASSE", "Йод, ёлка и еж", "Ἀθῆναι και ΑΘΗΝΑ", "हिन्दी में लिखा", "ภาษาไทย ครับ",
        "한국어 가나다", "日本語が、がく", "עִבְרִית", "العَرَبِيَّة", "Great🤩photo ❤️you", "x²+½", "İstanbul \u0131I",
        "e\u0301te\u0301", "Viê\u0323t Việt",
        "foo_bar foo-bar foo.bar", "C++ C#", "a" * 200, "  ", "\u200dx\u200by",
    ]  # fmt: skip
    assert different(texts, url) == []
    whole = dict(zip(texts, in_sqlite(texts), strict=True))
    assert whole["हिन्दी में लिखा"] == {"हिन्दी", "में", "लिखा"}, "vowel signs belong to their word"
    assert whole["Great🤩photo ❤️you"] == {"great", "photo", "you"}, "pictures do not"


@pytest.mark.prove
def test_every_code_point_is_taken_alike_but_for_the_size_of_some_letters(url: str) -> None:
    codes = (code for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    found = different([f"a{chr(code)}b" for code in codes], url)
    assert len(found) <= LATER
    assert all(len(one) == len(other) == 1 for _, one, other in found)
    assert {unicodedata.category(text[1]) for text, _, _ in found} <= {"Lu", "Cn"}
