"""A wiki: anyone reads it, who has signed in writes it, and nothing that was saved is ever lost. This file is all of it."""

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Cookie,
    Failure,
    Html,
    Lists,
    PasswordPolicy,
    Refused,
    Reply,
    Resource,
    Style,
    Unique,
    actor,
    anyone,
    created,
    html,
    number,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
)


class Editor(Account, table="editors", served=False):
    """Someone who may write."""

    id: int = serial()
    name: str = text(min=1, max=50)

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner())


class Page(Resource, table="pages", served=False):
    """A page as it is now."""

    id: int = serial()
    name: str = text(max=80, unique=True)
    content: str = text(max=50_000)
    revision: int = number(min=1)

    access = Access(read=anyone, create=signed_in, update=signed_in)
    lists = Lists("name", search=("name", "content"))


class Revision(Resource, table="revisions", served=False):
    """A page as somebody left it, which nobody may change."""

    id: int = serial()
    page: Page = ref()
    number: int = number(min=1)
    author: Editor = ref(default=actor)
    at: datetime = created()
    content: str = text(max=50_000)
    summary: str = text(max=200)

    access = Access(read=anyone, create=signed_in & owner("author"))
    lists = Lists("-id", "page_id -number", "page_id number -id")
    unique = Unique("page", "number")


# ------------------------------------------------------------------------------------------------------- how it looks

MOST_LINES = 500  # to compare many more takes long, and everyone else would wait
NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,79}")  # a capital, so that no page is ever in the way of /recent
LINK = re.compile(r"\[\[(?P<page>[A-Z][A-Za-z0-9]{0,79})\]\]|(?P<web>https?://[^\s<>\"']+)")
FRAME: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 17px/1.6 Georgia, serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
nav form {{ display: inline }} textarea {{ width: 100%; height: 24rem }} pre {{ white-space: pre-wrap }}
ins, del {{ display: block; text-decoration: none; background: #e2f5e2 }} del {{ background: #fae3e3 }}
</style><nav><form action="/"><a href="/">Pages</a> <a href="/recent">Recent changes</a> <input name="q" aria-label="Words">
<button>Search</button></form> {door}</nav><h1>{title}</h1>{main}</html>"""
ENTER = html('<a href="/sign-in">Sign in</a>')
LEAVE = html('<form method="post" action="/sign-out"><button>Sign out</button></form>')
DOOR = html("""<form method="post" action="/sign-in"><input name="email" type="email" placeholder="E-mail">
<input name="password" type="password" placeholder="Password"> <button>Sign in</button></form><h2>New here?</h2>
<form method="post" action="/join"><input name="name" placeholder="Name"> <input name="email" type="email" placeholder="E-mail">
<input name="password" type="password" placeholder="Password"> <button>Join</button></form>""")
SHOWN: Final = '{content}<hr><a href="/{name}/edit">Write</a> <a href="/{name}/history">History</a>'
WRITTEN: Final = """<form method="post" action="/{name}"><input type="hidden" name="revision" value="{revision}">
<textarea name="content" aria-label="Text">
{content}</textarea><input name="summary" maxlength="200" placeholder="What changes, and why"> <button>Save</button></form>"""
TAKEN: Final = "<p><b>While you wrote, somebody else saved this page.</b> What they did:</p>{theirs}<p>Your text:</p>{yours}"
PAST: Final = """<p>{author}, {at:%d %B %Y, %H:%M}: {summary}</p>{changes}<form method="post" action="/{name}">
<input type="hidden" name="revision" value="{latest}"><input type="hidden" name="summary" value="Back to revision {revision}">
<textarea name="content" hidden>
{content}</textarea><button>Restore this</button></form>"""
CHANGE: Final = '<li><a href="/{name}/history/{number}">{name}, revision {number}</a> by {author}: {summary}</li>'


def framed(title: str, main: Html, context: Context | None = None) -> Html:
    """Put around something what every page has around it."""
    known = context is not None and context.actor.signed_in
    return html(FRAME, title=title, main=main, door=LEAVE if known else ENTER)


def linked(paragraph: str) -> Iterator[str]:
    """Make links of [[Names]] and of addresses on the web, and of nothing else."""
    at = 0
    for found in LINK.finditer(paragraph):
        page, web = found["page"], found["web"]
        yield paragraph[at : found.start()]
        yield html('<a href="/{page}">{page}</a>', page=page) if page else html('<a href="{web}">{web}</a>', web=web)
        at = found.end()
    yield paragraph[at:]


def rendered(content: str) -> Html:
    """Make paragraphs of a text."""
    return html("{all}", all=[html("<p>{text}</p>", text=linked(paragraph)) for paragraph in content.split("\n\n")])


def difference(old: str, new: str) -> Html:
    """Show which lines came and which went."""
    marks = {"+": (html("<ins>"), html("</ins>")), "-": (html("<del>"), html("</del>"))}
    lines = list(difflib.unified_diff(old.split("\n"), new.split("\n"), lineterm="", n=2))[2:]
    ends = [marks.get(line[0], ("", "\n")) for line in lines]
    return html("<pre>{all}</pre>", all=[(first, line, last) for line, (first, last) in zip(lines, ends, strict=True)])


def changes(revisions: Sequence[Revision]) -> Html:
    """List who changed what, and why."""
    told = [(each.page.name, each.number, each.author.name, each.summary) for each in revisions]
    lines = [html(CHANGE, name=name, number=number, author=author, summary=summary) for name, number, author, summary in told]
    return html("<ul>{lines}</ul>", lines=lines)


def told(failure: Failure) -> Reply[Html]:
    """Tell what went wrong."""
    details = [html("<li>{field}: {message}</li>", field=each.field, message=each.message) for each in failure.details]
    return Reply(framed(failure.message, html("<ul>{details}</ul>", details=details)))


# --------------------------------------------------------------------------------------------------- what may be asked


def named(name: str) -> str:
    """Let only the names of pages pass."""
    if not NAME.fullmatch(name):
        raise Refused("not_found", "The name of a page is a capital letter, then letters and digits")
    return name


async def version(context: Context, page: Page, number: int) -> Revision:
    """Give a page as it was left once."""
    found = await context[Revision].list(page_id=page.id, number=number, sort="-id", include=("author",))
    if not found.items:
        raise Refused("not_found", "There is no such revision of this page")
    return found.items[0]


@operation(access=anyone, method="GET", path="/")
async def search(context: Context, q: str = text(max=200, default="")) -> Html:
    """Show the pages with these words in them, or all."""
    found = await context[Page].list(q=q, limit=100)
    lines = [html('<li><a href="/{name}">{name}</a></li>', name=page.name) for page in found.items]
    return framed(f"Pages with {q}" if q else "Pages", html("<ul>{lines}</ul>", lines=lines), context)


@operation(access=anyone, method="GET", path="/recent")
async def recent(context: Context) -> Html:
    """Show what changed last."""
    found = await context[Revision].list(sort="-id", limit=50, include=("author", "page"))
    return framed("Recent changes", changes(found.items), context)


@operation(access=anyone, method="GET", path="/{name}")
async def show(context: Context, name: str) -> Reply[Html]:
    """Show a page, or that there is none as yet."""
    page = await context[Page].find(name=named(name))
    content = rendered(page.content if page else "There is no such page as yet.")
    return Reply(framed(name, html(SHOWN, content=content, name=name), context), status=200 if page else 404)


@operation(access=signed_in, method="GET", path="/{name}/edit")
async def edit(context: Context, name: str) -> Html:
    """Show the form in which a page is written; it says which revision it began with."""
    page = await context[Page].find(name=named(name))
    content, revision = (page.content, page.revision) if page else ("", 0)
    return framed(f"Write {name}", html(WRITTEN, name=name, revision=revision, content=content), context)


@operation(access=signed_in, path="/{name}", form=True, transaction=True)
async def save(context: Context, name: str, revision: int, content: str, summary: str = "") -> Reply[Html]:
    """Save a page, unless somebody else did so first: then show what they did beside what would have been saved."""
    page, content = await context[Page].find(name=named(name)), content.replace("\r\n", "\n")
    if content.count("\n") >= MOST_LINES:
        raise Refused("invalid", f"A page may have at most {MOST_LINES} lines", field="content")
    if page and page.revision != revision:
        begun = (await version(context, page, revision)).content if revision else ""
        yours = html(WRITTEN, name=name, revision=page.revision, content=content)
        both = html(TAKEN, theirs=difference(begun, page.content), yours=yours)
        return Reply(framed(f"Write {name}", both, context), status=409)
    if page:
        page = await context[Page].update(page.id, content=content, revision=revision + 1)
    else:
        page = await context[Page].create(name=name, content=content, revision=1)
    await context[Revision].create(page=page, number=page.revision, content=content, summary=summary)
    return Reply.to(f"/{name}")


@operation(access=anyone, method="GET", path="/{name}/history")
async def history(context: Context, name: str) -> Html:
    """Show who changed a page, the latest first."""
    page = await context[Page].get(name=named(name))
    found = await context[Revision].list(page_id=page.id, sort="-number", limit=50, include=("author", "page"))
    return framed(f"History of {name}", changes(found.items), context)


@operation(access=anyone, method="GET", path="/{name}/history/{revision}")
async def past(context: Context, name: str, revision: int) -> Html:
    """Show what a revision changed, and let it be restored: its text is saved once more."""
    page = await context[Page].get(name=named(name))
    then = await version(context, page, revision)
    before = (await version(context, page, revision - 1)).content if revision > 1 else ""
    main = html(
        PAST, author=then.author.name, at=then.at, summary=then.summary, changes=difference(before, then.content), name=name,
        latest=page.revision, revision=revision, content=then.content,
    )  # fmt: skip
    return framed(f"{name}, revision {revision}", main, context)


@operation(access=anyone, method="GET", path="/sign-in")
async def door(context: Context) -> Html:
    """Show where one signs in."""
    return framed("Sign in", DOOR, context)


@operation(access=anyone, path="/sign-in", form=True)
async def enter(context: Context, email: str, password: str) -> Reply[None]:
    """Sign in, for as long as a token lasts."""
    token = await context.sign_in(email, password)
    return Reply.to("/", Cookie("session", token["access_token"], age=token["expires_in"]))


@operation(access=anyone, path="/join", form=True)
async def join(context: Context, name: str, email: str, password: str) -> Reply[None]:
    """Become someone who may write."""
    token = await context.sign_in_as(await context[Editor].create(name=name, email=email, password=password))
    return Reply.to("/", Cookie("session", token["access_token"], age=token["expires_in"]))


@operation(access=anyone, path="/sign-out", form=True)
async def leave() -> Reply[None]:
    """Sign out."""
    return Reply.to("/", Cookie("session", age=0))


app = App(
    Editor, Page, Revision, search, recent, show, edit, save, history, past, door, enter, join, leave,
    title="Wiki", base="", budget=Budget(1_000), style=Style(cookie="session", error=told),
)  # fmt: skip
