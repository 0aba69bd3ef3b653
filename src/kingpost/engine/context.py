"""What the code of an operation is handed: the caller, and what it may ask of the engine on the caller's behalf.

Stands on the engine.
"""

from collections.abc import Mapping

from kingpost.call import Actor
from kingpost.engine.engine import Engine


class Context:
    """One call's conversation between an operation's code and the engine."""

    def __init__(self, engine: Engine, actor: Actor) -> None:
        """Speak for an actor."""
        self.engine = engine
        self.actor = actor

    async def sign_in(self, email: str, password: str) -> Mapping[str, object]:
        """Exchange a password for an access token; raises `Refused` alike for every reason."""
        return await self.engine.identity.sign_in(email, password)
