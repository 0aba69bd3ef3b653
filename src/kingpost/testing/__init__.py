"""For users' tests: the app in memory, asked as anyone would ask it.

    client = Client(app)
    answer = client.post("/api/v1/users", {"email": "test@example.com", "password": "SecurePass123!", "name": "Test User"})
    assert answer.status == 201 and "password" not in answer.text

Each client has an empty database of its own; another client of the same app sees nothing of it.
Stands on everything; works with pytest, unittest or neither.
"""

from kingpost.testing.answer import Answer
from kingpost.testing.changes import Expected, created, deleted, updated
from kingpost.testing.client import Client
from kingpost.testing.clock import Clock
from kingpost.testing.walk import walk

__all__ = ["Answer", "Client", "Clock", "Expected", "created", "deleted", "updated", "walk"]
