"""What the code of an operation is handed: the caller, and what it may ask of the engine on the caller's behalf.

Takes what code asks, gives rows and answers, as whoever makes the call and through the same door. Stands on the engine.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, LiteralString, TypeVar

import msgspec

from kingpost.call import Actor, Call, Refused, Result
from kingpost.contract import types
from kingpost.contract.scalars import Stored
from kingpost.contract.trace import headers
from kingpost.engine.engine import Engine
from kingpost.engine.failures import REFUSALS, failure
from kingpost.engine.identity import Token
from kingpost.engine.observe import UNDER_WAY
from kingpost.engine.rows import Door, Rows, identified, text, worded
from kingpost.engine.sql import Bindable, sql
from kingpost.store.protocol import Clash

R = TypeVar("R")
LONGEST = 2.0


def along(call: Call, first: Call) -> Call:
    """Give a call what came with the one that it is made for: failures to sign in, say, count for the same address.

    What code decides by is never old, whatever the caller may be shown.
    """
    came = {"token": first.token, "request_id": first.request_id, "address": first.address, "trace": first.trace}
    return msgspec.structs.replace(call, **came, beside=first.beside, position=None)


class Context:
    """One call's conversation between an operation's code and the engine."""

    def __init__(self, engine: Engine, actor: Actor, call: Call, door: Door) -> None:
        """Speak for an actor.

        Args:
            engine: The running backend.
            actor: Who makes the call.
            call: The call.
            door: What every further call goes through.
        """
        self.engine, self.actor, self.call, self.door = engine, actor, call, door
        self.held = False

    @property
    def headers(self) -> Mapping[str, str]:
        """What came beside the input, by name in lower case."""
        return self.call.beside

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies that came with the call (RFC 6265, section 5.4)."""
        pairs = (each.strip().partition("=") for each in self.call.beside.get("cookie", "").split(";"))
        return {name: value.strip('"') for name, sign, value in pairs if sign}

    @property
    def token(self) -> str | None:
        """The token that the caller showed."""
        return self.call.token

    @property
    def address(self) -> str:
        """Where the call came from; empty inside the process."""
        return self.call.address

    @property
    def request_id(self) -> str:
        """The name of the call in answers and in the log."""
        return self.call.request_id

    @property
    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.fromtimestamp(self.engine.clock(), UTC)

    @property
    def trace(self) -> Mapping[str, str]:
        """What an outgoing call carries so that its trace goes on from here (W3C Trace Context); empty without a trace."""
        seen = UNDER_WAY.get()
        return headers("" if seen is None else seen.trace)

    def __getitem__(self, resource: type[R]) -> Rows[R]:
        """Give the rows of a resource, as far as the caller may read and write them."""
        name = self.engine.classes.get(resource)
        if name is None:
            raise TypeError(f"the app was not given {resource.__name__}")
        return Rows(self.ask, self.engine, self.engine.contract.resource[name])

    def __getattr__(self, name: str) -> Rows[Any]:
        """Give the rows of a resource by its table's name."""
        if name.startswith("_") or name not in self.engine.contract.resource:
            raise AttributeError(f"there is no resource {name!r}; there are {', '.join(self.engine.contract.resource)}")
        return Rows(self.ask, self.engine, self.engine.contract.resource[name])

    async def ask(self, call: Call) -> Result:
        """Ask for something more, as the same caller; raises `Refused` with what a request would be refused with."""
        try:
            return await self.door(self.engine, along(call, self.call), self.actor)
        except (Refused, Clash):
            raise
        except REFUSALS as refusal:
            raise Refused.because(failure(self.engine.contract, refusal)) from refusal

    async def run(self, operation: str, **values: object) -> Any:
        """Ask another operation that has code, as the same caller.

        Args:
            operation: Its name, such as `posts.publish`.
            values: What it takes; and of one that is on a row, what finds it, such as `id`.

        Returns:
            What it gives, in its wire form.

        Raises:
            Refused: What a request would be refused with.
        """
        asked = self.engine.contract.operation.get(operation)
        if asked is None or asked.verb is not None:
            raise TypeError(f"there is no operation {operation!r} with code; for rows write context.posts.get(id), say")
        key = str(values.pop(asked.found_by)) if asked.found_by else ""
        given: dict[str, str] = {}
        sent: Any = {}
        for name, value in values.items():
            member = asked.member.get(name)
            wire = value if member is None or value is None else types.write(member.type, value, self.worded)
            if member is not None and member.place == "whole":
                sent = wire
            elif member is not None and member.place != "body" and wire is not None:
                given[name] = text(wire)
            else:
                sent[name] = wire
        return (await self.ask(Call(operation, key=key, input=sent, given=given))).value

    def worded(self, row: object, of: str) -> object:
        """Write a row of a resource in its wire form."""
        return worded(self.engine, row, of)

    @asynccontextmanager
    async def transaction(self, seconds: float = LONGEST) -> AsyncIterator[None]:
        """Do all that this context does within in one transaction; within another, in a part of it that fails alone.

        Args:
            seconds: How long it may take; nothing is done by one that takes longer.

        Raises:
            Slow: It took too long.
        """
        outside, was = self.engine, self.held
        inside = None
        try:
            async with outside.store.transaction(seconds) as store:
                self.engine, self.held = inside, _ = outside.on(store), True
                yield
        finally:
            if self.engine is inside:  # another task may have begun a part of it, or waits to begin one of its own
                self.engine, self.held = outside, was

    async def sql(self, statement: LiteralString, /, **values: Bindable) -> list[dict[str, Stored]]:
        """Ask the database itself; no rule is asked.

        Args:
            statement: One statement in its language, with names such as `:me` for values; a text in the code, never one that
                came from elsewhere. Outside a transaction it only reads.
            values: What the names stand for.

        Returns:
            The rows, with values as the database holds them: moments are microseconds since 1970.
        """
        return await sql(self.engine, statement, values, self.held)

    async def sign_in(self, email: str, password: str) -> Token:
        """Exchange a password for an access token, and speak for its account from now on.

        Args:
            email: The address.
            password: The password.

        Returns:
            The token answer (RFC 6749, section 5.1); `context.token` is its token.

        Raises:
            Refused: Alike for every reason.
        """
        identity = self.engine.identity
        granted = await identity.sign_in(email, password, self.address)
        return self.adopt(await identity.believe(granted["access_token"]), granted)

    async def sign_in_as(self, account: object) -> Token:
        """Give an access token of an account that code knows to be the caller's, and speak for it from now on.

        Args:
            account: Its row, or its id: of someone who has just signed up, say, or whom another service vouches for.

        Returns:
            What `sign_in` gives.

        Raises:
            Refused: There is no such account.
        """
        accounts = self.engine.contract.account
        key = account if accounts is None else identified(self.engine, accounts, account)
        actor, granted = await self.engine.identity.grant(key, self.engine.store)
        return self.adopt(actor, granted)

    def adopt(self, actor: Actor, granted: Token) -> Token:
        """Speak for an actor from now on."""
        self.actor, self.call = actor, msgspec.structs.replace(self.call, token=granted["access_token"])
        return granted
