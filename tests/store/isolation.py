"""Many who write at once, through two apps that share one database and nothing else: what must be true after each round."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Lists,
    PasswordPolicy,
    Refused,
    Resource,
    actor,
    anyone,
    back,
    count,
    number,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
    value,
    where,
)
from kingpost.testing import Answer
from tests.engine.running import BASE, Backend

SEATS = 3
ON_CALL = "SELECT count(*) AS there FROM doctors WHERE ward = :ward AND on_call = 1"
TAKEN = "SELECT coalesce(sum(seats), 0) AS taken FROM bookings WHERE flight_id = :flight"


class Nurse(Account, table="nurses"):
    id: int = serial()
    name: str = text(max=50)
    notes: "list[Note]" = back("nurse")
    note_count: int = count("notes", where=where(shown=True), stored=True)

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone, update=owner())


class Note(Resource, table="notes"):
    id: int = serial()
    nurse: Nurse = ref(on_delete="cascade", default=actor)
    title: str = text(max=50)
    slug: str | None = text(max=50, unique=True)
    shown: bool = value(default=True)

    access = Access(create=signed_in & owner("nurse"), read=anyone, update=owner("nurse"), delete=owner("nurse"))
    lists = Lists("id", "title id", most=100)


class Doctor(Resource, table="doctors"):
    id: int = serial()
    ward: int = number()
    on_call: bool = value(default=True)

    access = Access(create=signed_in, read=anyone, update=signed_in)

    async def go(self, context: Context) -> None:
        """Leave, unless nobody would be left."""
        (found,) = await context.sql(ON_CALL, ward=self.ward)
        if int(found["there"] or 0) < 2:
            raise Refused("LAST", "Somebody has to be on call", kind="conflict")
        await context[Doctor].update(self.id, on_call=False)

    @operation(access=signed_in, transaction=True)
    async def leave(self, context: Context) -> None:
        """Leave, in the transaction of the call."""
        await self.go(context)

    @operation(access=signed_in)
    async def slip(self, context: Context) -> None:
        """Leave, in a transaction that the code opens."""
        async with context.transaction():
            await self.go(context)


class Flight(Resource, table="flights"):
    id: int = serial()
    seats: int = number()

    access = Access(create=signed_in, read=anyone)

    @operation(access=signed_in, transaction=True)
    async def book(self, context: Context, seats: int) -> "Booking":
        """Book some of the last seats."""
        (found,) = await context.sql(TAKEN, flight=self.id)
        if int(found["taken"] or 0) + seats > self.seats:
            raise Refused("FULL", "There are no more seats", kind="conflict")
        return await context[Booking].create(flight=self, seats=seats)


class Booking(Resource, table="bookings"):
    id: int = serial()
    flight: Flight = ref(on_delete="cascade")
    seats: int = number()

    access = Access(create=signed_in, read=anyone)
    lists = Lists("flight_id id")


app = App(Nurse, Note, Doctor, Flight, Booking, title="Ward", budget=Budget(1_000_000_000))
Asked: TypeAlias = tuple[str, str, Any, dict[str, str]]


class Ward:
    """Two apps on one database, and someone who is signed in at both."""

    def __init__(self, path: str) -> None:
        self.apps = [Backend(app, path), Backend(app, path)]
        self.token = self.apps[0].identity.token(1, 0)

    async def begin(self) -> None:
        person = {"name": "Ann", "email": "ann@example.com", "password": "SecurePass123!"}
        assert (await self.apps[0].send("POST", f"{BASE}/nurses", person)).status == 201

    async def ask(self, method: str, path: str, body: object = None, at: int = 0, **headers: str) -> Answer:
        named = [(name.replace("_", "-"), text) for name, text in headers.items()]
        return await self.apps[at % 2].send(method, f"{BASE}{path}", body, self.token, named)

    async def made(self, path: str, **body: Any) -> Answer:
        answer = await self.ask("POST", path, body)
        assert answer.status == 201, answer
        return answer

    async def race(self, *asked: Asked) -> list[Answer]:
        """Ask all at once, of one app and the other in turns."""
        return await asyncio.gather(
            *(self.ask(method, path, body, at, **headers) for at, (method, path, body, headers) in enumerate(asked))
        )

    async def stop(self) -> None:
        for each in self.apps:
            await each.running.stop()


Round: TypeAlias = Callable[[Ward, int], Awaitable[None]]


def statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(each.status for each in answers)


async def lost_update(ward: Ward, number: int) -> None:
    """Of some who change the version that they read, one does."""
    first = await ward.made("/notes", title="at first")
    path, tag = f"/notes/{first.body['id']}", first.headers["etag"]
    answers = await ward.race(*(("PATCH", path, {"title": f"by {at}"}, {"if_match": tag}) for at in range(4)))
    assert statuses(answers) == {200: 1, 412: 3}
    (won,) = (each for each in answers if each.status == 200)
    assert (await ward.ask("GET", path)).body == won.body


async def unique_race(ward: Ward, number: int) -> None:
    """Of some who want one name, one gets it."""
    answers = await ward.race(*(("POST", "/notes", {"title": f"t{at}", "slug": f"one {number}"}, {}) for at in range(4)))
    assert statuses(answers) == {201: 1, 409: 3}
    assert {each.error["code"] for each in answers if each.status == 409} == {"CONFLICT"}


async def nested_write(ward: Ward, number: int) -> None:
    """Of some who write several rows together, one of which only one may have, one writes all, and the others nothing."""

    def items(at: int) -> dict[str, Any]:
        rows = [
            {"title": f"batch {number}"},
            {"title": f"batch {number}", "slug": f"some {number}"},
            {"title": f"batch {number}"},
        ]
        return {"items": [{"do": "create", "data": row} for row in (rows if at % 2 else rows[::-1])]}

    answers = await ward.race(*(("POST", "/notes/batch", items(at), {}) for at in range(4)))
    assert statuses(answers) == {200: 1, 409: 3}
    found = await ward.ask("GET", f"/notes?title=batch%20{number}&sort=id")
    assert len(found.body["items"]) == 3


async def declared_invariant(ward: Ward, number: int) -> None:
    """Somebody stays on call, though each who leaves reads that there is another."""
    doctors = [(await ward.made("/doctors", ward=number)).body["id"] for _ in range(3)]
    answers = await ward.race(*(("POST", f"/doctors/{each}/leave", {}, {}) for each in doctors))
    assert statuses(answers) == {204: 2, 409: 1}
    assert [(await ward.ask("GET", f"/doctors/{each}")).body["on_call"] for each in doctors].count(True) == 1


async def explicit_transaction(ward: Ward, number: int) -> None:
    """So it is with a transaction that code opens; one that met another is told to come again, and has done nothing."""
    doctors = [(await ward.made("/doctors", ward=-1 - number)).body["id"] for _ in range(2)]
    answers = await ward.race(*(("POST", f"/doctors/{each}/slip", {}, {}) for each in doctors))
    assert statuses(answers) in ({204: 1, 409: 1}, {204: 1, 503: 1}, {503: 2})
    there = [(await ward.ask("GET", f"/doctors/{each}")).body["on_call"] for each in doctors]
    assert there == [each.status != 204 for each in answers]


async def last_seats(ward: Ward, number: int) -> None:
    """No more is booked than there is."""
    flight = (await ward.made("/flights", seats=SEATS)).body["id"]
    answers = await ward.race(*(("POST", f"/flights/{flight}/book", {"seats": 1}, {}) for _ in range(5)))
    assert statuses(answers) == {200: SEATS, 409: 5 - SEATS}
    booked = (await ward.ask("GET", f"/bookings?flight_id={flight}")).body["items"]
    assert sorted(each["id"] for each in booked) == sorted(each.body["id"] for each in answers if each.status == 200)


async def stored_counts(ward: Ward, number: int) -> None:
    """A count that is kept is that of the rows."""
    kept = [(await ward.made("/notes", title="a")).body["id"] for _ in range(2)]
    before = (await ward.ask("GET", "/nurses/1")).body["note_count"]
    answers = await ward.race(
        ("POST", "/notes", {"title": "b"}, {}),
        ("POST", "/notes", {"title": "c", "shown": False}, {}),
        ("PATCH", f"/notes/{kept[0]}", {"shown": False}, {}),
        ("DELETE", f"/notes/{kept[1]}", None, {}),
        ("POST", "/notes/batch", {"items": [{"do": "create", "data": {"title": f"{at}"}} for at in range(3)]}, {}),
    )
    assert statuses(answers) == {201: 2, 200: 2, 204: 1}
    assert (await ward.ask("GET", "/nurses/1", at=1)).body["note_count"] == before + 2


async def twins(ward: Ward, number: int) -> None:
    """What is sent several times under one name is done once, and each is told the same."""
    title = f"once {number}"
    once = {"idempotency_key": title}
    answers = await ward.race(*(("POST", "/notes", {"title": title}, once) for _ in range(4)))
    assert statuses(answers) == {201: 4}
    assert len({each.text for each in answers}) == 1
    assert sum("idempotency-replayed" not in each.headers for each in answers) == 1
    assert len((await ward.ask("GET", f"/notes?title=once%20{number}&sort=id")).body["items"]) == 1


ROUNDS: list[Round] = [
    lost_update, unique_race, nested_write, declared_invariant, explicit_transaction, last_seats, stored_counts, twins,
]  # fmt: skip


async def play(path: str, one: Round, times: int) -> None:
    """Play so many rounds."""
    ward = Ward(path)
    try:
        await ward.begin()
        for number in range(times):
            await one(ward, number)
    finally:
        await ward.stop()
