"""Page marks: where the next page of a list begins, signed and bound to the list and to who may read it.

Takes typed values only, never names or text for a database. Stands on the ground.
"""

import base64
import binascii
import hashlib
import hmac

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kingpost.call import Refused
from kingpost.contract.scalars import Stored

SEAL = 16
URL_SAFE = bytes.maketrans(b"+/", b"-_")
LONGEST = 32_000


def derive(secret: bytes, purpose: str) -> bytes:
    """Derive the key of one purpose from the secret (HKDF, RFC 5869)."""
    return HKDF(SHA256(), 32, None, f"kingpost {purpose}".encode()).derive(secret)


def spell(raw: bytes) -> str:
    """Write bytes as URL-safe text (RFC 4648, section 5, without padding)."""
    return binascii.b2a_base64(raw, newline=False).translate(URL_SAFE, b"=").decode()


class Marks:
    """Writes and reads page marks."""

    def __init__(self, secret: bytes) -> None:
        """Derive the key that seals marks."""
        self.key = derive(secret, "page mark")

    def write(self, scope: tuple[object, ...], values: list[Stored], following: list[Stored]) -> str:
        """Write a mark.

        Args:
            scope: The list, the values it is narrowed by, and who reads it.
            values: The sort keys of the last row of the page.
            following: Those of the row after it.

        Returns:
            URL-safe text.
        """
        alike = next((at for at, pair in enumerate(zip(values, following, strict=True)) if pair[0] != pair[1]), len(values))
        content = msgspec.json.encode([alike, *values])
        return spell(self.seal(scope, content) + content)

    def read(self, scope: tuple[object, ...], mark: str, length: int) -> tuple[int, list[Stored]]:
        """Read a mark that was written for the same list and reader; raises `Refused` for any other.

        Returns:
            How many of the first keys the row after it shared, and the keys.
        """
        try:
            raw = base64.b64decode(mark + "=" * (-len(mark) % 4), altchars=b"-_", validate=True) if len(mark) < LONGEST else b""
        except (binascii.Error, ValueError):
            raw = b""
        content = raw[SEAL:]
        # One mark has one spelling: base64 alone would let its last bits, and "+" for "-", pass.
        if spell(raw) != mark or not content or not hmac.compare_digest(raw[:SEAL], self.seal(scope, content)):
            raise Refused("bad_mark", "The cursor is not one of this list; start again without it")
        alike, *values = msgspec.json.decode(content, type=list[str | int | None])
        if len(values) != length or not isinstance(alike, int):
            raise Refused("bad_mark", "The cursor is not one of this list; start again without it")
        return alike, list(values)

    def seal(self, scope: tuple[object, ...], content: bytes) -> bytes:
        """Seal a content for a scope (BLAKE2b with a key, RFC 7693, which costs a quarter of HMAC)."""
        return hashlib.blake2b(msgspec.json.encode(scope) + b"\n" + content, key=self.key, digest_size=SEAL).digest()
