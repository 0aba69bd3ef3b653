"""A user of the client that was made from the blog's document; runs in a process of its own, with the server's address."""

import sys

from made import AuthenticatedClient, Client, errors  # type: ignore[import-not-found]  # it is made by the test
from made.api.auth import auth_login  # type: ignore[import-not-found]  # as above
from made.api.posts import posts_create, posts_get, posts_list  # type: ignore[import-not-found]  # as above
from made.api.users import users_create  # type: ignore[import-not-found]  # as above
from made.models import AuthLoginInput, Error, PostCreate, UserCreate  # type: ignore[import-not-found]  # as above
from made.models.error_error_code import ErrorErrorCode  # type: ignore[import-not-found]  # as above

address = sys.argv[1]
with Client(base_url=address) as anyone:
    user = users_create.sync(client=anyone, body=UserCreate(email="ada@example.com", password="Correct-7-Horse", name="Ada"))
    login = auth_login.sync(client=anyone, body=AuthLoginInput(email="ada@example.com", password="Correct-7-Horse"))
    refused = posts_create.sync(client=anyone, body=PostCreate(title="First"))
    missing = posts_get.sync(9, client=anyone)
assert (user.id, user.name, login.token_type) == (1, "Ada", "Bearer"), (user, login)
assert isinstance(refused, Error) and refused.error.code == ErrorErrorCode.UNAUTHENTICATED, refused
assert isinstance(missing, Error) and missing.error.code == ErrorErrorCode.NOT_FOUND, missing
with AuthenticatedClient(base_url=address, token=login.access_token) as ada:
    post = posts_create.sync(client=ada, body=PostCreate(title="First", content=None))
    page = posts_list.sync(client=ada, user_id=1, limit=5, include="user")
assert (post.id, post.title, post.content) == (1, "First", None), post
assert [(each.id, each.user.name) for each in page.items] == [(1, "Ada")] and page.next_ is None, page
assert issubclass(errors.UnexpectedStatus, Exception)
