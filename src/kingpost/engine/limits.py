"""Budgets: how many calls each client may still make, counted together by all processes that were forked from one.

Takes whose budget and how large it is, gives what is left of it or how long to wait. The counts lie in memory of a fixed size
that the processes share; names are hashed with a key, so that no one can choose which of them fall together.
Stands on the ground.
"""

import hashlib
import mmap
import struct
import sys
import tempfile
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv6Address
from threading import Lock
from types import TracebackType

import msgspec

from kingpost.call import Actor, Allowance, Call, Refused, Seen
from kingpost.contract.model import Budget, Contract
from kingpost.engine.marks import derive

if sys.platform != "win32":
    import fcntl

SLOTS = 65_536
PROBES = 8
SLOT = struct.Struct("<QQIIII")
PLACED = 10_000
DEFAULT = "default"


class Slot(msgspec.Struct, frozen=True):
    """What one client used: since when its window runs, how much it used in the window before and in this one.

    Times are in milliseconds. Beside it stand the budget's size, to compare clients by, and the length of its window.
    """

    whose: int
    since: int
    before: int
    used: int
    limit: int
    window: int


class Taken(msgspec.Struct, frozen=True):
    """What is left of a budget, and how many seconds to wait where it did not suffice; 0 where it did."""

    allowance: Allowance
    wait: int = 0


class Turn:
    """Keeps the other processes out for a moment, by a record lock: whoever ends, in whatever way, lets go of it."""

    def __init__(self) -> None:
        """Make a file that has no name, to lock."""
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the turn
        weakref.finalize(self, file.close)
        self.file = file.fileno()

    def __enter__(self) -> None:
        """Wait for the turn."""
        if sys.platform != "win32":
            fcntl.lockf(self.file, fcntl.LOCK_EX)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let the next one in."""
        if sys.platform != "win32":
            fcntl.lockf(self.file, fcntl.LOCK_UN)


class Limits:
    """Counts by a sliding window of two buckets.

    What a client used is the count of its present window, and of the last window's count the part that still reaches into the
    time since: the approximation of https://blog.cloudflare.com/counting-things-a-lot-of-different-things/. The windows begin
    with the client's first call. In each of them no more is admitted than the budget says, and in any other stretch of that
    length at most twice as much.
    """

    def __init__(self, secret: bytes, clock: Callable[[], float], slots: int = SLOTS, *, shared: bool = False) -> None:
        """Make the memory, which the processes that are forked from now on share.

        Args:
            secret: From which the key is derived that places the clients.
            clock: Gives the seconds since 1970.
            slots: How many clients are remembered.
            shared: Whether other processes will count in it, so that each must wait for its turn.
        """
        self.clock, self.slots = clock, slots
        self.keyed = hashlib.blake2b(key=derive(secret, "budgets"), digest_size=16)
        self.place = lru_cache(PLACED)(self.hash)
        self.memory = mmap.mmap(-1, slots * SLOT.size)
        self.turn = Turn() if shared else Lock()  # a lock that nobody else takes costs less than none

    def take(self, name: str, whose: str, budget: Budget, cost: int = 1) -> Taken:
        """Take from a budget, all that is asked or nothing.

        Args:
            name: The budget's name.
            whose: Who pays.
            budget: How large it is.
            cost: How much to take.

        Returns:
            What is left, and how long to wait where nothing was taken.
        """
        with self.turn:
            now = int(self.clock() * 1_000)
            at, slot = self.find(name, whose, budget, now)
            passed = now - slot.since if now > slot.since else 0
            left = budget.calls - slot.used
            if slot.before:
                left -= slot.before * (slot.window - passed) // slot.window
            if left >= cost:
                left, wait, reset = left - cost, 0, seconds(slot.window - passed)
                self.put(at, slot, slot.before, slot.used + cost)
            else:
                wait = reset = seconds(until(slot, cost, passed))
        return Taken(Allowance(name or DEFAULT, budget.calls, budget.seconds, max(0, left), reset), wait)

    def give_back(self, name: str, whose: str, budget: Budget, cost: int = 1) -> None:
        """Give back what was taken and not needed."""
        with self.turn:
            at, slot = self.find(name, whose, budget, int(self.clock() * 1_000))
            back = min(slot.used, cost)
            if slot.used or slot.before:  # or it has lost its place to another meanwhile
                self.put(at, slot, max(0, slot.before - (cost - back)), slot.used - back)

    def find(self, name: str, whose: str, budget: Budget, now: int) -> tuple[int, Slot]:
        """Find a client's place and what it used up to now; a new one is given a free place, or that of who used least."""
        tag, first = self.place(name, whose, budget)
        spare, least = 0, 2.0
        for step in range(PROBES):
            at = (first + step) % self.slots * SLOT.size
            there, since, before, used, limit, window = SLOT.unpack_from(self.memory, at)
            if there == tag and limit:
                return at, moved(Slot(tag, since, before, used, limit, window), now)
            share = (used + before) / (2 * limit) if now - since < 2 * window else 0.0
            if share < least:
                spare, least = at, share
        return spare, Slot(tag, now, 0, 0, budget.calls, budget.seconds * 1_000)

    def hash(self, name: str, whose: str, budget: Budget) -> tuple[int, int]:
        """Give what a client is known by, and where to look first."""
        keyed = self.keyed.copy()
        keyed.update(f"{name}\n{budget.calls}\n{budget.seconds}\n{whose}".encode())
        digest = keyed.digest()
        return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") % self.slots

    def put(self, at: int, slot: Slot, before: int, used: int) -> None:
        """Write down what a client used."""
        SLOT.pack_into(self.memory, at, slot.whose, slot.since, before, used, slot.limit, slot.window)


def moved(slot: Slot, now: int) -> Slot:
    """Give a slot as it is now: a window that ran out is the one before, and a clock that was set back far begins anew."""
    passed = now - slot.since
    if -slot.window <= passed < slot.window:
        return slot
    if slot.window <= passed < 2 * slot.window:
        return Slot(slot.whose, slot.since + slot.window, slot.used, 0, slot.limit, slot.window)
    return Slot(slot.whose, now, 0, 0, slot.limit, slot.window)


def until(slot: Slot, cost: int, passed: int) -> int:
    """Give after how many milliseconds a budget suffices, if nothing more is taken; its window for what it never does."""
    room = slot.limit - cost
    if room < 0:
        return slot.window
    if slot.used <= room:
        return faded(slot.before, room - slot.used, slot.window) - passed
    return slot.window - passed + faded(slot.used, room, slot.window)


def faded(count: int, room: int, window: int) -> int:
    """Give how far into a window the count of the one before has faded to what there is room for."""
    return window + 1 - -(-(room + 1) * window // count)


def seconds(milliseconds: int) -> int:
    """Give whole seconds, no fewer than asked for and at least one."""
    return max(1, -(-milliseconds // 1_000))


def budgets(contract: Contract) -> dict[str, tuple[str, Budget]]:
    """Give the budget that each operation is charged to, with its name: that of its resource, or else the app's."""
    found = {}
    for each in contract.operations:
        resource = contract.resource.get(each.resource)
        own = resource.budget if resource else None
        found[each.name] = (each.resource, own) if own else ("", contract.budget)
    return found


def charge(limits: Limits, budgets: Mapping[str, tuple[str, Budget]], call: Call, actor: Actor) -> Allowance | None:
    """Charge a call to the caller's account or else to where it came from; each of its parts counts.

    Args:
        limits: The counts.
        budgets: Which budget each operation is charged to.
        call: What is asked.
        actor: Who asks.

    Returns:
        What is left of the budget; None inside the process, where nothing is counted.

    Raises:
        Refused: The budget is used up; says for how long, and carries what is left.
    """
    if not call.address or not call.cost:
        return None
    name, budget = budgets[call.parts[0].operation if call.parts else call.operation]
    cost = len(call.parts) or call.cost
    taken = limits.take(name, whose(call, actor), budget, cost)
    if taken.wait:
        much = f"Counts as {cost} calls, and only {budget.calls} are allowed at once; ask for less"
        refused = Refused("limited", much if cost > budget.calls else "Too many calls; try again later", retry_after=taken.wait)
        refused.failure = msgspec.structs.replace(refused.failure, seen=Seen(taken.allowance))
        raise refused
    return taken.allowance


def refund(limits: Limits, budgets: Mapping[str, tuple[str, Budget]], call: Call, actor: Actor) -> None:
    """Give back what a call of one part was charged."""
    if call.address and call.cost:
        name, budget = budgets[call.operation]
        limits.give_back(name, whose(call, actor), budget, call.cost)


def whose(call: Call, actor: Actor) -> str:
    """Give who pays for a call: the account, wherever it is, or else the address."""
    return f"account {actor.id}" if actor.signed_in else payer(call.address)


@lru_cache(PLACED)
def payer(address: str) -> str:
    """Give who pays at an address: all of an IPv6 network of 64 bits is one client, as anyone has that many addresses."""
    if ":" in address:
        with suppress(ValueError):
            return f"network {IPv6Address(address).packed[:8].hex()}"
    return f"address {address}"
