"""Stories of people: who joins, who signs in, and who follows whom."""

from msgspec.structs import replace

from tests.examples.publishing.client import Client, Profile, User
from tests.examples.publishing.words import (
    BLANK,
    INVALID,
    LONG,
    MISSING,
    NO_CREDENTIALS,
    NO_PROFILE,
    NONE,
    NOT_BELIEVED,
    SHORT,
    TABLE,
    TAKEN,
    UNKNOWN,
    Cases,
    known,
    person,
    refused,
)

WRONG_ACCOUNTS: Cases = (
    ({"username": ""}, {"username": BLANK}),
    ({"username": None, "email": None, "password": None}, {"username": BLANK, "email": BLANK, "password": BLANK}),
    ({"email": "", "password": ""}, {"email": BLANK, "password": BLANK}),
    ({"username": "u" * 41, "password": "p" * 73}, {"username": LONG, "password": LONG}),
    ({"username": "two words", "email": "nobody", "password": "7letter"},
     {"username": INVALID, "email": INVALID, "password": SHORT}),
    ({"username": 1, "email": True, "password": ["long enough"]},
     {"username": INVALID, "email": INVALID, "password": INVALID}),
    ({"username": "", "email": "nobody", "password": "p" * 73, "token": "x", "Bio": None},
     {"username": BLANK, "email": INVALID, "password": LONG, "token": UNKNOWN, "Bio": UNKNOWN}),
)  # fmt: skip
WRONG_CHANGES: Cases = (
    ({"bio": "b" * 1_001, "image": "i" * 501}, {"bio": LONG, "image": LONG}),
    ({"bio": 5, "image": {}, "following": True, "email": ""},
     {"bio": INVALID, "image": INVALID, "following": UNKNOWN, "email": BLANK}),
    ({"bio": "kept?", "username": "a.b"}, {"username": INVALID}),
)  # fmt: skip


def accounts(visitor: Client) -> None:
    """Somebody joins, signs in, and changes everything there is to change."""
    made = visitor.register(person("accounts-ann"))
    assert made == User(email="accounts-ann@example.com", token=made.token, username="accounts-ann", bio=None, image=None)
    again = visitor.login("accounts-ann@example.com", "long enough")
    assert again == replace(made, token=again.token)
    for signed_in in (made, again):
        myself = visitor.signed_in(signed_in).myself()
        assert myself == replace(made, token=myself.token)
        assert visitor.signed_in(myself).myself().username == "accounts-ann"
    ann = visitor.signed_in(made)
    told = ann.change(bio="I write.", image="https://example.com/ann.png")
    assert told == replace(made, token=told.token, bio="I write.", image="https://example.com/ann.png")
    emptied = ann.change(bio="", image="")
    assert emptied == replace(made, token=emptied.token)
    most = ann.change(bio="é" * 1_000, image="i" * 500)
    assert (most.bio, most.image) == ("é" * 1_000, "i" * 500)
    nulled = ann.change(bio=None, image=None)
    assert nulled == replace(made, token=nulled.token)
    same = ann.change(username="accounts-ann", email="accounts-ann@example.com")
    assert same == replace(made, token=same.token)
    assert ann.change(password="p" * 72).username == "accounts-ann"
    assert visitor.ask("POST /users/login", {"user": {"email": made.email, "password": "long enough"}}).whole == NO_CREDENTIALS
    other = visitor.signed_in(visitor.login(made.email, "p" * 72)).change(username="accounts_ANN-2", email="ann2@example.com")
    assert (other.username, other.email) == ("accounts_ANN-2", "ann2@example.com")
    assert visitor.login("ann2@example.com", "p" * 72).username == "accounts_ANN-2"
    assert visitor.ask("GET /profiles/{username}", username="accounts-ann").whole == NO_PROFILE
    assert visitor.profile("accounts_ANN-2") == known("accounts_ANN-2")
    assert visitor.register(person("a" * 40, password="8letters")).username == "a" * 40
    assert visitor.register(person("z", email="one-letter@example.com")).username == "z"


def refused_accounts(visitor: Client) -> None:
    """What an account can not be, when it is made and when it is changed, and who can not sign in."""
    ann, bob = visitor.join("refused-ann"), visitor.join("refused-bob")
    before = bob.myself()
    for members, problems in WRONG_ACCOUNTS:
        assert visitor.ask("POST /users", {"user": person("refused-new") | members}).whole == refused(422, **problems), members
        assert bob.ask("PUT /user", {"user": members}).whole == refused(422, **problems), members
    for members, problems in WRONG_CHANGES:
        assert bob.ask("PUT /user", {"user": members}).whole == refused(422, **problems), members
    nothing = refused(422, username=BLANK, email=BLANK, password=BLANK)
    assert visitor.ask("POST /users", {"user": {}}).whole == nothing
    assert visitor.ask("POST /users", {"user": person("refused-new", bio="x", image="x")}).whole == refused(
        422, bio=UNKNOWN, image=UNKNOWN
    )
    taken: Cases = (
        ({"username": "refused-ann"}, {"username": TAKEN}),
        ({"email": "refused-ann@example.com"}, {"email": TAKEN}),
    )
    for members, problems in taken:
        assert visitor.ask("POST /users", {"user": person("refused-new") | members}).whole == refused(409, **problems)
        assert bob.ask("PUT /user", {"user": members | {"bio": "x"}}).whole == refused(409, **problems)
        wrong = members | {"password": "short"}
        assert visitor.ask("POST /users", {"user": person("refused-new") | wrong}).whole == refused(422, password=SHORT)
        assert bob.ask("PUT /user", {"user": wrong}).whole == refused(422, password=SHORT)
    after = bob.myself()
    assert after == replace(before, token=after.token)
    assert visitor.ask("GET /profiles/{username}", username="refused-new").whole == NO_PROFILE
    logins: tuple[tuple[dict[str, object], object], ...] = (
        ({"email": ann.myself().email, "password": "something else"}, NO_CREDENTIALS),
        ({"email": "refused-nobody@example.com", "password": "something else"}, NO_CREDENTIALS),
        ({}, refused(422, email=BLANK, password=BLANK)),
        ({"email": "", "password": None}, refused(422, email=BLANK, password=BLANK)),
        (
            {"email": 1, "password": 2, "username": "refused-ann"},
            refused(422, email=INVALID, password=INVALID, username=UNKNOWN),
        ),
    )
    for members, answer in logins:
        assert visitor.ask("POST /users/login", {"user": members}).whole == answer, members


def signing_in(visitor: Client) -> None:
    """Who must sign in is told so before anything else is looked at; who need not is stopped by a bad token only."""
    ann = visitor.join("token-ann")
    visitor.join("token-bob")
    ann.follow("token-bob")
    good = ann.authorization.removeprefix("Token ")
    nowhere = {"username": "token-nobody", "slug": "token-nothing", "id": 1}
    for route, sign_in in TABLE:
        places = {name: value for name, value in nowhere.items() if f"{{{name}}}" in route}
        body: object = {} if route.startswith(("POST", "PUT")) else None
        if sign_in == "required":
            for who in (visitor, visitor.carrying(f"Bearer {good}"), visitor.carrying("Basic dG9rZW46Ym9i")):
                assert who.ask(route, body, **places).whole == MISSING, route
        if sign_in != "none":
            for token in ("nonsense", f"{good}x", good[1:]):
                assert visitor.carrying(f"Token {token}").ask(route, body, **places).whole == NOT_BELIEVED, route
    bad, bearer = visitor.carrying("Token nonsense"), visitor.carrying(f"Bearer {good}")
    assert bad.ask("GET /profiles/{username}", username="token-bob").whole == NOT_BELIEVED
    assert bad.ask("GET /articles", limit=0).whole == NOT_BELIEVED
    assert visitor.ask("GET /articles/feed", limit=0).whole == MISSING
    assert ann.profile("token-bob").following and not bearer.profile("token-bob").following
    assert bearer.articles(author="token-bob") == NONE


def following(visitor: Client) -> None:
    """Following twice is following once, and whoever did not follow may stop all the same."""
    ann, bob = visitor.join("follow-ann"), visitor.join("follow-bob")
    bob.change(bio="Reads.", image="https://example.com/bob.png")
    seen = Profile(username="follow-bob", bio="Reads.", image="https://example.com/bob.png", following=False)
    assert visitor.profile("follow-bob") == ann.profile("follow-bob") == bob.profile("follow-bob") == seen
    assert ann.unfollow("follow-bob") == seen
    for _ in range(2):
        assert ann.follow("follow-bob") == replace(seen, following=True)
    assert ann.profile("follow-bob") == replace(seen, following=True)
    assert visitor.profile("follow-bob") == bob.profile("follow-bob") == seen
    assert bob.profile("follow-ann") == known("follow-ann")
    written = bob.publish("Follow: by Bob")
    assert written.author == visitor.article(written.slug).author == seen
    assert ann.article(written.slug).author == replace(seen, following=True)
    assert ann.ask("POST /profiles/{username}/follow", username="follow-ann").whole == refused(422, username=INVALID)
    assert ann.profile("follow-ann") == known("follow-ann")
    for route in ("GET /profiles/{username}", "POST /profiles/{username}/follow", "DELETE /profiles/{username}/follow"):
        assert ann.ask(route, username="follow-nobody").whole == NO_PROFILE
    for _ in range(2):
        assert ann.unfollow("follow-bob") == seen
    assert ann.profile("follow-bob") == seen
