"""One line that asks everything: what falls over, and what stands open, is told."""

from dataclasses import replace
from typing import Any

import pytest

from examples.blog.app import Post
from examples.blog.app import app as blog
from kingpost import App
from kingpost.surface.rest.serve import Message, Receive, Rest, Send
from kingpost.testing import Client, walk
from tests.surface.rest.scene import gallery


@pytest.mark.parametrize("app", [blog, gallery()], ids=["blog", "gallery"])
@pytest.mark.parametrize("filled", [False, True])
def test_an_app_that_is_well_is_walked_without_a_word_and_without_a_change(app: App, filled: bool) -> None:
    with Client(app) as client:
        for cls in client.engine.classes if filled else ():
            client.make(cls)
        with client.unchanged():
            walk(client)


def test_whoever_walks_is_no_one_whoever_signed_in() -> None:
    with Client(blog) as client:
        post = client.make(Post)
        with client.unchanged():
            walk(client.as_(post.user))


class Other(Rest):
    """An app of which some answers are otherwise."""

    def __init__(self, inner: Rest, answers: dict[tuple[str, str], int]) -> None:
        """Answer these with these statuses."""
        self.inner, self.statuses = inner, answers

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        status = self.statuses.get((scope["method"], scope["path"]))

        async def sent(message: Any) -> None:
            await send(message | {"status": status} if status and "status" in message else message)

        await self.inner.serve(scope, receive, sent)


def test_what_falls_over_and_what_stands_open_is_told_all_at_once() -> None:
    with Client(blog) as client:
        wrong = {("GET", "/api/v1/users"): 500, ("DELETE", "/api/v1/users/1"): 204, ("POST", "/api/v1/posts"): 503}
        client.running = replace(client.running, rest=Other(client.running.rest, wrong))
        with pytest.raises(AssertionError) as caught:
            walk(client)
        first, *lines = str(caught.value).splitlines()
        assert first == "Asked by no one in particular:"
        assert [line.partition(" <")[0] + line.partition("<")[2][:4] for line in sorted(lines)] == [
            "  DELETE /api/v1/users/1: 401 was expected, not204 ",
            "  GET /api/v1/users: below 500 was expected, not500 ",
            "  POST /api/v1/posts: 401 was expected, not503 ",
        ]
