"""Makes rows whatever the app's rules say, and invents what a test does not care about.

Takes a class and the fields that matter, gives the row. Stands on the engine, which runs here without rules.
"""

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from kingpost.call import Actor
from kingpost.contract.inputs import slots
from kingpost.contract.model import Resource as Kind
from kingpost.declare.resource import Resource
from kingpost.engine.engine import Engine
from kingpost.engine.failures import REFUSALS, failure
from kingpost.engine.rows import outward
from kingpost.engine.unruled import unruled
from kingpost.testing.given import key_of, linked, rows_of
from kingpost.testing.invent import invented

R = TypeVar("R", bound=Resource)


class Maker:
    """Makes the rows of one database."""

    def __init__(self, engine: Engine) -> None:
        """Begin with the first row of each kind."""
        self.engine, self.made = unruled(engine), Counter[str]()

    async def make(self, cls: type[R], given: Mapping[str, object], actor: Actor, needing: tuple[str, ...] = ()) -> R:
        """Make a row.

        Args:
            cls: Of what.
            given: The fields that matter: Python values or those of the wire, and rows for links.
            actor: Who makes it; links that are theirs by default lead to them.
            needing: The titles of what needs this row, so that no two need each other for ever.

        Returns:
            The row, with the rows that it links to.

        Raises:
            AssertionError: It can not be made; it says why.
        """
        rows = rows_of(self.engine, cls, actor)
        kind = rows.resource
        if kind.title in needing:
            circle = " needs ".join([*needing[needing.index(kind.title) :], kind.title])
            raise AssertionError(f"{kind.title} can not be made: {circle}")
        self.made[kind.name] += 1
        values = rows.wire(linked(kind, given))
        admin = values.pop("admin", False) if kind.account else False
        await self.complete(kind, values, actor, (*needing, kind.title))
        try:
            key = key_of(await rows.create(**values))
        except REFUSALS as refusal:
            failed = failure(self.engine.contract, refusal)
            said = "".join(f"\n  {detail.field}: {detail.message}" for detail in failed.details)
            raise AssertionError(f"Could not make a {kind.title}: {failed.message}{said}") from None
        if admin:
            await self.engine.identity.promote(str(values["email"]), True)
        return await rows.get(key, include=tuple(kind.ref))

    async def complete(self, kind: Kind, values: dict[str, object], actor: Actor, needing: tuple[str, ...]) -> None:
        """Add what is required and was not given, with rows to link to."""
        for slot in slots(kind, "create"):
            ref = kind.ref_of.get(slot.name)
            if slot.name in values or slot.field is None or slot.field.optional:
                continue
            if ref is not None and not (ref.caller and actor.signed_in):
                target = self.engine.kinds[ref.target]
                assert issubclass(target, Resource)
                values[slot.name] = outward(slot.field.scalar, key_of(await self.make(target, {}, actor, needing)))
            elif slot.required:
                values[slot.name] = invented(kind.title, slot.field, self.made[kind.name])
