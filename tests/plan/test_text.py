"""What a plan says for a person: the whole of it, calmly, and nothing of how a database or Python would say it."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from examples.blog.app import app as blog
from kingpost.app import App
from kingpost.call import Include, Shape
from kingpost.contract.expr import ALWAYS, NEVER, STANDINGS, words
from kingpost.contract.indexes import alone
from kingpost.contract.inputs import slots
from kingpost.plan.planner import plan
from kingpost.plan.query import Page, Plan
from kingpost.plan.text import text
from tests.plan.tracker import app as tracker

SQL = re.compile(
    r"\b(select|from|where|join|union|insert|update|delete|limit|order by|returning|into|null is)\b", re.IGNORECASE
)
PYTHON = re.compile(r"\w\(\w+=|\bNone\b|\bTrue\b|\bFalse\b|<|>|\[|\{|\(\)|\(\w+,\)")
INCLUDES = {
    "users": (Include("posts", (Include("user"),)),),
    "posts": (Include("user", (Include("posts"),)),),
    "members": (Include("tasks"),),
    "projects": (Include("lead"), Include("tasks")),
    "tasks": (Include("assignee"), Include("project", (Include("lead"),)), Include("tags")),
    "tags": (Include("tasks", (Include("assignee"),)),),
}


def plans(app: App) -> Iterator[Plan]:
    """Give a plan for every operation, standing and length of shape."""
    for operation in app.contract.operations:
        if operation.verb is None:
            continue
        resource = app.contract.resource[operation.resource]
        shapes = [Shape(), Shape(include=INCLUDES[resource.name])]
        if operation.verb == "get":
            shapes += [Shape(among=True), *(Shape(by=field.name) for field in resource.fields if alone(resource, field.name))]
        if operation.verb in ("create", "replace", "merge"):
            given = tuple(sorted(slot.name for slot in slots(resource, operation.verb)))
            shapes = [Shape(given=()), Shape(given=given)]
        for shape in shapes:
            for of in STANDINGS:
                yield plan(app.contract, operation, shape, of)


@pytest.mark.parametrize("app", [blog, tracker], ids=["blog", "tracker"])
def test_a_plan_is_said_without_words_of_sql_or_of_python(app: App) -> None:
    said = [(each.operation, text(each)) for each in plans(app)]
    assert len(said) >= 60
    for operation, lines in said:
        rest = lines.replace(operation, "")
        assert SQL.findall(rest) == [], rest
        assert PYTHON.findall(re.sub(r" [<>]=? ", " ", rest)) == [], rest


@pytest.mark.parametrize("app", [blog, tracker], ids=["blog", "tracker"])
def test_each_line_of_a_plan_stands_at_most_one_step_further_in(app: App) -> None:
    for each in plans(app):
        lines = text(each).splitlines()
        depths = [(len(line) - len(line.lstrip(" "))) / 2 for line in lines]
        assert lines[0] == each.operation
        assert all(line == line.rstrip() and line for line in lines)
        assert all(depth >= 1 and depth <= before + 1 for before, depth in pairwise(depths))


@pytest.mark.parametrize("app", [blog, tracker], ids=["blog", "tracker"])
def test_every_rule_of_a_plan_is_said(app: App) -> None:
    for each in plans(app):
        said = text(each)
        if each.refused:
            assert said == f"{each.operation}\n  refused: the rule that is left lets no one through, whatever the row\n"
        elif each.write is not None:
            rules = {getattr(each.write.change, name) for name in ("rule", "old", "new") if hasattr(each.write.change, name)}
            rules |= {link.rule for link in getattr(each.write.change, "links", ())}
            assert [words(rule) for rule in rules if rule != ALWAYS and words(rule) not in said] == []
        else:
            roots = each.root.branches if isinstance(each.root, Page) else ()
            wheres = [part.where for part in (*roots, *(part for linked in each.linked for part in linked.branches))]
            assert [words(where) for where in wheres if where not in (ALWAYS, NEVER) and words(where) not in said] == []
            assert [linked.most for linked in each.linked if f"at most {linked.most} each" not in said] == []
