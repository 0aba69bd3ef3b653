"""Positions: how far a replica of the rows must have come to show a caller what it has written, or been refused for.

A position is told after a write and shown with a read. It is sealed, as it would tell how much others write. Takes and gives
text; stands on the store's protocol.
"""

import base64
import os
import struct
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kingpost.call import POSITION_LASTS, Call
from kingpost.contract.model import Contract
from kingpost.engine.marks import derive, spell
from kingpost.store.protocol import Replica

NONCE = 12
CONTENT = struct.Struct(">qq")
LONGEST = 500
BEYOND = 2**63 - 1
"""Farther than any replica comes."""


class Positions:
    """The replica of the rows, and who may read it."""

    def __init__(self, replica: Replica, contract: Contract, secret: bytes, clock: Callable[[], float]) -> None:
        """Derive the key that seals positions.

        Args:
            replica: Whose.
            contract: What may be asked.
            secret: At least 32 random bytes.
            clock: Gives the seconds since 1970.
        """
        self.replica, self.clock = replica, clock
        self.cipher = AESGCM(derive(secret, "position"))
        self.readers = {each.name for each in contract.operations if each.verb in ("get", "list")}

    def after(self, call: Call, noted: int) -> str:
        """Give the position after a call before which so many writes were noted; nothing where it has written nothing."""
        if self.replica.noted == noted or call.operation in self.readers:
            return ""
        nonce = os.urandom(NONCE)
        return spell(nonce + self.cipher.encrypt(nonce, CONTENT.pack(self.replica.position, int(self.clock())), None))

    def reached(self, shown: str) -> bool:
        """Whether the replica may be read by a caller who shows these positions; not by one who shows what is none of ours."""
        if not shown:
            return self.replica.reaches(0)
        wanted = max(map(self.read, shown.split(","))) if len(shown) <= LONGEST else BEYOND
        return self.replica.reaches(wanted)

    def read(self, text: str) -> int:
        """Read a position; one that is older than anything a replica may show asks for nothing."""
        try:
            raw = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
            place, at = CONTENT.unpack(self.cipher.decrypt(raw[:NONCE], raw[NONCE:], None))
        except (InvalidTag, ValueError, struct.error):
            return BEYOND
        return int(place) if self.clock() - at < POSITION_LASTS else 0
