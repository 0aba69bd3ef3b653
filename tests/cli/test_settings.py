"""What the environment may say of origins and proxies, and that a server does as it says."""

from pathlib import Path

import httpx2
import pytest

from kingpost.settings import DEV_ORIGIN, Settings, Unsafe, read
from tests.cli.process import BLOG, SECRET, kingpost, serving

POSTS, LOGIN = "/api/v1/posts", "/api/v1/auth/login"


def found(production: bool = True, **more: str) -> Settings:
    """Read the settings of an environment that has a secret."""
    return read({"SECRET_KEY": SECRET, **more}, production)


def test_without_a_word_no_page_and_no_proxy_is_let_in() -> None:
    settings = found()
    assert (settings.production, settings.origins, settings.proxies, settings.metrics_token) == (True, (), (), "")


def test_in_development_the_page_that_one_works_on_is_let_in() -> None:
    assert (found(False).production, found(False).origins) == (False, (DEV_ORIGIN,))
    assert found(False, ALLOWED_ORIGINS="").origins == ()
    assert found(False, ALLOWED_ORIGINS="https://a.example").origins == ("https://a.example",)
    assert read({"SECRET_KEY": SECRET, "KINGPOST_ENV": "dev"}).production is False


def test_lists_have_commas_and_may_have_spaces() -> None:
    settings = found(
        ALLOWED_ORIGINS=" https://a.example,http://localhost:3000 , http://[::1]:8080,",
        TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.7,2001:db8::/32 ,",
        METRICS_TOKEN="a-token-of-the-tests",
    )
    assert settings.origins == ("https://a.example", "http://localhost:3000", "http://[::1]:8080")
    assert settings.proxies == ("10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32")
    assert settings.metrics_token == "a-token-of-the-tests" and "a-token" not in repr(settings)


@pytest.mark.parametrize("origin", ["*", "null"])
def test_any_page_at_all_is_never_let_in(origin: str) -> None:
    for production in (True, False):
        with pytest.raises(Unsafe) as caught:
            found(production, ALLOWED_ORIGINS=f"https://a.example, {origin}")
        assert str(caught.value) == (
            f"ALLOWED_ORIGINS holds {origin}, which is any page there is, asking with its visitors' rights. "
            "Name each origin, such as https://app.example.com"
        )


@pytest.mark.parametrize(
    ("origin", "meant"),
    [
        ("https://a.example/", "https://a.example"),
        ("HTTPS://A.Example", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:80/x?y#z", "http://a.example"),
        ("https://me:pass@a.example:8443", "https://a.example:8443"),
        ("http://[::1]/", "http://[::1]"),
        ("https://a\r\nb.example", "https://ab.example"),
    ],
)
def test_an_origin_that_no_browser_spells_so_is_told_as_it_is_spelt(origin: str, meant: str) -> None:
    with pytest.raises(Unsafe) as caught:
        found(ALLOWED_ORIGINS=origin)
    assert str(caught.value) == (f"ALLOWED_ORIGINS holds {origin!r}, which is not as browsers spell an origin. Write {meant}")


@pytest.mark.parametrize(
    "origin",
    ["a.example", "//a.example", "ftp://a.example", "file://", "https://", "https://*.a.example", "https://\xfc.example",
     "https://a b.example", "https://a.example:port", "https://a.example:99999", "http://[::1", "self"],
)  # fmt: skip
def test_what_is_no_origin_is_told_what_one_is(origin: str) -> None:
    with pytest.raises(Unsafe) as caught:
        found(ALLOWED_ORIGINS=origin)
    assert str(caught.value) == (
        f"ALLOWED_ORIGINS holds {origin!r}, which is not as browsers spell an origin. "
        "Write a scheme, a host in ASCII and no path, such as https://app.example.com"
    )


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("proxy", "TRUSTED_PROXIES holds 'proxy'. Write a network, such as 10.0.0.0/8, or an address"),
        ("10.0.0.0/33", "TRUSTED_PROXIES holds '10.0.0.0/33'. Write a network, such as 10.0.0.0/8, or an address"),
        ("*", "TRUSTED_PROXIES holds '*'. Write a network, such as 10.0.0.0/8, or an address"),
        ("10.0.0.1/8", "TRUSTED_PROXIES holds '10.0.0.1/8'. Write 10.0.0.0/8 for all of it, or 10.0.0.1 alone"),
        ("0.0.0.0/0", "TRUSTED_PROXIES holds 0.0.0.0/0: whom all believe may come from anywhere. Name your proxies' own"),
        ("::/0", "TRUSTED_PROXIES holds ::/0: whom all believe may come from anywhere. Name your proxies' own"),
    ],
)
def test_a_proxy_that_is_none_or_everyone_is_told_what_to_write(proxy: str, said: str) -> None:
    with pytest.raises(Unsafe) as caught:
        found(TRUSTED_PROXIES=f"10.0.0.0/8,{proxy}")
    assert str(caught.value) == said


@pytest.mark.parametrize("command", ["dev", "serve"])
def test_a_server_does_not_start_with_what_is_not_safe(tmp_path: Path, command: str) -> None:
    for name, text in (("ALLOWED_ORIGINS", "*"), ("TRUSTED_PROXIES", "0.0.0.0/0")):
        ended = kingpost(tmp_path, command, str(BLOG), SECRET_KEY=SECRET, **{name: text})
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith(f"{name} holds {text}") and ended.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_server_in_production_lets_in_who_was_named_and_development_its_own_page(tmp_path: Path) -> None:
    page = "https://app.example.com"
    with serving(tmp_path, "serve", str(BLOG), SECRET_KEY=SECRET, ALLOWED_ORIGINS=page) as server:
        for origin in (page, DEV_ORIGIN):
            headers = httpx2.get(server.address + POSTS, headers={"origin": origin}).headers
            assert headers.get("access-control-allow-origin") == (page if origin == page else None)
            assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    with serving(tmp_path) as server:
        headers = httpx2.get(server.address + POSTS, headers={"origin": DEV_ORIGIN}).headers
        assert headers["access-control-allow-origin"] == DEV_ORIGIN and "strict-transport-security" not in headers


def test_a_server_believes_no_one_on_its_own_machine_about_an_address_unless_it_is_told_to(tmp_path: Path) -> None:
    wrong = {"email": "nobody@example.com", "password": "wrong"}
    with serving(tmp_path) as server:
        statuses = [
            httpx2.post(
                server.address + LOGIN, json=wrong | {"email": f"{n}@example.com"}, headers={"x-forwarded-for": f"192.0.2.{n}"}
            )
            for n in range(7)
        ]
        assert [each.status_code for each in statuses] == [401] * 5 + [429] * 2
        assert statuses[-1].headers["retry-after"] and statuses[-1].headers["ratelimit"].startswith('"default";r=93;t=')
    with serving(tmp_path, TRUSTED_PROXIES="127.0.0.0/8") as server:
        for n in range(7):
            answer = httpx2.post(
                server.address + LOGIN, json=wrong | {"email": f"{n}@example.com"}, headers={"x-forwarded-for": f"192.0.2.{n}"}
            )
            assert (answer.status_code, answer.headers["ratelimit"]) == (401, '"default";r=99;t=900')


def test_a_replica_is_one_of_a_database_that_has_them() -> None:
    url = "postgresql://me:secret@db/app"
    settings = found(DATABASE_URL=url, DATABASE_REPLICA_URL="postgresql://me:secret@copy:5433/app")
    assert settings.replica == "postgresql://me:secret@copy:5433/app" and "copy" not in repr(settings)
    assert found(DATABASE_URL=url).replica == found(DATABASE_URL=url, DATABASE_REPLICA_URL="").replica == ""
    for database in ("sqlite:///data/app.db", "sqlite:///:memory:"):
        with pytest.raises(Unsafe, match=r"^DATABASE_REPLICA_URL is set, and the data are in an SQLite file"):
            found(DATABASE_URL=database, DATABASE_REPLICA_URL=url)
    for wrong in ("sqlite:///copy.db", "postgresql://db", "postgresql://db:x/app", "db"):
        with pytest.raises(Unsafe, match=r"^DATABASE_REPLICA_URL must be postgresql://USER:PASSWORD@HOST:PORT/NAME"):
            found(DATABASE_URL=url, DATABASE_REPLICA_URL=wrong)
