"""Answers that are kept for a day, each under the name that a caller gave its call.

Takes results, gives statements and what goes into them. Stands on the store's protocol.
"""

import base64
import hashlib
import hmac
import json
import os
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kingpost.call import Actor, Call, Result
from kingpost.contract.codec import write
from kingpost.contract.scalars import Stored
from kingpost.engine.marks import derive, spell
from kingpost.plan.query import Forget, Keep, Recall
from kingpost.store.protocol import Store
from kingpost.values import Html, Reply

SHOWN = ("cookie", "authorization")
"""What code may know a caller by whom the engine does not know."""
LIFETIME = 24 * 3_600 * 1_000_000
NONCE = 12


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a result: the values that the caller was told; and of what code said beside them, all but cookies."""

    value: Any = None
    page: bool = False
    key: Stored = None
    version: str = ""
    parts: "tuple[Answer, ...]" = ()
    status: int = 0
    headers: dict[str, str] = {}


class Answers:
    """Keeps and finds answers."""

    def __init__(self, store: Store, secret: bytes) -> None:
        """Derive the keys that hide what was sent and what was answered, and prepare the statements."""
        self.key, self.cipher = derive(secret, "kept answers"), AESGCM(derive(secret, "sealed answers"))
        self.recall, self.keep, self.forget = store.prepare(Recall()), store.prepare(Keep()), store.prepare(Forget())

    def sent(self, call: Call) -> str:
        """Name what was sent without saying it: it may hold a password."""
        return self.digest(json.dumps([call.input, dict(call.given)], sort_keys=True, default=str))

    def name(self, call: Call, actor: Actor, sent: str) -> str:
        """Name a call for its caller alone; whoever is unknown shares a name only with who sent and showed the very same."""
        parent = None if call.parent is None else msgspec.structs.astuple(call.parent)
        whose = [actor.id] if actor.signed_in else [None, sent, *(call.beside.get(each, "") for each in SHOWN)]
        return self.digest(json.dumps([call.operation, parent, call.key, call.once, *whose]))

    def digest(self, text: str) -> str:
        """Hide a text behind a name (HMAC, RFC 2104)."""
        return spell(hmac.digest(self.key, text.encode(), hashlib.sha256))

    def seal(self, name: str, answer: Answer) -> str:
        """Write an answer so that nobody reads it in the database: it may hold a token (AES-GCM, NIST SP 800-38D)."""
        nonce = os.urandom(NONCE)
        return spell(nonce + self.cipher.encrypt(nonce, msgspec.json.encode(answer), name.encode()))

    def open(self, name: str, sealed: str) -> Answer:
        """Read an answer that was sealed under a name."""
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        return msgspec.json.decode(self.cipher.decrypt(raw[:NONCE], raw[NONCE:], name.encode()), type=Answer)


def answered(result: Result) -> Answer:
    """Give what is kept of a result."""
    row = result.output is not None and result.rows
    value = write(result.output, result.rows[0], result.children) if row and result.output is not None else result.value
    parts, reply = tuple(map(answered, result.parts)), result.reply
    beside = (reply.status, dict(reply.headers)) if reply is not None else (0, {})
    page = isinstance(value, Html)
    return Answer(str(value) if page else value, page, result.key, result.version, parts, *beside)


def told(answer: Answer) -> Result:
    """Give the result that was given before."""
    parts = tuple(map(told, answer.parts))
    reply = Reply(None, answer.status, answer.headers) if answer.status or answer.headers else None
    value = Html(answer.value) if answer.page else answer.value
    return Result(value=value, reply=reply, key=answer.key, version=answer.version, parts=parts, replayed=True)
