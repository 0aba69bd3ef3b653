"""Laws of the contract as a document: printed and read back it is the same, to the byte."""

import json

import msgspec
import pytest
from hypothesis import given

from kingpost import Resource
from kingpost.contract.model import Contract, Field, Index, Key, dump, folded, load
from kingpost.contract.scalars import Email, Text
from kingpost.declare.build import build
from tests.contract.declarations import declarations


@given(declarations())
def test_a_contract_is_printed_and_read_back_equal_and_to_the_same_bytes(classes: list[type[Resource]]) -> None:
    contract = build(classes).contract
    text = dump(contract)
    again = load(text)
    assert again == contract
    assert dump(again) == text
    assert again.fingerprint == contract.fingerprint
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == text


@given(declarations())
def test_the_same_declarations_give_the_same_contract(classes: list[type[Resource]]) -> None:
    assert dump(build(classes).contract) == dump(build(classes).contract)


@given(declarations())
def test_every_name_in_a_contract_leads_to_something(classes: list[type[Resource]]) -> None:
    contract = build(classes).contract
    assert set(contract.operation) == {operation.name for operation in contract.operations}
    for resource in contract.resources:
        assert contract.resource[resource.name] is resource
        assert resource.key.name == "id"
        for ref in resource.refs:
            assert ref.target in contract.resource
            assert resource.field[ref.field].scalar == contract.resource[ref.target].key.scalar
            assert resource.ref[ref.name] is resource.ref_of[ref.field] is ref
        for back in resource.backs:
            assert contract.resource[back.source].ref_of[back.field].target == resource.name
        for count in resource.counts:
            assert count.back in resource.back
        for index in resource.indexes:
            assert {key.field for key in index.keys} <= set(resource.field)
        for entry in resource.lists.entries:
            assert {*entry.filters, *(key.field for key in entry.sort)} <= set(resource.field)
        for field in resource.fields:
            if field.hidden:
                assert field.name not in resource.readable
        assert len({index.name for index in resource.indexes}) == len(resource.indexes)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"title": "A"}', b"\xff", b"null"])
def test_what_is_no_contract_is_not_read(text: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        load(text)


def test_a_contract_with_a_word_that_is_not_known_is_not_read() -> None:
    # A document from a newer release says something that this one would silently leave out.
    text = dump(Contract("A", "1", (), ()))
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        load(text.replace(b'{"', b'{"newer": 1, "', 1))


def test_an_index_is_named_after_its_keys_and_what_it_holds() -> None:
    from_expression = Index((Key("a"), Key("b", True)))
    assert from_expression.name == "a_b_desc"
    assert len(Index((Key("x" * 60),)).name) <= 48


def test_only_an_address_has_a_folded_form_which_no_one_sees_or_writes() -> None:
    key = folded(Field("email", Email(), unique=True))
    assert key is not None
    assert (key.name, key.hidden, key.unique, key.writable) == ("email_key", True, True, False)
    assert folded(key) is None
    assert folded(Field("name", Text())) is None
