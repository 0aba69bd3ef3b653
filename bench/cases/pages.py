"""What the last page of each list of 100,000 posts costs against the first and second: in steps and in time.

Times are medians of turns in which each page is asked, so that what else the machine does falls on all of them. A page after
a mark costs a little more than the first, which seeks nothing; what must not matter is how far into the list it is.
"""

from collections.abc import Iterator
from statistics import median
from time import perf_counter_ns

from tests.engine.running import BASE, Backend
from tests.proofs.blog import endless
from tests.store.crowd import SHAPES, USERS, Crowd
from tests.store.pages import PAGE, ask, lists, steps

TURNS = 400
SHAPE = "half are one writer's, and every one is published"
HEAD = f"{'':30}{'steps':>14}{'last/second':>13}{'last/first':>12}{'us':>14}{'last/second':>13}{'last/first':>12}"


def measure() -> Iterator[str]:
    """Measure every list, and the whole way of a request."""
    crowd = Crowd(SHAPES[SHAPE])
    yield HEAD
    for each in lists(crowd):
        three = (each.first, each.second, each.last)
        counted = [float(steps(crowd, page)) for page in three]
        times: list[list[int]] = [[], [], []]
        for _ in range(TURNS):
            for took, page in zip(times, three, strict=True):
                began = perf_counter_ns()
                ask(crowd, page)
                took.append(perf_counter_ns() - began)
        yield line(each.name, counted, [median(took) / 1_000 for took in times])
    yield request(crowd)
    crowd.connection.close()


def line(name: str, steps: list[float], times: list[float]) -> str:
    """Say what three pages cost, and how the last compares."""
    said = [f"{name:30}"]
    for first, second, last in (steps, times):
        said.append(f"{last:14.0f}{last / second:13.2f}{last / first:12.2f}" if last else " " * 39)
    return "".join(said)


def request(crowd: Crowd) -> str:
    """Measure the first, the second and the last page as a caller asks for them, without a network."""
    backend = Backend(endless())
    backend.kept = crowd.connection
    backend.restore()
    backend.store.writer.execute("UPDATE users SET admin = 1 WHERE id = ?", (USERS,))
    token = backend.identity.token(USERS, 0)
    url = f"{BASE}/posts?sort=-created_at&limit="
    marks: list[str] = ["", backend.ask("GET", f"{url}{PAGE}", None, token).body["next"]]
    mark: str | None = ""
    while mark is not None:
        marks.append(mark)
        mark = backend.ask("GET", f"{url}100&after={mark}".removesuffix("&after="), None, token).body["next"]
    pages = [f"{url}{PAGE}{f'&after={each}' if each else ''}" for each in (marks[0], marks[1], marks[-1])]
    times: list[list[int]] = [[], [], []]
    for _ in range(TURNS):
        for took, page in zip(times, pages, strict=True):
            began = perf_counter_ns()
            backend.ask("GET", page, None, token)
            took.append(perf_counter_ns() - began)
    backend.close()
    return line("GET /posts?sort=-created_at", [0, 0, 0], [median(took) / 1_000 for took in times])
