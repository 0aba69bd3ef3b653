"""Signing in, as an operation like any other.

Stands on declare.
"""

from collections.abc import Mapping
from typing import Protocol

from kingpost.contract.model import Operation
from kingpost.contract.scalars import LONGEST_PASSWORD, Integer, Text
from kingpost.contract.types import Member, Object
from kingpost.declare.offer import Offered


class Talk(Protocol):
    """What signing in needs of its context."""

    async def sign_in(self, email: str, password: str) -> Mapping[str, object]:
        """Exchange a password for an access token."""


async def login(context: Talk, values: Mapping[str, object]) -> Mapping[str, object]:
    """Exchange an address and a password for an access token of fifteen minutes.

    Args:
        context: The call's conversation with the engine.
        values: `email` and `password`.

    Returns:
        `access_token`, `token_type` and `expires_in` (RFC 6749, section 5.1).
    """
    return await context.sign_in(str(values["email"]), str(values["password"]))


LOGIN = Offered(
    Operation(
        "auth.login",
        code="accounts.login",
        path="/auth/login",
        doc="Sign in with an address and a password, for fifteen minutes.",
        input=(Member("email", Text(max=254)), Member("password", Text(max=4 * LONGEST_PASSWORD), hidden=True)),
        output=Object(
            "LoginOutput", (Member("access_token", Text()), Member("token_type", Text()), Member("expires_in", Integer()))
        ),
    ),
    login,
)
