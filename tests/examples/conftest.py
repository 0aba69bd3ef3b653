"""Every test of this folder is run on each store: what the examples promise, they promise on all of them."""

import pytest

from tests.servers.postgres import Postgres


@pytest.fixture(autouse=True, params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Say which store the clients of a test have their rows in, as a user would."""
    kind: str = request.param
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    if kind == "postgresql":
        server: Postgres = request.getfixturevalue("server")
        monkeypatch.setenv("TEST_DATABASE_URL", server.url)
    return kind
