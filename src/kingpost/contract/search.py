"""What is searched for: a text read into words.

Takes what someone typed, gives words that hold nothing but letters, digits and the marks on them, so that no search of any
database finds an operator in one. Stands on the scalars.
"""

import unicodedata

from kingpost.contract.scalars import Invalid

LONGEST = 200
MOST_WORDS = 10


def read(text: str) -> tuple[str, ...]:
    """Read what is searched for.

    Args:
        text: What was typed.

    Returns:
        Its words, in order; all must occur, the last one perhaps only begun.

    Raises:
        Invalid: It is too long, or holds too many words or none.
    """
    if len(text) > LONGEST:
        raise Invalid(f"Must have at most {LONGEST} characters")
    parts = "".join(letter if kind(letter) in "LNM" else " " for letter in text).split(" ")
    words = tuple(part for part in parts if any(kind(letter) in "LN" for letter in part))
    if not words:
        raise Invalid("Must hold a word")
    if len(words) > MOST_WORDS:
        raise Invalid(f"Must have at most {MOST_WORDS} words")
    return words


def kind(letter: str) -> str:
    """Give the first letter of a character's general category (Unicode, section 4.5)."""
    return unicodedata.category(letter)[0]
