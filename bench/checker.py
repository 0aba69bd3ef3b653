"""Proves, before anything is timed, that a server does the work: the same answers from the same rows, protections on.

Takes a server, gives what is wrong with it as sentences. What is right is said here from the rows, and not by any server.
"""

import json
import time
from collections.abc import Iterator
from random import Random
from typing import Any

from bench import blog
from bench.blog import Question
from bench.candidates import DATES_REFUSED, LINES, REQUEST_ID, TOKENS_REFUSED
from bench.serving import Server

TIMES = 20
ASKED = (("hello", False), ("post", False), ("post", True), ("posts", False), ("posts+user", False), ("top", False))
"""What is asked so many times, and whether with a token."""
BEYOND = 100_000_000
FEW = 3
"""Calls that a server may be asked when its limiter is checked; it is asked ten times as many."""


def check(server: Server, tokens: list[str]) -> Iterator[str]:
    """Ask everything that will be measured, and what must be refused."""
    chance, spelling = Random(blog.SEED), server.candidate.spelling
    asked = [blog.question(name, chance, signed_in=signed_in) for name, signed_in in ASKED for _ in range(TIMES)]
    for question in asked:
        token = tokens[question.user] if question.user else ""
        status, headers, body = server.ask(spelling.request(question, token))
        if status != 200:
            yield f"{question} is answered {status}: {body[:300]!r}"
        elif (found := spelling.read(question, body)) != expected(question):
            yield f"{question} is answered {found}, and should be {expected(question)}"
        yield from unprotected(server, headers)
    yield from drafts(server, tokens)
    yield from creating(server, chance)
    yield from refusals(server, chance)
    if LINES not in server.candidate.lacks:
        yield from unlogged(server, len(asked))


def expected(question: Question) -> Any:
    """Say what the answer is, from the rows."""
    users, posts = blog.rows()
    match question.name:
        case "hello":
            return "Hello"
        case "post":
            return vars(posts[int(question.key) - 1])
        case "top":
            ranked = sorted(users, key=lambda user: (user.post_count, user.id), reverse=True)
            return [profile(user) for user in ranked[: blog.TOP]]
        case _:
            assert question.before is not None
            older = [post for post in posts if post.published_at is not None and post.created_at < question.before]
            page = sorted(older, key=lambda post: (post.created_at, post.id), reverse=True)[: blog.PAGE]
            joined = question.name == "posts+user"
            return [vars(post) | ({"user": profile(users[post.user_id - 1])} if joined else {}) for post in page]


def profile(user: blog.User) -> dict[str, Any]:
    """Give what anyone may see of a user."""
    return {name: value for name, value in vars(user).items() if name != "email"}


def unprotected(server: Server, headers: dict[str, str]) -> Iterator[str]:
    """Look for what goes beside every answer."""
    if headers.get("x-content-type-options") != "nosniff" or "x-frame-options" not in headers:
        yield f"security headers are missing among {sorted(headers)}"
    if REQUEST_ID not in server.candidate.lacks and "x-request-id" not in headers:
        yield f"x-request-id is missing among {sorted(headers)}"


def unlogged(server: Server, requests: int) -> Iterator[str]:
    """Look for a line for each request; some write them a moment later, many at once."""
    until, lines = time.monotonic() + 5, 0
    while time.monotonic() < until:
        lines = len(server.log.read_bytes().splitlines())
        if lines >= requests:
            return
        time.sleep(0.05)
    yield f"there are {lines} lines in the log of {requests} requests"


def drafts(server: Server, tokens: list[str]) -> Iterator[str]:
    """A draft is there for its author alone, and a token that was changed is none."""
    post = next(post for post in blog.rows()[1] if post.published_at is None)
    question, spelling = Question("post", key=post.id), server.candidate.spelling
    other = post.user_id % blog.USERS + 1
    for token, wanted in (("", 404), (tokens[other], 404), (tokens[post.user_id], 200)):
        status, _, body = server.ask(spelling.request(question, token))
        if status != wanted:
            yield f"a draft is answered {status} instead of {wanted}: {body[:300]!r}"
    if TOKENS_REFUSED not in server.candidate.lacks:
        token = tokens[post.user_id]
        status, _, _ = server.ask(spelling.request(question, token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]))
        if status != 401:
            yield f"a forged token is answered {status}"


def creating(server: Server, chance: Random) -> Iterator[str]:
    """What is created can be read, and counts."""
    spelling, top = server.candidate.spelling, Question("top")
    first = spelling.read(top, server.ask(spelling.request(top))[2])[0]
    body = {**blog.draft(chance), "user_id": first["id"]}
    status, _, answer = server.ask(spelling.request(Question("create", body=body)))
    if status != spelling.created:
        yield f"a post is created with {status}: {answer[:300]!r}"
        return
    question = Question("create", body=body)
    found = spelling.read(question, answer)
    said = {name: found[name] for name in body} | {"published_at": blog.spell(found["published_at"])}
    if said != body:
        yield f"{body} was created as {said}"
    status, _, again = server.ask(spelling.request(Question("post", key=found["id"])))
    if status != 200 or spelling.read(question, again) != found:
        yield f"what was created is then {again[:300]!r}"
    then = spelling.read(top, server.ask(spelling.request(top))[2])[0]
    if then != {**first, "post_count": first["post_count"] + 1}:
        yield f"{first} is {then} after another post"


def refusals(server: Server, chance: Random) -> Iterator[str]:
    """What is not there, not whole or not offered is refused."""
    spelling, body = server.candidate.spelling, blog.draft(chance)
    status, _, _ = server.ask(spelling.request(Question("post", key=BEYOND)))
    if status != 404:
        yield f"a post that is not there is answered {status}"
    dates = [] if DATES_REFUSED in server.candidate.lacks else [{"published_at": "yesterday"}]
    for wrong in ({"title": ""}, {"title": "x" * 256}, *dates):
        status, _, answer = server.ask(spelling.request(Question("create", body={**body, **wrong})))
        if status not in spelling.invalid:
            yield f"a post with {json.dumps(wrong)[:40]} is answered {status}: {answer[:200]!r}"


def unlimited(server: Server) -> Iterator[str]:
    """Ask a server more often than it allows; it must say so (429)."""
    request = server.candidate.spelling.request(Question("hello"))
    statuses = [server.ask(request)[0] for _ in range(FEW * 10)]
    if 429 not in statuses:
        yield f"its limiter is not on: {FEW} calls were allowed, and of {len(statuses)} all were answered {set(statuses)}"
