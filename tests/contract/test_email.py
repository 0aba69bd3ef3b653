"""E-mail addresses: one address has many spellings, and two addresses never become one (row A15)."""

import random
import sys
import unicodedata

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import domains

from kingpost.contract.scalars import Email, Invalid, fold

FULL_WIDTH = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F) if chr(code).isalnum()}
ADDRESSES = ["jürgen.öst@bücher.example", "anna+tag@example.com", "émile_1@xn--bcher-kva.example", "한국@예시.example"]


def spelling(address: str, choose: random.Random) -> str:
    """Give another way to write the same address."""
    local, _, domain = address.partition("@")
    labels = [idna.decode(label) if label.startswith("xn--") else label for label in domain.split(".")]
    if choose.random() < 0.5:
        labels = [idna.encode(label).decode() for label in labels]
    parts = [local, choose.choice([".", "\u3002", "\uff0e"]).join(labels)]
    for at, part in enumerate(parts):
        changed = "".join(choose.choice([str.upper, str.lower])(letter) for letter in part)
        changed = "".join(letter.translate(FULL_WIDTH) if choose.random() < 0.2 else letter for letter in changed)
        parts[at] = unicodedata.normalize(choose.choice(["NFC", "NFD"]), changed)
    return "@".join(parts)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_thousand_spellings_of_one_address_are_one_address(address: str) -> None:
    choose = random.Random(address)
    spellings = {spelling(address, choose) for _ in range(1_000)}
    assert len(spellings) > 300
    taken = [Email().read(each) for each in spellings]
    assert {fold(str(each)) for each in taken} == {fold(address)}


@given(one=st.emails(), two=st.emails())
def test_distinct_addresses_do_not_collide(one: str, two: str) -> None:
    # In ASCII, case is all that may differ within one address.
    assert (fold(one) == fold(two)) is (one.lower() == two.lower())


def test_addresses_that_differ_by_an_accent_a_dot_or_a_tag_are_different() -> None:
    # Directus CVE-2024-27295: a collation that knew no accents sent a reset to the wrong person.
    near = ["anna@example.com", "ánna@example.com", "a.nna@example.com", "anna+1@example.com", "anna@éxample.com",
            "anna@example.co", "\u0430nna@example.com", "anna1@example.com", "annal@example.com"]  # fmt: skip
    assert len({fold(str(Email().read(each))) for each in near}) == len(near)


@given(local=st.text(min_size=1, max_size=20), domain=domains())
def test_folding_a_taken_address_twice_changes_nothing(local: str, domain: str) -> None:
    try:
        taken = Email().read(f"{local}@{domain}")
    except Invalid:
        return
    assert fold(fold(str(taken))) == fold(str(taken))


def test_folding_any_character_twice_changes_nothing_and_leaves_nothing_an_address_may_not_hold() -> None:
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        # What is not printable is refused before it is folded: each kind is among the addresses refused below.
        if not letter.isprintable() or unicodedata.normalize("NFKC", letter).casefold() == letter:
            continue
        try:
            taken = Email().read(f"a{letter}b@example.com")
        except Invalid:
            continue
        folded = fold(str(taken))
        assert fold(folded) == folded, hex(code)
        assert Email().read(folded) == folded, hex(code)
        assert folded.count("@") == 1, hex(code)


@given(text=st.text())
def test_any_text_is_an_address_or_refused_in_the_same_words(text: str) -> None:
    for wire in (text, f"{text}@example.com", f"a@{text}", f"a@{text}.com"):
        try:
            taken = Email().read(wire)
        except Invalid as problem:
            assert str(problem) == "Invalid email format"
            continue
        assert taken == unicodedata.normalize("NFC", wire)
        assert Email().read(taken) == taken


NO_ADDRESSES = [
    "", "a", "@", "a@", "@b.de", "a@b", "a b@c.de", "a@b c.de", "a@@b.de", "a@b@c.de", "<a@b.de>", "a,b@c.de", "a;b@c.de",
    '"a"@b.de', "a(b)@c.de", "a@[1.2.3.4]", ".a@b.de", "a.@b.de", "a..b@c.de", "a@.de", "a@b..de", "a@b.de.", "a@-b.de",
    "a@b_c.de", "a@b.de\n", "\na@b.de", "a\0@b.de", "a@xn--a.de", "a\u200bb@c.de", "a\u202eb@c.de", "a\u00adb@c.de",
    "a\uff20b@c.de", "\uff1ca@b.de", "\u2024a@b.de", "a\u2025b@c.de", "a@b.de\u3002", "\ud800@b.de", "\u00a8a@b.de",
    f"{'a' * 65}@b.de", f"a@{'b' * 64}.de", f"a@{'b.' * 125}de.example", f"{chr(0xFDFA) * 40}@b.de",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES, ids=ascii)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"^Invalid email format$"):
        Email().read(text)


@pytest.mark.parametrize("wire", [None, 1, True, ["a@b.de"], {"a@b.de": 1}, 1.5])
def test_only_text_is_an_address(wire: object) -> None:
    with pytest.raises(Invalid, match=r"^Invalid email format$"):
        Email().read(wire)
