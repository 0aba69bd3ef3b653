"""PostgreSQL does what every store must, and what is only its own."""

from pathlib import Path

import pytest

from kingpost.contract.model import Contract
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.protocol import Store
from tests.servers.postgres import Postgres
from tests.store.exercise import Exercise


class TestPostgres(Exercise):
    @pytest.fixture(autouse=True)
    def served(self, server: Postgres) -> None:
        self.server, self.urls = server, dict[Path, str]()

    def open(self, contract: Contract, folder: Path) -> Store:
        return PostgresStore(contract, self.urls.get(folder) or self.urls.setdefault(folder, self.server.database()))
