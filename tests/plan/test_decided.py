"""Which plans hang on no row: those may be answered by what is a little old, as no right could be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from examples.blog.app import app as blog
from kingpost import App
from kingpost.call import Call, Refused
from kingpost.contract.expr import Standing
from kingpost.contract.model import Contract, Operation
from kingpost.engine.engine import queries
from kingpost.plan.planner import plan
from kingpost.plan.policy import decided
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from kingpost.surface.rest.decode import Request, decode
from kingpost.surface.rest.routes import Routes
from tests.plan.calls import calls
from tests.plan.tracker import app as tracker

STANDINGS: tuple[Standing, ...] = ("anonymous", "signed_in", "admin")


def told(contract: Contract, operation: Operation, call: Call, of: Standing) -> bool | None:
    """Say whether a call's plan hangs on no row; None where there is no plan."""
    try:
        made = plan(contract, operation, call.shape, of)
    except Refused:
        return None
    return made.write is None and all(map(decided, queries(made)))


@pytest.mark.parametrize(
    ("app", "url", "who"),
    [
        (blog, "/users", "anonymous admin"),
        (blog, "/users/1", "anonymous admin"),
        (blog, "/users?fields=id,name", "anonymous signed_in admin"),
        (blog, "/users?fields=id,name&total=true", "anonymous signed_in admin"),
        (blog, "/users/1?fields=id,name&include=posts", "admin"),
        (blog, "/posts", "admin"),
        (blog, "/posts/1", "admin"),
        (blog, "/posts?include=user", "admin"),
        (blog, "/posts?q=word", "admin"),
        (blog, "/posts?created_at[gte]=2026-01-01T00:00:00Z", "admin"),
        (tracker, "/projects", ""),
    ],
)
def test_a_plan_says_whether_a_row_has_a_say_in_it(app: App, url: str, who: str) -> None:
    path, _, query = url.partition("?")
    routes = Routes(app.contract, "")
    found = routes.find(path.encode(), "GET")
    assert found is not None
    call = decode(app.contract, Request("GET", path.encode(), query.encode()), found)
    operation = app.contract.operation[call.operation]
    assert [of for of in STANDINGS if told(app.contract, operation, call, of)] == who.split()


@pytest.mark.parametrize("app", [blog, tracker], ids=["blog", "tracker"])
def test_a_plan_in_which_no_row_has_a_say_never_asks_who_it_is_for(app: App) -> None:
    store = SqliteStore(app.contract, MEMORY)

    @settings(max_examples=120, deadline=None)
    @given(calls(app.contract, Routes(app.contract, app.base)), some.sampled_from(STANDINGS))
    def law(call: Call, of: Standing) -> None:
        operation = app.contract.operation.get(call.operation)
        if operation is not None and operation.verb in ("get", "list") and told(app.contract, operation, call, of):
            for query in queries(plan(app.contract, operation, call.shape, of)):
                assert "caller" not in store.prepare(query).names

    law()
