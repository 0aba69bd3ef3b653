"""Where the steps of a request go, by the part of the product that takes them."""

from collections.abc import Iterator

from bench.profile import PARTS, parts


def measure() -> Iterator[str]:
    """Count."""
    yield f"{'steps of a request':20}" + "".join(f"{name:>11}" for name in (*PARTS, "all"))
    for name, counted in parts().items():
        numbers = [*(counted[each] for each in PARTS), sum(counted.values())]
        yield f"{name:20}" + "".join(f"{number:11,}" for number in numbers)
