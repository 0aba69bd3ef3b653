"""What `kingpost dev` suggests to ask is something that is answered."""

from examples.mounted.app import app as library
from examples.shop.app import app as shop
from examples.wiki.app import app as wiki
from kingpost.cli.dev import suggestions
from kingpost.testing import Client

DOCS, STOP = "  Docs   http://here/docs", "  Stop   Ctrl-C"


def test_what_is_suggested_is_a_list_that_is_served() -> None:
    for app, path in ((shop, "/merchants"), (library, "/api/v1/books")):
        assert suggestions(app.contract, "http://here", app.base, "") == [DOCS, f"  Try    curl http://here{path}", STOP]
        with Client(app) as client:
            assert client.get(path).status == 200


def test_where_no_list_is_served_none_is_suggested() -> None:
    assert suggestions(wiki.contract, "http://here", "", "") == [DOCS, STOP]
