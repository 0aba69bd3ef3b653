"""What every store must do.

A store's own test says how one is opened, and inherits the rest:

class TestTheFile(Exercise):
    def open(self, contract: Contract, folder: Path) -> Store:
        return SqliteStore(contract, str(folder / "app.db"))
"""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest

from kingpost.contract.codec import Row
from kingpost.contract.expr import ALWAYS, Caller, Every, Hole, Test
from kingpost.contract.model import Key
from kingpost.contract.scalars import LARGEST, SMALLEST, Json, Stored
from kingpost.plan.query import Branch, DeleteRows, Find, Page, Set, Table, Total, Value
from kingpost.store.protocol import Conflict, Program
from tests.store.desk import CONTRACT, FIELDS, Abrupt, Desk, Given, Wrong
from tests.store.transactions_exercise import TransactionsExercise


class Exercise(TransactionsExercise):
    """The promises of a store."""

    async def test_a_program_that_raises_leaves_nothing(self, tmp_path: Path) -> None:
        def stumble() -> None:
            raise Wrong

        async with self.desk(tmp_path) as desk:
            await desk.add("things", {"label": "kept"})
            with pytest.raises(Wrong):
                await desk.store.write(desk.adding("things", {"label": "a"}, {"label": "b"}, then=stumble))
            assert await desk.labels() == ["kept"]
            await desk.add("things", {"label": "later"})
            assert await desk.labels() == ["kept", "later"]

    async def test_a_store_survives_whatever_a_program_raises(self, tmp_path: Path) -> None:
        def fall() -> None:
            raise Abrupt

        async with self.desk(tmp_path) as desk:
            with pytest.raises(Abrupt):
                await desk.store.write(desk.adding("things", {"label": "a"}, then=fall))
            await desk.add("things", {"label": "later"})
            assert await desk.labels() == ["later"]

    async def test_a_program_that_raises_in_a_read_leaves_the_store_as_it_was(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            await desk.add("things", {"label": "kept"})

            def program() -> Program[None]:
                yield desk.store.prepare(Find(desk.whole("things"), Test(("id",), "=", Hole("key")))), {"key": 1}
                raise Wrong

            with pytest.raises(Wrong):
                await desk.store.read(program)
            await desk.add("things", {"label": "later"})
            assert await desk.labels() == ["kept", "later"]

    async def test_writes_at_the_same_time_are_each_done_whole_or_not_at_all(self, tmp_path: Path) -> None:
        def stumble() -> None:
            raise Wrong

        async with self.desk(tmp_path) as desk:
            programs = []
            for number in range(30):
                rows: list[Given] = [{"label": f"{number}", "size": at} for at in range(3)]
                then = stumble if number % 3 == 0 else lambda: None
                programs.append(desk.adding("things", *rows, then=then))
            answers = await asyncio.gather(*map(desk.store.write, programs), return_exceptions=True)
            assert [type(answer) for answer in answers] == [Wrong if number % 3 == 0 else list for number in range(30)]
            found = sorted((row["label"], row["size"]) for row in await desk.listed("things"))
            assert found == sorted((f"{number}", at) for number in range(30) if number % 3 for at in range(3))

    async def test_a_refused_write_does_not_take_its_neighbours_with_it(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            await desk.add("shelves", {"name": "taken"})
            names = ["a", "taken", "b", "taken", "c"]
            writes = [desk.add("shelves", {"name": f"{name} first"}, {"name": name}) for name in names[:1]]
            writes += [desk.add("shelves", {"name": name}) for name in names[1:]]
            answers = await asyncio.gather(*writes, return_exceptions=True)
            assert [isinstance(answer, Conflict) for answer in answers] == [False, True, False, True, False]
            found = {row["name"] for row in await desk.listed("shelves")}
            assert found == {"taken", "a first", "a", "b", "c"}

    async def test_what_a_write_gives_back_is_what_is_then_read(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            (added,) = await desk.add("things", {"label": "a", "size": 5})
            (found,) = await desk.ask(Find(desk.whole("things"), Test(("id",), "=", Hole("key"))), key=added[0])
            assert tuple(found) == tuple(added)

    async def test_many_who_ask_for_one_row_each_at_once_are_each_given_their_own(self, tmp_path: Path) -> None:
        """Every one of them has values, and a rule that is asked with them; some find nothing, and some the same."""
        mine = Every((Test(("id",), "=", Hole("key")), Test(("size",), "=", Caller())))

        async def ask(key: int, caller: int | None) -> list[Row]:
            return await desk.ask(Find(desk.whole("things"), mine), key=key, caller=caller)

        async with self.desk(tmp_path) as desk:
            given: list[Given] = [{"size": key % 5, "label": f"{key}"} for key in range(1, 31)]
            await desk.add("things", *given)
            asked = [(key, caller) for key in (7, 31, 2, 7, 30, 1, 0) for caller in (2, None, 0, 1, 2)]
            answers = await asyncio.gather(*(ask(*each) for each in asked))
            found = [[(row[0], row[1]) for row in rows] for rows in answers]
            assert found == [[(key, f"{key}")] if 0 < key < 31 and key % 5 == caller else [] for key, caller in asked]
            assert sum(map(len, found)) == 8

    async def test_a_read_of_several_statements_sees_one_moment(self, tmp_path: Path) -> None:
        if not self.lasting:
            return  # nobody else can write between them

        async def elsewhere() -> None:
            async with self.desk(tmp_path) as other:
                await other.add("things", {"label": "between"})

        def program() -> Program[tuple[int, int]]:
            first = yield page, {"limit": 10}
            writing = Thread(target=lambda: asyncio.run(elsewhere()))
            writing.start()
            writing.join()
            second = yield page, {"limit": 10}
            return len(first), len(second)

        async with self.desk(tmp_path) as desk:
            await desk.add("things", {"label": "before"})
            page = desk.store.prepare(Page(desk.whole("things"), (Branch(ALWAYS),), (Key("id"),), (0,)))
            first, second = await desk.store.read(program)
            assert first == second < len(await desk.labels())

    async def test_an_acknowledged_write_is_there_when_the_store_is_opened_again(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            await desk.add("things", {"label": "before"})
            if self.lasting:
                # A second one beside it sees what is acknowledged, so it does not wait in the memory of the first.
                async with self.desk(tmp_path) as other:
                    assert await other.labels() == ["before"]
            assert await desk.labels() == ["before"]
        async with self.desk(tmp_path) as desk:
            assert await desk.labels() == (["before"] if self.lasting else [])

    async def test_stopping_finishes_the_writes_that_wait(self, tmp_path: Path) -> None:
        async with asyncio.timeout(self.patience):
            desk = Desk(self.open(CONTRACT, tmp_path))
            writes = [asyncio.create_task(desk.add("things", {"label": f"{number:03}"})) for number in range(200)]
            await asyncio.sleep(0)  # every write is handed over; few are done
            await desk.store.stop()
            answers = await asyncio.gather(*writes)
            assert [rows[0][1] for rows in answers] == [f"{number:03}" for number in range(200)]
        if self.lasting:
            async with self.desk(tmp_path) as desk:
                assert await desk.labels(Key("label")) == [f"{number:03}" for number in range(200)]

    async def test_a_write_that_comes_after_the_stop_is_refused(self, tmp_path: Path) -> None:
        async with asyncio.timeout(self.patience):
            desk = Desk(self.open(CONTRACT, tmp_path))
            program = desk.adding("things", {"label": "late"})
            await desk.store.stop()
            with pytest.raises(Exception, match="stopped"):
                await desk.store.write(program)

    async def test_a_write_whose_asker_has_gone_is_done_whole_or_not_at_all(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            for number in range(20):
                rows: list[Given] = [{"label": f"{number:02}", "size": at} for at in range(3)]
                asker = asyncio.create_task(desk.add("things", *rows))
                await asyncio.sleep(0)
                asker.cancel()
                await asyncio.gather(asker, return_exceptions=True)
            await desk.add("things", {"label": "last", "size": 0})  # the store goes on, and those before it are decided
            found = [(row["label"], row["size"]) for row in await desk.listed("things", Key("label"), Key("size"))]
            done = {label for label, _ in found} - {"last"}
            assert found == [*((label, at) for label in sorted(map(str, done)) for at in range(3)), ("last", 0)]

    async def test_a_conflict_names_the_resource_and_the_fields(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            await desk.add("things", {"contact_key": "a@example.com", "row": 1, "place": 2, "label": "x", "removed_at": 5})
            refused: list[tuple[Given, tuple[str, ...]]] = [
                ({"contact_key": "a@example.com"}, ("contact_key",)),
                ({"row": 1, "place": 2}, ("row", "place")),
                ({"label": "x", "removed_at": 6}, ("label",)),
            ]
            for again, fields in refused:
                with pytest.raises(Conflict) as caught:
                    await desk.add("things", again)
                assert (caught.value.resource, caught.value.fields) == ("things", fields)
            await desk.add("tokens", {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "word": "a"})
            with pytest.raises(Conflict) as caught:
                await desk.add("tokens", {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "word": "b"})
            assert (caught.value.resource, caught.value.fields) == ("tokens", ("id",))
            assert len(await desk.listed("things")) == 1

    async def test_what_is_unique_may_be_as_long_as_any_text_and_is_found_by_all_of_it(self, tmp_path: Path) -> None:
        chance = random.Random(7)
        long = "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(99_999))  # which nothing makes shorter
        async with self.desk(tmp_path) as desk:
            for end in "ab":
                await desk.add("shelves", {"name": long + end})
                await desk.add("things", {"label": long + end, "removed_at": 5})
            again: list[tuple[str, Given, str]] = [
                ("shelves", {"name": long + "b"}, "name"),
                ("things", {"label": long + "a", "removed_at": 6}, "label"),
            ]
            for resource, row, field in again:
                with pytest.raises(Conflict) as caught:
                    await desk.add(resource, row)
                assert (caught.value.resource, caught.value.fields) == (resource, (field,))
            find = Find(desk.whole("shelves"), Test(("name",), "=", Hole("key")))
            assert [row[0] for row in await desk.ask(find, key=long + "b")] == [2]
            assert await desk.ask(find, key=long) == []

    async def test_rows_with_a_null_in_what_is_unique_do_not_conflict(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            await desk.add("things", *({"row": 1, "place": None, "contact_key": None} for _ in range(3)))
            assert len(await desk.listed("things")) == 3

    async def test_what_is_unique_among_some_rows_may_repeat_among_the_others(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            await desk.add("things", {"label": "x"}, {"label": "x"}, {"label": "x", "removed_at": 1})
            with pytest.raises(Conflict):
                await desk.do(Set("things", "removed_at"), key=1, value=2)
            assert [row["removed_at"] for row in await desk.listed("things")] == [None, None, 1]

    async def test_a_link_never_dangles(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            with pytest.raises(Conflict) as caught:
                await desk.add("things", {"label": "a", "shelf_id": 1})
            assert (caught.value.resource, caught.value.fields) == ("", ())
            await desk.add("shelves", {"name": "full"})
            await desk.add("things", {"label": "a", "shelf_id": 1})
            with pytest.raises(Conflict) as caught:
                await desk.do(DeleteRows(desk.whole("shelves")), ids="[1]")
            assert caught.value.fields == ()
            assert [row["name"] for row in await desk.listed("shelves")] == ["full"]

    async def test_every_kind_of_value_comes_back_as_it_went_in(self, tmp_path: Path) -> None:
        values: dict[str, Sequence[Stored]] = {
            "label": [
                "",
                "a",
                "'\"\\;--",
                "e\u0301",
                "\u00e9",
                "\uffff",
                "\U0010ffff",
                "😀" * 1_000,
                "\x01\t\n\r\x7f\u2028",
                None,
            ],
            "contact": ["a@example.com", "o'neil@example.com", None],
            "size": [SMALLEST, SMALLEST + 1, -(2**53) - 1, -1, 0, 1, 2**53 + 1, LARGEST, None],
            "price": [1 - 10**18, -1, 0, 1, 10**18 - 1, None],
            "open": [0, 1, None],
            "day": ["0001-01-01", "2024-02-29", "9999-12-31", None],
            "at": [-62_135_596_800_000_000, -1, 0, 253_402_300_799_999_999, None],
            "code": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", None],
            "kind": ["a", "it's", None],
            "extra": [*map(Json().read, ({"b": [1, 2.5, None], "a": "😀"}, [], "", 0, True, {"\U00010000": {}})), None],
            "tags": ["[]", '["a","it\'s"]', None],
        }
        async with self.desk(tmp_path) as desk:
            for name, several in values.items():
                added = await desk.add("things", *({name: each} for each in several))
                at = FIELDS["things"].index(name)
                assert [row[at] for row in added] == list(several)
                found = [row[name] for row in await desk.listed("things")][-len(several) :]
                assert [(type(each), each) for each in found] == [(type(each), each) for each in several]

    async def test_text_goes_by_code_point_and_numbers_by_size_with_nulls_first(self, tmp_path: Path) -> None:
        orders: dict[str, Sequence[str | int]] = {
            "label": [
                "",
                "\x01",
                "1",
                "A",
                "Z",
                "a",
                "aa",
                "z",
                "\x7f",
                "e\u0301",
                "é",
                "ÿ",
                "Ā",
                "\uffff",
                "\U00010000",
                "😀",
            ],
            "size": [SMALLEST, -(2**53) - 1, -(2**53), -10, -9, 0, 9, 10, 2**53, 2**53 + 1, LARGEST],
            "price": [1 - 10**18, -100, -99, 0, 99, 100, 10**18 - 1],
            "at": [-62_135_596_800_000_000, -1, 0, 1, 253_402_300_799_999_999],
            "day": ["0001-01-01", "1999-12-31", "2000-01-01", "9999-12-31"],
        }
        for name, sequence in orders.items():
            wanted: list[str | int | None] = [None, *sorted(sequence)]
            shuffled = list(wanted)
            random.Random(name).shuffle(shuffled)
            (tmp_path / name).mkdir(parents=True)
            async with self.desk(tmp_path / name) as desk:
                await desk.add("things", *({name: each} for each in shuffled))
                rising = [row[name] for row in await desk.listed("things", Key(name))]
                falling = [row[name] for row in await desk.listed("things", Key(name, True))]
                assert rising == wanted
                assert falling == wanted[::-1]

    async def test_a_search_finds_every_word_in_the_order_of_ids_wherever_a_write_has_put_it(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            for resource, field, made in (
                ("things", "label", [{} for _ in range(5)]),
                ("tokens", "word", [{"id": str(UUID(int=number))} for number in (3, 1, 2, 5, 4)]),
            ):
                given: list[dict[str, Stored]] = [dict(each) for each in made]
                texts = ("Red apples", "green apple", "red, ripe apple!", "APPLE red", "a pear")
                rows = await desk.add(resource, *({**each, field: text} for each, text in zip(given, texts, strict=True)))
                keys = {text: row[0] for row, text in zip(rows, texts, strict=True)}
                found = [keys[text] for text in texts if text in ("Red apples", "red, ripe apple!", "APPLE red")]
                found.sort(key=str, reverse=True)
                assert await desk.found(resource, "red appl") == found
                assert await desk.found(resource, "red appl", found[0]) == found[1:]
                turned = [keys["red, ripe apple!"], keys["APPLE red"]]
                assert await desk.found(resource, "apple re") == sorted(turned, key=str, reverse=True), "in any order"
                assert await desk.found(resource, "red") == found
                assert await desk.found(resource, "apples red") == [keys["Red apples"]]
                assert await desk.found(resource, "app red") == [], "only the last word may be begun"
                assert await desk.found(resource, "rot") == []
                await desk.do(Set(resource, field), key=keys["a pear"], value="a red apple")
                await desk.do(Set(resource, field), key=keys["APPLE red"], value="nothing")
                await desk.do(DeleteRows(desk.whole(resource)), ids=f'["{keys["Red apples"]}"]')
                there = [keys["red, ripe apple!"], keys["a pear"]]
                assert await desk.found(resource, "red appl") == sorted(there, key=str, reverse=True)

    async def test_a_count_goes_no_further_than_one_more_than_its_most(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            given: list[dict[str, Stored]] = [{"label": f"red {number}", "size": number} for number in range(10)]
            await desk.add("things", *given)
            ids, small = Table("things", (Value("id"),)), Test(("size",), "<", Hole("size"))
            for branches, most, there in (
                ((Branch(ALWAYS),), 20, 10),
                ((Branch(ALWAYS),), 10, 10),
                ((Branch(ALWAYS),), 9, 10),
                ((Branch(ALWAYS),), 3, 4),
                ((Branch(small),), 20, 4),
                ((Branch(small), Branch(ALWAYS)), 12, 13),
                ((Branch(small, search=("label",)),), 20, 4),
                ((Branch(small, search=("label",)),), 2, 3),
            ):
                assert await desk.ask(Total(ids, branches, most), size=4, words="red") == [(there,)]

    async def test_an_id_is_never_used_again(self, tmp_path: Path) -> None:
        async with self.desk(tmp_path) as desk:
            added = await desk.add("things", {"label": "a"}, {"label": "b"})
            assert [row[0] for row in added] == [1, 2]
            await desk.do(DeleteRows(desk.whole("things")), ids="[2]")
            (later,) = await desk.add("things", {"label": "c"})
            assert later[0] == 3
