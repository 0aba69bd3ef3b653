"""Lays out SQL text for reading: one clause a line, what stands in brackets one step further in."""

import re
from collections.abc import Iterator

PIECE = re.compile(
    r"""(?P<text>'(?:[^']|'')*'|"[^"]*")
    | (?P<clause>\b(?:SELECT|FROM|(?:LEFT\ |CROSS\ )?JOIN|WHERE|ORDER\ BY|LIMIT|UNION\ ALL|RETURNING|SET|VALUES
        |INSERT\ INTO|UPDATE|DELETE\ FROM)\b)
    | (?P<and>\bAND\b) | (?P<open>\() | (?P<close>\)) | (?P<between>\bBETWEEN\b)""",
    re.VERBOSE,
)


def laid_out(sql: str) -> str:
    return "\n".join(line.rstrip() for line in lines(sql)) + "\n"


def lines(sql: str) -> Iterator[str]:
    """Break before each clause; in brackets only where a whole SELECT stands."""
    line, at = "", 0
    broken: list[bool] = [True]  # for each open bracket, whether clauses break inside it
    for piece in PIECE.finditer(sql):
        line += sql[at : piece.start()]
        at = piece.end()
        kind, word = piece.lastgroup, piece.group()
        step = "    " * (sum(broken) - 1)
        if kind == "open":
            broken.append(sql.startswith("SELECT", piece.end()))
            line += word
        elif kind == "close":
            if broken.pop():
                yield line
                line = "    " * (sum(broken) - 1)
            line += word
        elif broken[-1] and kind in ("clause", "and") and line.strip():
            yield line
            line = f"{step}  {word}" if kind == "and" else f"{step}{word}"
        else:
            line += word
    yield line + sql[at:]
