"""The blog of the examples for proofs that ask a lot of it in a short time: the same backend with a budget that never ends."""

from examples.blog.app import Post, User
from kingpost import App, Budget, Resource

PASSWORD = "SecurePass123!"
USERS, POSTS, LOGIN = "/api/v1/users", "/api/v1/posts", "/api/v1/auth/login"
MOMENT = "2026-01-31T10:30:00.000000Z"


def unlimited(*classes: type[Resource], title: str) -> App:
    """Give an app of these, made anew, whose callers may ask without end."""
    return App(*classes, title=title, budget=Budget(1_000_000_000))


def endless() -> App:
    """Give the blog, made anew."""
    return unlimited(User, Post, title="Blog")
