"""Keeps what was made once for a shape; bounded, the longest unused goes first.

Stands on nothing.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """A bounded memory of answers by key."""

    def __init__(self, most: int) -> None:
        """Remember at most so many."""
        self.most = most
        self.kept: OrderedDict[K, V] = OrderedDict()
        self.hits = self.misses = 0

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Give what is kept for the key, made now if it is not.

        Args:
            key: What it is kept by.
            make: Makes it; what it raises is not kept.

        Returns:
            The kept value.
        """
        found = self.recall(key)
        if found is None:
            self.misses += 1
            found = make()
            self.put(key, found)
        return found

    def recall(self, key: K) -> V | None:
        """Give what is kept for the key; None where nothing is."""
        found = self.kept.get(key)
        if found is not None:
            self.hits += 1
            self.kept.move_to_end(key)
        return found

    def drop(self, key: K) -> None:
        """Keep nothing for a key any more."""
        self.kept.pop(key, None)

    def put(self, key: K, value: V) -> None:
        """Keep a value in place of what was kept before."""
        self.kept[key] = value
        self.kept.move_to_end(key)
        if len(self.kept) > self.most:
            self.kept.popitem(last=False)
