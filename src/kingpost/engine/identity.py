"""Who is who: passwords become hashes, a sign-in becomes a token, a token becomes an actor.

Takes secrets and gives as little as it can: one answer for every way a sign-in fails. Stands on the store's protocol.
"""

import asyncio
import copy
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import TypedDict, TypeVar

import jwt
import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kingpost.call import ANONYMOUS, Actor, Refused
from kingpost.contract.codec import Row
from kingpost.contract.expr import Hole, Test
from kingpost.contract.model import Budget, Contract
from kingpost.contract.scalars import Email, Invalid, Password, Stored, fold
from kingpost.engine.limits import Limits, payer
from kingpost.engine.marks import derive
from kingpost.plan.memo import Memo
from kingpost.plan.query import Find, Set, Table, Value
from kingpost.store.protocol import Held, Statement, single

T = TypeVar("T")
LIFETIME = 900
LONGEST_TOKEN = 8_192
MOST_TOKENS = 10_000
ALGORITHM = "EdDSA"
TYPE = "at+jwt"
ISSUER = "kingpost"
ATTEMPTS = "sign-in"
FAILURES = Budget(5, 900)
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""The OWASP minimum: 19 MiB, two passes, one lane."""


class Token(TypedDict):
    """What a password is exchanged for (RFC 6749, section 5.1); `expires_in` is in seconds."""

    access_token: str
    token_type: str
    expires_in: int


class Claims(msgspec.Struct, frozen=True):
    """What an access token says (RFC 9068, as far as one server needs it)."""

    sub: str | int
    epoch: int
    iat: int
    exp: int


class Passwords:
    """Hashes with argon2id (RFC 9106) on threads, never more at once than there are cores, with a short queue."""

    def __init__(self, cores: int = os.cpu_count() or 1) -> None:
        """Start with no one waiting."""
        self.hasher = HASHER
        self.threads = ThreadPoolExecutor(cores, "kingpost-password")
        self.cores, self.most = cores, cores * 3
        self.under_way = 0
        # Checked in place of the hash of an account that does not exist, so that both take as long.
        self.nobody = nobody(self.hasher)

    async def hash(self, password: str) -> str:
        """Hash a password; raises `Refused` when too many wait."""
        return await self.work(lambda: self.hasher.hash(password), spared=self.cores)

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Whether a password fits a hash; takes as long when there is none."""
        return await self.work(lambda: self.verify(hashed or self.nobody, password)) and hashed is not None

    def verify(self, hashed: str, password: str) -> bool:
        """Compare on the thread."""
        try:
            return self.hasher.verify(hashed, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def work(self, job: Callable[[], T], spared: int = 0) -> T:
        """Do a piece of hashing when its turn comes; new passwords leave some turns to those who sign in."""
        if self.under_way >= self.most - spared:
            raise Refused("unavailable", "Too many sign-ins at once; try again shortly", retry_after=1)
        self.under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, job)
        finally:
            self.under_way -= 1


@cache
def nobody(hasher: PasswordHasher) -> str:
    """Hash what nobody knows, once for all who hash alike: an app that is opened often pays for it one time."""
    return hasher.hash(os.urandom(16))


class Identity:
    """Tokens and sign-in for the contract's account resource."""

    def __init__(self, contract: Contract, store: Held, secret: bytes, clock: Callable[[], float], limits: Limits) -> None:
        """Derive the signing key and prepare the look-ups."""
        self.account, self.store, self.clock, self.limits = contract.account, store, clock, limits
        self.passwords = Passwords()
        self.key = Ed25519PrivateKey.from_private_bytes(derive(secret, "access token"))
        self.public = self.key.public_key()
        self.believed: Memo[str, Claims] = Memo(MOST_TOKENS)
        self.known: Memo[Stored, tuple[Actor, int]] = Memo(MOST_TOKENS)
        self.by_id = self.by_email = self.set_admin = self.set_password = Statement("", ())
        if self.account is not None:
            name = self.account.name
            table = Table(name, tuple(map(Value, ("id", "epoch", "admin", "password"))))
            self.by_id = store.prepare(Find(table, Test(("id",), "=", Hole("key"))))
            self.by_email = store.prepare(Find(table, Test(("email_key",), "=", Hole("email"))))
            self.set_admin = store.prepare(Set(name, "admin"))
            self.set_password = store.prepare(Set(name, "password", still=True))

    def on(self, store: Held) -> "Identity":
        """Give this as it is, but on another store: that of a transaction, where who has just been made may sign in."""
        other = copy.copy(self)
        other.store = store
        return other

    async def believe(self, token: str | None) -> Actor:
        """Turn a token into an actor, as the account stands now.

        Args:
            token: An access token; None for an anonymous call.

        Returns:
            The actor.

        Raises:
            Refused: The token is not one of ours, has expired, or its account is gone or has begun a new epoch.
        """
        if token is None:
            return ANONYMOUS
        claims = self.believed.get(token, lambda: self.verify(token))
        row = await self.find(self.by_id, {"key": claims.sub}) if claims.exp > self.clock() and self.account else None
        if row is None or row[1] != claims.epoch:
            raise Refused("bad_token", "The access token is invalid or has expired")
        actor = Actor(row[0], True, row[2] == 1)
        self.known.put(claims.sub, (actor, claims.epoch))
        return actor

    def forget(self, actor: Actor) -> None:
        """Know an account no longer, which is not what it was."""
        self.known.drop(actor.id)

    def recognised(self, token: str) -> tuple[Actor, int] | None:
        """Say who shows a token that was believed before, and the seal that the account has if it still is what it was.

        Args:
            token: An access token.

        Returns:
            The actor and the seal, to be compared with what is there now; None for who is not known, or a token that expired.
        """
        claims = self.believed.recall(token)
        if claims is None or claims.exp <= self.clock():
            return None
        actor, epoch = self.known.recall(claims.sub) or (ANONYMOUS, -1)
        return (actor, epoch * 2 + actor.admin) if epoch == claims.epoch else None

    def verify(self, token: str) -> Claims:
        """Check a token's signature and claims (RFC 8725: one algorithm, fixed by us); raises `Refused`."""
        refused = Refused("bad_token", "The access token is invalid or has expired")
        if len(token) > LONGEST_TOKEN:
            raise refused
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                self.public,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=ISSUER,
                # The engine's own clock decides what has expired, at every call.
                options={"require": ["exp", "iat", "sub", "iss", "aud"], "verify_exp": False, "verify_iat": False,
                         "verify_sub": False, "verify_nbf": False},
            )  # fmt: skip
            if header.get("typ") != TYPE:
                raise refused
            found = msgspec.convert(claims, Claims)
            if self.account is not None:
                self.account.key.scalar.read(found.sub)  # a database would take "1" for 1
            return found
        except (jwt.PyJWTError, msgspec.ValidationError, Invalid, ValueError, RecursionError) as error:
            raise refused from error

    def token(self, key: Stored, epoch: Stored) -> str:
        """Issue an access token for an account in its epoch."""
        now = int(self.clock())
        claims = {"sub": key, "epoch": epoch, "iat": now, "exp": now + LIFETIME, "iss": ISSUER, "aud": ISSUER}
        return jwt.encode(claims, self.key, ALGORITHM, headers={"typ": TYPE})

    async def sign_in(self, email: str, password: str, address: str = "") -> Token:
        """Exchange an e-mail address and a password for an access token.

        Args:
            email: As it was typed; compared without case and Unicode form.
            password: As it was typed.
            address: Where the call came from; from inside the process, where it is empty, one may fail as often as one likes.

        Returns:
            The token answer (RFC 6749, section 5.1).

        Raises:
            Refused: In one and the same way for an unknown address and a wrong password; and before any hash is made, when
                too many were wrong for this account, whether or not there is one, or from this network.
        """
        folded = None
        with suppress(Invalid, UnicodeError):  # no account has such an address; the check takes as long as for any
            folded = fold(str(Email().read(email)))
        payers = [f"account {folded or email}", payer(address)] if address else []
        self.reserve(payers)
        try:
            answer = await self.exchange(folded, password)
        except Exception as error:
            if not isinstance(error, Refused) or error.failure.kind != "bad_credentials":
                self.give_back(payers)
            raise
        self.give_back(payers)
        return answer

    def reserve(self, payers: list[str]) -> None:
        """Count a failure in advance, so that none of many at once goes uncounted; raises `Refused` after too many."""
        for at, whose in enumerate(payers):
            wait = self.limits.take(ATTEMPTS, whose, FAILURES).wait
            if wait:
                self.give_back(payers[:at])
                raise Refused("limited", "Too many failed attempts to sign in; try again later", retry_after=wait)

    def give_back(self, payers: list[str]) -> None:
        """Take back failures that were counted and did not happen."""
        for whose in payers:
            self.limits.give_back(ATTEMPTS, whose, FAILURES)

    async def exchange(self, email: str | None, password: str) -> Token:
        """Give a token for a folded address, None for one that no account has, and a password; raises `Refused`."""
        row = None if email is None else await self.find(self.by_email, {"email": email})
        try:
            typed = str(Password(min=0).read(password))
        except Invalid:
            typed, row = "", None
        if not await self.passwords.matches(None if row is None else str(row[3]), typed) or row is None:
            raise Refused("bad_credentials", "Email or password is wrong")
        if self.passwords.hasher.check_needs_rehash(str(row[3])):
            # Only in place of the very hash that was checked: a password changed meanwhile stays changed.
            await self.set(self.set_password, row[0], await self.passwords.hash(typed), row[3])
        return self.granted(row)

    async def grant(self, key: object, store: Held) -> tuple[Actor, Token]:
        """Give a token for an account that someone is known to have, as it stands in a store or a transaction of it."""
        wanted = {"key": None if self.account is None else self.account.key.scalar.store(key)}
        rows = await store.read(partial(single, self.by_id, wanted))
        if not rows:
            raise Refused("not_found", "There is no such account")
        return Actor(rows[0][0], True, rows[0][2] == 1), self.granted(rows[0])

    def granted(self, row: Row) -> Token:
        """Give the token answer for an account."""
        return {"access_token": self.token(row[0], row[1]), "token_type": "Bearer", "expires_in": LIFETIME}

    async def promote(self, email: str, admin: bool) -> bool:
        """Make the account of an address an admin, or no longer; False when there is no such account."""
        row = await self.find(self.by_email, {"email": fold(email)})
        if row is None:
            return False
        await self.set(self.set_admin, row[0], int(admin))
        return True

    async def find(self, statement: Statement, values: Mapping[str, Stored]) -> Row | None:
        """Read one account."""
        rows = await self.store.read(partial(single, statement, values))
        return rows[0] if rows else None

    async def set(self, statement: Statement, key: Stored, value: Stored, was: Stored = None) -> None:
        """Set one of the server's own fields of an account."""
        await self.store.write(partial(single, statement, {"key": key, "value": value, "was": was}))
