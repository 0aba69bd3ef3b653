"""What we set out to reach: how many times Kingpost's processor time a peer should take for a request, at least."""

WORKLOADS = ("W1", "W2", "W3", "W5")
CLOSE, STACKS = (1.2, 1.2, 1.0, 1.5), (12.0, 9.0, 8.0, 15.0)
LEAST: dict[str, tuple[float, ...]] = {
    "fastify": CLOSE,
    "nest": CLOSE,
    "express": (3.0, 2.5, 2.0, 4.0),
    "fastapi_asyncpg": (4.0, 3.0, 3.0, 6.0),
    "fastapi_sqlalchemy": STACKS,
    "litestar": STACKS,
    "ninja": STACKS,
    "rest_framework": STACKS,
    "pocketbase": (3.0, 4.0, 3.0, 3.0),
}
MOST_MILLISECONDS = 25
"""Within which 95 of 100 answers come, at 60 % of the rate that a server can reach."""


def least(candidate: str, workload: str) -> float | None:
    """Give the number wanted; None where none was set."""
    found = dict(zip(WORKLOADS, LEAST.get(candidate, ()), strict=False))
    return found.get(workload)
