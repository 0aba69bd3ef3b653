"""Which of the forms that an answer could have the client would rather get (RFC 9110, section 12.5.1).

Takes a header, gives a media type. Stands on nothing.
"""

from functools import lru_cache

MOST_RANGES = 50


@lru_cache(100)
def preferred(header: str | None, offered: tuple[str, ...]) -> str | None:
    """Choose a media type.

    Args:
        header: What the client accepts; None for anything.
        offered: What there is, the usual one first.

    Returns:
        The one the client weighs most, the earlier of equals; None when it accepts none.
    """
    if header is None or not header.strip():
        return offered[0]
    ranges = [weighed(each) for each in header.split(",", MOST_RANGES)]
    best, most = None, 0.0
    for kind in offered:
        weight = max(((exactness(name, kind), weight) for name, weight in ranges), default=(0, 0.0))
        if weight[0] and weight[1] > most:
            best, most = kind, weight[1]
    return best


def weighed(text: str) -> tuple[str, float]:
    """Read one media range with its weight; what can not be read weighs nothing."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            digits = parameter.removeprefix("q=")
            fine = len(digits) <= len("0.000") and digits.replace(".", "", 1).isdigit() and digits.isascii()
            return name, min(float(digits), 1.0) if fine else 0.0
    return name, 1.0


def exactness(name: str, kind: str) -> int:
    """How exactly a range names a media type; 0 when it does not."""
    if name == kind:
        return 3
    if name == f"{kind.partition('/')[0]}/*":
        return 2
    return int(name == "*/*")
