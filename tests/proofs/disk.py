"""A disk that forgets: what was written and not synced is kept apart, and a cut keeps any part of it, in any order.

The model is that of SQLite's own crash tests: a sector that was not synced is there as it was, as it was to be, or as rubbish;
the length of a file and the names in a folder are no safer. Files are written through, so the program sees them as ever.
"""

import random
from collections.abc import Callable
from pathlib import Path

import apsw

SECTOR = 512
UNDER = "unix"

Open = apsw.URIFilename | str | None


class Held:
    """One file: what of it is safe, and what was done since; a whole number is a new length."""

    def __init__(self, safe: bytes) -> None:
        self.safe = safe
        self.since: list[tuple[int, bytes] | int] = []

    def settle(self) -> None:
        """Make all that was done safe."""
        content = bytearray(self.safe)
        for each in self.since:
            put(content, each)
        self.safe, self.since = bytes(content), []

    def left(self, chance: random.Random) -> bytes:
        """Give what a cut leaves."""
        content = bytearray(self.safe)
        kept, rubbish = chance.choice([(0.0, 0.0), (1.0, 0.0), (0.5, 0.0), (0.9, 0.1), (0.4, 0.2)])
        for each in chance.sample(self.since, len(self.since)):
            if isinstance(each, int):
                if chance.random() < kept:
                    put(content, each)
                continue
            offset, data = each
            for at in range(0, len(data), SECTOR):
                part = data[at : at + SECTOR]
                fate = chance.random()
                if fate < kept:
                    put(content, (offset + at, chance.randbytes(len(part)) if fate < rubbish else part))
        return bytes(content)


def put(content: bytearray, done: tuple[int, bytes] | int) -> None:
    """Do one thing to a file's content."""
    if isinstance(done, int):
        del content[done:]
        content.extend(bytes(done - len(content)))
    else:
        offset, data = done
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """What SQLite takes for the disk while it is open: `with Disk() as disk: ...`."""

    def __init__(self, before: Callable[[str], None] = lambda _: None) -> None:
        """Take the place of the real one; `before` is called with the word for every change before it is made."""
        super().__init__("forgetful", UNDER, makedefault=True)
        self.before = before
        # What each name may lead to after a cut, None for no file; the last is what it leads to now.
        self.names: dict[str, list[Held | None]] = {}

    def __enter__(self) -> "Disk":
        return self

    def __exit__(self, *_: object) -> None:
        self.unregister()

    def xOpen(self, name: Open, flags: list[int]) -> "File":
        path = (name.filename() if isinstance(name, apsw.URIFilename) else name) or ""
        if path and path not in self.names:
            self.names[path] = [Held(Path(path).read_bytes()) if Path(path).exists() else None]
        file = File(self, path, name, flags)
        if path and self.names[path][-1] is None:
            self.names[path].append(Held(b""))
        return file

    def xDelete(self, name: str, sync: bool) -> None:
        self.before("delete")
        super().xDelete(name, sync)
        self.names[name] = [None] if sync else [*self.names.get(name, []), None]

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """Give the files that are left if the power fails now, by the last part of their names."""
        found = ((Path(name).name, chance.choice(may)) for name, may in self.names.items())
        return {name: held.left(chance) for name, held in found if held is not None}


class File(apsw.VFSFile):
    """An open file."""

    def __init__(self, disk: Disk, path: str, name: Open, flags: list[int]) -> None:
        super().__init__(UNDER, name, flags)
        self.disk, self.path = disk, path

    @property
    def held(self) -> Held:
        """What its name leads to now."""
        held = self.disk.names[self.path][-1]
        assert held is not None
        return held

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.before("write")
        super().xWrite(data, offset)
        self.held.since.append((offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        self.disk.before("truncate")
        super().xTruncate(size)
        self.held.since.append(size)

    def xSync(self, flags: int) -> None:
        try:
            self.disk.before("sync")
        except apsw.Error:
            # After a sync that failed, a system takes what it could not write for written, and no later sync tries again.
            self.held.since.clear()
            raise
        super().xSync(flags)
        self.held.settle()
        if len(self.disk.names[self.path]) > 1:
            # The first sync of a new file is one of its folder too, and so of every other name in it.
            self.disk.names = {name: may[-1:] for name, may in self.disk.names.items()}
