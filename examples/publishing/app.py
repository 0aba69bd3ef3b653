"""A place to publish articles, follow people and keep favourites: an API that somebody else laid down, in CONTRACT.md."""

import re
from datetime import datetime
from typing import Any, Final

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Data,
    Failure,
    Lists,
    PasswordPolicy,
    Refused,
    Reply,
    Resource,
    Style,
    Unique,
    actor,
    anyone,
    back,
    before,
    count,
    created,
    email,
    exists,
    many,
    number,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
    texts,
    updated,
)

# How answers look: what the contract says of refusals, and the name that every answer stands under.

PROBLEMS = {"required": "can't be blank", "blank": "can't be blank", "too_short": "is too short", "too_long": "is too long",
            "unknown": "is unknown", "taken": "has already been taken"}  # fmt: skip
REFUSALS = {"UNAUTHENTICATED": ("token", "is missing"), "INVALID_TOKEN": ("token", "is invalid"),
            "INVALID_CREDENTIALS": ("credentials", "invalid"), "METHOD_NOT_ALLOWED": ("method", "not allowed"),
            "MALFORMED_REQUEST": ("body", "is malformed")}  # fmt: skip
CALLED = {"users": "profile", "articles": "article", "comments": "comment"}
WRAPPER = re.compile(r"^(user|article|comment)\.")
LIMIT, OFFSET = number(min=1, max=100, default=20), number(min=0, max=10_000, default=0)
ORDER: Final = ("access", "row", "input")


def errors(failure: Failure) -> Reply[dict[str, dict[str, list[str]]]]:
    """Say any failure in the words of the contract."""
    found: dict[str, list[str]] = {}
    for each in failure.details:
        field = "title" if each.code == "taken" and each.field == "slug" else WRAPPER.sub("", each.field)
        found.setdefault(field or "body", []).append(PROBLEMS.get(each.code, "is invalid"))
    if failure.kind in ("not_found", "forbidden"):
        found = {CALLED.get(failure.about, "path"): [failure.kind.replace("_", " ")]}
    if not found:
        field, problem = REFUSALS.get(failure.code, ("request", failure.message))
        found = {field: [problem]}
    return Reply({"errors": found}, 422 if failure.kind == "invalid" else 0)


def under(name: str, scheme: str = "Token") -> Style:
    """Put an answer under a name; no token is looked at where there is no scheme."""
    return Style(scheme=scheme, envelope=name, naming="camelCase", error=errors)


PLAIN, USER, PROFILE, ARTICLE = under(""), under("user"), under("profile"), under("article")
COMMENT, COMMENTS = under("comment"), under("comments")


# What is sent.


class Credentials(Data):
    """Who signs in."""

    email: str = text(min=1)
    password: str = text(min=1)


class NewUser(Data):
    """Who joins."""

    username: str = text(min=1, max=40, pattern=r"[\w-]+")
    email: str = email()
    password: str = text(min=8, max=72)


class UserChanges(NewUser, partial=True):
    """What somebody changes of their account."""

    bio: str | None = text(max=1_000)
    image: str | None = text(max=500)


class Words(Data):
    """What there is to read in an article."""

    title: str = text(min=1, max=150)
    description: str = text(min=1, max=300)
    body: str = text(min=1, max=50_000)


class NewArticle(Words):
    """An article as it is written."""

    tag_list: list[str] = texts(max=10, least=1, each=30, distinct=True, default=[])


class ArticleChanges(Words, partial=True):
    """What is changed of an article."""


class NewComment(Data):
    """What somebody says about an article."""

    body: str = text(min=1, max=5_000)


# What is told.


class Oneself(Data):
    """An account, for whoever it belongs to."""

    email: str
    token: str
    username: str
    bio: str | None
    image: str | None


class Profile(Data):
    """A person, for everybody."""

    username: str
    bio: str | None
    image: str | None
    following: bool


class Summary(Data):
    """An article, in lists."""

    slug: str
    title: str
    description: str
    tag_list: list[str]
    created_at: datetime
    updated_at: datetime
    favorited: bool
    favorites_count: int
    author: Profile


class Whole(Summary):
    """An article."""

    body: str


class Summaries(Data):
    """A part of a list of articles, and how many there are in all."""

    articles: list[Summary]
    articles_count: int


class Remark(Data):
    """A comment."""

    id: int
    created_at: datetime
    updated_at: datetime
    body: str
    author: Profile


# What there is, who may do what with it, and what may be asked of it.


class User(Account, table="users", served=False):
    """Somebody who reads and writes."""

    id: int = serial()
    username: str = text(min=1, max=40, unique=True)
    bio: str | None = text(max=1_000, default=None)
    image: str | None = text(max=500, default=None)
    followers: "list[Follow]" = back("followed")
    following: bool = exists("followers", where=owner("follower"))

    password = PasswordPolicy(min=8, max=4 * 72)  # of bytes, and a character has four at most
    access = Access(create=anyone, read=anyone.fields("id", "username", "bio", "image", "following") | owner(), update=owner())

    @operation(access=anyone, method="GET", path="/profiles/{username}", order=ORDER, style=PROFILE)
    async def profile(self) -> Profile:
        """Show somebody."""
        return Profile.of(self)

    @operation(access=signed_in, path="/profiles/{username}/follow", order=ORDER, transaction=True, style=PROFILE)
    async def follow(self, context: Context) -> Profile:
        """Follow somebody; twice is once."""
        if self.id == context.actor.id:
            raise Refused("invalid", "Nobody follows themselves", field="username")
        if not self.following:
            await context[Follow].create(followed=self)
        return Profile.of(await context[User].get(self.id))

    @operation(access=signed_in, method="DELETE", path="/profiles/{username}/follow", order=ORDER, transaction=True,
               style=PROFILE)  # fmt: skip
    async def unfollow(self, context: Context) -> Profile:
        """Follow somebody no more."""
        for follow in (await context[Follow].list(follower_id=context.actor.id, followed_id=self.id)).items:
            await context[Follow].delete(follow.id)
        return Profile.of(await context[User].get(self.id))


class Follow(Resource, table="follows", served=False):
    """That somebody follows somebody."""

    id: int = serial()
    follower: User = ref(on_delete="cascade", default=actor)
    followed: User = ref(on_delete="cascade")

    unique = Unique("follower", "followed")
    access = Access(create=owner("follower"), read=owner("follower"), delete=owner("follower"))
    lists = Lists("follower_id followed_id id")


class Tag(Resource, table="tags", served=False):
    """What articles are about."""

    id: int = serial()
    name: str = text(min=1, max=30, unique=True)

    access = Access(create=signed_in, read=anyone)


class Article(Resource, table="articles", served=False):
    """Something that somebody wrote."""

    id: int = serial()
    author: User = ref(on_delete="cascade", default=actor)
    slug: str = text(unique=True)
    title: str = text(min=1, max=150)
    description: str = text(min=1, max=300)
    body: str = text(min=1, max=50_000)
    tags: list[Tag] = many()
    created_at: datetime = created()
    updated_at: datetime = updated()
    favorites: "list[Favorite]" = back("article")
    favorites_count: int = count("favorites")
    favorited: bool = exists("favorites", where=owner("user"))

    access = Access(create=owner("author"), read=anyone, update=owner("author"), delete=owner("author"))

    @before("create", "update", fills=("slug",))
    @staticmethod
    async def slugged(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        """Make the slug of the title."""
        if "title" not in values:
            return values
        slug = "-".join(re.findall(r"[^\W_]+", values["title"].lower()))
        if not slug:
            raise Refused("invalid", "A title has letters or digits", field="title")
        return {**values, "slug": slug}

    @operation(access=anyone, method="GET", path="/articles/{slug}", order=ORDER, style=ARTICLE)
    async def show(self, context: Context) -> Whole:
        """Show an article."""
        return await whole(context, self.id)

    @operation(access=owner("author"), method="PUT", path="/articles/{slug}", order=ORDER, style=ARTICLE)
    async def edit(self, context: Context, article: ArticleChanges) -> Whole:
        """Change an article; with another title it is found under another slug."""
        await context[Article].update(self.id, **vars(article))
        return await whole(context, self.id)

    @operation(access=owner("author"), method="DELETE", path="/articles/{slug}", order=ORDER)
    async def remove(self, context: Context) -> None:
        """Remove an article, and with it what was said about it."""
        await context[Article].delete(self.id)

    @operation(access=signed_in, path="/articles/{slug}/favorite", order=ORDER, transaction=True, style=ARTICLE)
    async def favor(self, context: Context) -> Whole:
        """Make an article a favourite; twice is once."""
        if not self.favorited:
            await context[Favorite].create(article=self)
        return await whole(context, self.id)

    @operation(access=signed_in, method="DELETE", path="/articles/{slug}/favorite", order=ORDER, transaction=True,
               style=ARTICLE)  # fmt: skip
    async def disfavor(self, context: Context) -> Whole:
        """Make an article a favourite no more."""
        for favorite in (await context[Favorite].list(user_id=context.actor.id, article_id=self.id)).items:
            await context[Favorite].delete(favorite.id)
        return await whole(context, self.id)

    @operation(access=anyone, method="GET", path="/articles/{slug}/comments", order=ORDER, style=COMMENTS)
    async def remarks(self, context: Context) -> list[Remark]:
        """Show what was said about an article, the oldest first."""
        return [Remark.of(each) for each in (await context[Comment].list(article_id=self.id, include=("author",))).items]

    @operation(access=signed_in, path="/articles/{slug}/comments", status=201, order=ORDER, style=COMMENT)
    async def comment(self, context: Context, comment: NewComment) -> Remark:
        """Say something about an article."""
        made = await context[Comment].create(article=self, body=comment.body)
        return Remark.of(await context[Comment].get(made.id, include=("author",)))

    @operation(access=signed_in, method="DELETE", path="/articles/{slug}/comments/{id}", order=ORDER)
    async def uncomment(self, context: Context, id: str) -> None:
        """Take back what one said about an article."""
        comment = await context[Comment].get(id, include=("article",))
        if comment.article.id != self.id:
            raise Refused("not_found", "There is no such comment here", about="comments")
        await context[Comment].delete(comment.id)


class Comment(Resource, table="comments", served=False):
    """What somebody said about an article."""

    id: int = serial()
    article: Article = ref(on_delete="cascade")
    author: User = ref(on_delete="cascade", default=actor)
    body: str = text(min=1, max=5_000)
    created_at: datetime = created()
    updated_at: datetime = updated()

    access = Access(create=owner("author"), read=anyone, delete=owner("author"))
    lists = Lists("article_id id", page=100)


class Favorite(Resource, table="favorites", served=False):
    """That somebody likes an article."""

    id: int = serial()
    user: User = ref(on_delete="cascade", default=actor)
    article: Article = ref(on_delete="cascade")

    unique = Unique("user", "article")
    access = Access(create=owner("user"), read=anyone, delete=owner("user"))
    lists = Lists("user_id article_id id")


async def whole(context: Context, id: int) -> Whole:
    """Tell of one article."""
    article = await context[Article].get(id, include=("author", "tags"))
    return Whole.of(article, tag_list=sorted(tag.name for tag in article.tags))


# What is asked of none of them, or of many.


@operation(access=anyone, path="/users", status=201, style=under("user", scheme=""))
async def join(context: Context, user: NewUser) -> Oneself:
    """Make an account."""
    made = await context[User].create(**vars(user))
    await context.sign_in_as(made)
    return await oneself(context)


@operation(access=anyone, path="/users/login", style=under("user", scheme=""))
async def sign_in(context: Context, user: Credentials) -> Oneself:
    """Sign in."""
    await context.sign_in(user.email, user.password)
    return await oneself(context)


@operation(access=signed_in, method="GET", path="/user", style=USER)
async def oneself(context: Context) -> Oneself:
    """Show oneself."""
    return Oneself.of(await context[User].get(context.actor.id), token=context.token)


@operation(access=signed_in, method="PUT", path="/user", style=USER)
async def change(context: Context, user: UserChanges) -> Oneself:
    """Change one's account; another password ends every token there was."""
    me = await context[User].update(context.actor.id, **{name: text or None for name, text in vars(user).items()})
    await context.sign_in_as(me)
    return await oneself(context)


@operation(access=signed_in, path="/articles", status=201, transaction=True, style=ARTICLE)
async def publish(context: Context, article: NewArticle) -> Whole:
    """Write an article."""
    tags = [await context[Tag].find(name=each) or await context[Tag].create(name=each) for each in article.tag_list]
    made = await context[Article].create(title=article.title, description=article.description, body=article.body, tags=tags)
    return await whole(context, made.id)


PAGE = """
    WITH found AS (
        SELECT id FROM articles
        WHERE (:reader IS NULL OR author_id IN (SELECT followed_id FROM follows WHERE follower_id = :reader))
          AND (:author IS NULL OR author_id IN (SELECT id FROM users WHERE username = :author))
          AND (:tag IS NULL OR id IN (
              SELECT article_id FROM articles_tags WHERE tag_id IN (SELECT id FROM tags WHERE name = :tag)))
          AND (:favorited IS NULL OR id IN (
              SELECT article_id FROM favorites WHERE user_id IN (SELECT id FROM users WHERE username = :favorited)))
    )
    SELECT total, id FROM (SELECT count(*) AS total FROM found) AS counted
    LEFT JOIN (SELECT id FROM found ORDER BY id DESC LIMIT :limit OFFSET :offset) AS page ON TRUE
    ORDER BY id DESC
"""


async def page(context: Context, **narrowed: str | int | None) -> Summaries:
    """Tell of a part of the articles there are, the newest first: four statements, however many there are."""
    rows = await context.sql(PAGE, **{"reader": None, "tag": None, "author": None, "favorited": None, **narrowed})
    ids = [row["id"] for row in rows if row["id"] is not None]
    found = await context[Article].among(ids, include=("author", "tags"))
    articles = [Summary.of(each, tag_list=sorted(tag.name for tag in each.tags)) for each in found]
    return Summaries(articles=articles, articles_count=int(rows[0]["total"] or 0))


@operation(access=anyone, method="GET", path="/articles")
async def articles(
    context: Context, tag: str | None = None, author: str | None = None, favorited: str | None = None,
    limit: int = LIMIT, offset: int = OFFSET,
) -> Summaries:  # fmt: skip
    """Show the newest articles: all of them, or with a tag, by an author, somebody's favourites."""
    return await page(context, tag=tag, author=author, favorited=favorited, limit=limit, offset=offset)


@operation(access=signed_in, method="GET", path="/articles/feed")
async def feed(context: Context, limit: int = LIMIT, offset: int = OFFSET) -> Summaries:
    """Show the newest articles of those whom one follows."""
    return await page(context, reader=context.actor.id, limit=limit, offset=offset)


@operation(access=anyone, method="GET", path="/tags", style=under("tags", scheme=""))
async def tags(context: Context) -> list[str]:
    """Show the tags in use."""
    used = await context.sql("SELECT name FROM tags WHERE id IN (SELECT tag_id FROM articles_tags) ORDER BY name")
    return [str(row["name"]) for row in used]


app = App(
    User, Follow, Tag, Article, Comment, Favorite, join, sign_in, oneself, change, publish, articles, feed, tags,
    title="Publishing", base="/api", style=PLAIN, budget=Budget(100_000, per=900),
)  # fmt: skip
