"""The example builds to the contract that one expects, read in blog.contract.json."""

import json
import os
from pathlib import Path

from examples.blog.app import Post, User, app
from kingpost.contract.model import dump, load
from kingpost.declare.build import build

GOLDEN = Path(__file__).parent / "blog.contract.json"


def test_the_blog_builds_to_the_contract_one_expects() -> None:
    text = json.dumps(json.loads(dump(app.contract)), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("KINGPOST_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_golden_is_a_contract_itself() -> None:
    assert load(GOLDEN.read_bytes()) == app.contract


def test_the_order_of_the_classes_changes_the_order_of_the_contract_alone() -> None:
    one, two = build([User, Post]).contract, build([Post, User]).contract
    assert one.resource == two.resource
    assert one.operation == two.operation
