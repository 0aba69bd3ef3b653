"""What can be wrong with one value, in words for a person and for a program.

Takes nothing and does nothing. Stands on nothing.
"""

from typing import Literal, TypeAlias

Flaw: TypeAlias = Literal[
    "required", "blank", "too_short", "too_long", "too_small", "too_large", "invalid", "unknown", "taken"
]  # fmt: skip
"""What is wrong with a value, as a word from a closed list."""


class Invalid(Exception):
    """A value that its scalar does not take; the message is fit for the person who sent it, `code` for programs."""

    def __init__(self, message: str, code: Flaw = "invalid") -> None:
        """Say what is wrong."""
        super().__init__(message)
        self.code: Flaw = code


def sized(count: int, least: int, most: int, unit: str) -> None:
    """Refuse a count outside its bounds; raises `Invalid`."""
    if count < least:
        raise Invalid(f"Must have at least {least} {unit}{'' if least == 1 else 's'}", "too_short" if count else "blank")
    if count > most:
        raise Invalid(f"Must have at most {most} {unit}{'' if most == 1 else 's'}", "too_long")
