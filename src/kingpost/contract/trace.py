"""Where a call stands in a trace that goes through many services, as W3C Trace Context says it.

Takes what a caller sent and gives one text, `traceparent` or `traceparent tracestate`; empty where there is no trace, or
none that follows the rules to the letter. Stands on nothing.
"""

import os
import re
from collections.abc import Mapping

PARENT = re.compile(r"(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
MEMBER = re.compile(r"[a-z0-9][a-z0-9_*/@-]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]")
KNOWN_FLAGS = 0b11  # sampled, and made by chance
LENGTH = 55
MOST_STATE = 512
MOST_MEMBERS = 32


def read(parent: str, state: str = "") -> str:
    """Read where a call stands in its caller's trace (W3C Trace Context, level 2, sections 3.2 and 3.3).

    Args:
        parent: The `traceparent` that came; empty for none.
        state: The `tracestate` that came; one that is malformed or too long is left out.

    Returns:
        The trace, in version 00; empty for one that must be ignored.
    """
    found = PARENT.fullmatch(parent)
    if found is None or (found[1] == "00" and found[4]):
        return ""
    trace = f"00-{found[2]}-{int(found[3], 16) & KNOWN_FLAGS:02x}"
    return f"{trace} {state}" if state and follows(state) else trace


def follows(state: str) -> bool:
    """Whether a `tracestate` keeps to its grammar and its bounds, naming no key twice."""
    members = [member.strip(" \t") for member in state.split(",")] if len(state) <= MOST_STATE else []
    members = [member for member in members if member]
    keys = {member.partition("=")[0] for member in members}
    return 0 < len(members) == len(keys) <= MOST_MEMBERS and all(MEMBER.fullmatch(member) for member in members)


def child(trace: str) -> str:
    """Give the place of a new step below this one: the same trace and state, and an id of its own."""
    return f"{trace[:36]}{os.urandom(8).hex()}{trace[52:]}"


def headers(trace: str) -> Mapping[str, str]:
    """Give what an outgoing call carries so that it stands below this place."""
    if not trace:
        return {}
    parent, state = trace[:LENGTH], trace[LENGTH + 1 :]
    return {"traceparent": parent, "tracestate": state} if state else {"traceparent": parent}


def names(trace: str) -> tuple[str, str]:
    """Give the ids of the trace and of the place in it."""
    return trace[3:35], trace[36:52]
