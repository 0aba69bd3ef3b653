"""What one value may be: each scalar reads it from the wire, keeps it in a stored form, and writes it back.

Takes a value in one of three forms, gives it in another. The *wire* form is what JSON carries, the *stored* form is what
every database holds and every rule compares (so that two databases agree byte for byte), the *Python* form is what user
code sees. Stands on what can be wrong with one.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Inexact, InvalidOperation
from decimal import Decimal as PythonDecimal
from typing import ClassVar, TypeAlias
from uuid import UUID

import idna
import msgspec

from kingpost.contract import moments
from kingpost.contract.flaws import Flaw as Flaw  # noqa: PLC0414  # whoever reads a value knows what may be wrong
from kingpost.contract.flaws import Invalid as Invalid  # noqa: PLC0414  # whoever reads a value catches it
from kingpost.contract.flaws import sized
from kingpost.contract.moments import EPOCH

Stored: TypeAlias = str | int | None
"""What databases hold: text and whole numbers (a boolean is 0 or 1), or nothing."""

SMALLEST, LARGEST = -(2**63), 2**63 - 1
EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])
"""Decimal arithmetic that refuses to round, whatever context user code has set."""
# The practical form of RFC 5321 that the HTML standard gives for <input type=email>, with Unicode allowed in the local part.
EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,255}")
JOINED = 4  # so many characters become one at most; what is longer even so is cut, since marks take quadratic time to order
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,27})(\.[0-9]{1,18})?")
# Hours and minutes are bounded here: some versions of Python take 24:00 and a zone of +00:60, and RFC 3339 has neither.
DAY, MINUTE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"([01][0-9]|2[0-3]):[0-5][0-9]"
DATETIME = re.compile(rf"{DAY}[Tt]{MINUTE}:[0-5][0-9](\.[0-9]{{1,6}})?([Zz]|[+-]{MINUTE})")


class Scalar(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """One kind of value."""

    title: ClassVar[str]
    sortable: ClassVar[bool] = True

    def read(self, wire: object) -> Stored:
        """Turn a wire value into its stored form.

        Args:
            wire: What the JSON held.

        Returns:
            The stored form.

        Raises:
            Invalid: The value is not one of this kind.
        """
        raise Invalid(f"{wire!r} is not a value")

    def parse(self, text: str) -> Stored:
        """Turn the text of a query or a path into the stored form; raises `Invalid`."""
        return self.read(text)

    def write(self, stored: Stored) -> object:
        """Turn a stored value into its wire form."""
        return stored

    def python(self, stored: Stored) -> object:
        """Turn a stored value into what user code sees."""
        return stored

    def store(self, value: object) -> Stored:
        """Turn a Python value into its stored form; raises `Invalid`."""
        return self.read(value)


def plain(wire: object) -> str:
    """Take text that every database can hold: no U+0000 and no lone surrogate; raises `Invalid`."""
    if not isinstance(wire, str):
        raise Invalid("Must be text")
    if "\0" in wire:
        raise Invalid("Must not contain the character U+0000")
    if not wire.isascii() and any("\ud800" <= character <= "\udfff" for character in wire):
        raise Invalid("Must be valid Unicode")
    return wire


class Text(Scalar, frozen=True, tag="text"):
    """Text of a bounded number of characters (Unicode code points), all of which matches a pattern where there is one."""

    title: ClassVar[str] = "text"
    min: int = 0
    max: int = 100_000
    pattern: str = ""

    def read(self, wire: object) -> Stored:
        text = plain(wire)
        sized(len(text), self.min, self.max, "character")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise Invalid(f"Must match {self.pattern}")
        return text


class Email(Scalar, frozen=True, tag="email"):
    """An e-mail address, kept as it was written and compared by `fold`."""

    title: ClassVar[str] = "email"
    max: int = 254

    def read(self, wire: object) -> Stored:
        try:
            text = unicodedata.normalize("NFC", plain(wire)[: JOINED * self.max + 1])
            # What can not be seen would make two addresses that look like one.
            folded = fold(text) if self.shaped(text) and text.isprintable() else ""
        except (Invalid, UnicodeError) as error:
            raise Invalid("Invalid email format", "blank" if wire == "" else "invalid") from error
        local, _, domain = folded.rpartition("@")
        # Folding may lengthen an address or bring in a second "@" (U+FF20), so the folded form is judged as well.
        if not self.shaped(folded) or "." not in domain or "" in local.split(".") or "" in domain.split("."):
            raise Invalid("Invalid email format", "invalid" if text else "blank")
        return text

    def shaped(self, text: str) -> bool:
        """Whether it has the length and the signs of an address."""
        return len(text) <= self.max and EMAIL.fullmatch(text) is not None


def fold(email: str) -> str:
    """Give the form by which addresses are compared: NFKC, without case, the domain as IDNA (UTS 46).

    Raises:
        UnicodeError: The domain is no host name.
    """
    local, _, domain = email.rpartition("@")
    local = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).casefold())
    return f"{local}@{idna.encode(domain, uts46=True, std3_rules=True, transitional=False).decode()}"


class Integer(Scalar, frozen=True, tag="integer"):
    """A whole number of at most 64 bits."""

    title: ClassVar[str] = "integer"
    min: int = SMALLEST
    max: int = LARGEST

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, int) or isinstance(wire, bool):
            raise Invalid("Must be a whole number")
        if wire < self.min:
            raise Invalid(f"Must be at least {self.min}", "too_small")
        if wire > self.max:
            raise Invalid(f"Must be at most {self.max}", "too_large")
        return wire

    def parse(self, text: str) -> Stored:
        if not INTEGER.fullmatch(text):
            raise Invalid("Must be a whole number")
        return self.read(int(text))


class Decimal(Scalar, frozen=True, tag="decimal"):
    """An exact number with a fixed number of places, stored as a whole number of the smallest unit."""

    title: ClassVar[str] = "decimal"
    precision: int = 18
    scale: int = 2

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, str) or not DECIMAL.fullmatch(wire):
            raise Invalid('Must be a decimal number in quotes, such as "12.50"')
        return self.store(PythonDecimal(wire))

    def write(self, stored: Stored) -> object:
        return None if stored is None else format(self.python(stored), "f")

    def python(self, stored: Stored) -> object:
        return None if stored is None else PythonDecimal(stored).scaleb(-self.scale, EXACT)

    def store(self, value: object) -> Stored:
        try:
            number = PythonDecimal(value) if isinstance(value, int | str | PythonDecimal) else None
        except InvalidOperation:
            number = None
        if number is None or isinstance(value, bool) or not number.is_finite():
            raise Invalid("Must be a finite decimal number")
        if number and number.adjusted() >= self.precision - self.scale:
            raise Invalid(f"Must have at most {self.precision - self.scale} digits before the point")
        try:
            return int(number.quantize(PythonDecimal((0, (1,), -self.scale)), context=EXACT).scaleb(self.scale, EXACT))
        except (Inexact, InvalidOperation) as error:
            raise Invalid(f"Must have at most {self.scale} digits after the point") from error


class Boolean(Scalar, frozen=True, tag="boolean"):
    """True or false."""

    title: ClassVar[str] = "boolean"

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, bool):
            raise Invalid("Must be true or false")
        return int(wire)

    def parse(self, text: str) -> Stored:
        if text not in ("true", "false"):
            raise Invalid("Must be true or false")
        return int(text == "true")

    def write(self, stored: Stored) -> object:
        return None if stored is None else stored == 1

    python = write


class Date(Scalar, frozen=True, tag="date"):
    """A day of the calendar (RFC 3339 full-date)."""

    title: ClassVar[str] = "date"

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, str) or not re.fullmatch(DAY, wire):
            raise Invalid("Must be a date such as 2026-01-31")
        try:
            return date.fromisoformat(wire).isoformat()
        except ValueError as error:
            raise Invalid("Must be a date such as 2026-01-31") from error

    def python(self, stored: Stored) -> object:
        return date.fromisoformat(stored) if isinstance(stored, str) else None

    def store(self, value: object) -> Stored:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise Invalid("Must be a date")
        return value.isoformat()


class Datetime(Scalar, frozen=True, tag="datetime"):
    """A moment (RFC 3339), stored as microseconds since 1970 in UTC."""

    title: ClassVar[str] = "datetime"

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, str) or not DATETIME.fullmatch(wire):
            raise Invalid("Must be a date and time with a zone such as 2026-01-31T10:30:00Z")
        try:
            return self.store(datetime.fromisoformat(wire.upper()))
        except ValueError as error:
            raise Invalid("Must be a date and time with a zone such as 2026-01-31T10:30:00Z") from error

    def write(self, stored: Stored) -> object:
        return None if stored is None else moments.write(int(stored))

    def python(self, stored: Stored) -> object:
        return None if stored is None else moment(stored)

    def store(self, value: object) -> Stored:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise Invalid("Must be a date and time with a zone")
        try:
            return (value.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
        except OverflowError as error:
            raise Invalid("Must be between the years 1 and 9999 in UTC") from error


def moment(stored: Stored) -> datetime:
    """Give the moment of a number of microseconds since 1970 in UTC."""
    assert isinstance(stored, int)
    return EPOCH + timedelta(microseconds=stored)


class Uuid(Scalar, frozen=True, tag="uuid"):
    """A UUID (RFC 9562), stored in lower case."""

    title: ClassVar[str] = "uuid"

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, str) or len(wire) != 36:
            raise Invalid("Must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")
        try:
            value = str(UUID(wire))
        except ValueError as error:
            raise Invalid("Must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057") from error
        if value != wire.lower():
            raise Invalid("Must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")
        return value

    def python(self, stored: Stored) -> object:
        return UUID(stored) if isinstance(stored, str) else None

    def store(self, value: object) -> Stored:
        return self.read(str(value))


class Json(Scalar, frozen=True, tag="json"):
    """Any JSON value, stored as canonical text: keys sorted, no spaces."""

    title: ClassVar[str] = "json"
    sortable: ClassVar[bool] = False
    max: int = 65_536

    def read(self, wire: object) -> Stored:
        try:
            text = msgspec.json.encode(wire, order="sorted")
        except (UnicodeError, RecursionError, TypeError, ValueError, OverflowError) as error:
            raise Invalid("Must be a JSON value of valid Unicode") from error
        sized(len(text), 0, self.max, "byte")
        return text.decode()

    def parse(self, text: str) -> Stored:
        raise Invalid("JSON fields can not be compared")

    def write(self, stored: Stored) -> object:
        return msgspec.json.decode(stored) if isinstance(stored, str) else None

    python = write


class Choice(Scalar, frozen=True, tag="choice"):
    """One of a closed list of words."""

    title: ClassVar[str] = "choice"
    options: tuple[str, ...] = ()

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, str) or wire not in self.options:
            raise Invalid(f"Must be one of: {', '.join(self.options)}")
        return wire


class TextList(Scalar, frozen=True, tag="text_list"):
    """A list of texts, stored as canonical JSON; where they are distinct, one that is given twice counts once."""

    title: ClassVar[str] = "list of text"
    sortable: ClassVar[bool] = False
    max: int = 100
    each: int = 1_000
    least: int = 0
    distinct: bool = False

    def read(self, wire: object) -> Stored:
        if not isinstance(wire, list):
            raise Invalid("Must be a list of texts")
        items = [plain(item) for item in wire]
        items = list(dict.fromkeys(items)) if self.distinct else items
        sized(len(items), 0, self.max, "item")
        for item in items:
            sized(len(item), self.least, self.each, "character")
        return msgspec.json.encode(items).decode()

    def parse(self, text: str) -> Stored:
        raise Invalid("Lists can not be compared")

    def write(self, stored: Stored) -> object:
        return msgspec.json.decode(stored) if isinstance(stored, str) else None

    python = write


LONGEST_PASSWORD = 1_024
"""The most bytes of any password, so that hashing one costs no more than it must."""


class Password(Scalar, frozen=True, tag="password"):
    """A password: read once, stored only as its hash, never written.

    NIST SP 800-63B-4 and ASVS 5.0 V6.2.5 advise length over composition; the counts exist for contracts that ask for them.
    """

    title: ClassVar[str] = "password"
    sortable: ClassVar[bool] = False
    min: int = 15
    max: int = LONGEST_PASSWORD
    lower: int = 0
    upper: int = 0
    digit: int = 0

    def read(self, wire: object) -> Stored:
        text = unicodedata.normalize("NFKC", plain(wire)[: JOINED * self.max + 1])
        wants = [
            (len(text), self.min, "character"),
            (sum(map(str.islower, text)), self.lower, "lower-case letter"),
            (sum(map(str.isupper, text)), self.upper, "upper-case letter"),
            (sum(map(str.isdigit, text)), self.digit, "digit"),
        ]
        lacks = [f"at least {least} {unit}{'' if least == 1 else 's'}" for count, least, unit in wants if count < least]
        if lacks:
            code: Flaw = "blank" if text == "" else "too_short" if len(text) < self.min else "invalid"
            raise Invalid(f"Must have {' and '.join([', '.join(lacks[:-1]), lacks[-1]] if lacks[1:] else lacks)}", code)
        if len(text.encode()) > self.max:
            raise Invalid(f"Must have at most {self.max} bytes", "too_long")
        return text

    def write(self, stored: Stored) -> object:
        raise AssertionError("a password is never written")


AnyScalar: TypeAlias = Text | Email | Integer | Decimal | Boolean | Date | Datetime | Uuid | Json | Choice | TextList | Password
