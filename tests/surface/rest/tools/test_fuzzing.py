"""Schemathesis asks real servers whatever their document allows and forbids, and holds each answer against it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.cli.process import ROOT, kingpost, serving
from tests.surface.rest.scene import BASE, PASSWORD
from tests.surface.rest.tools import apps
from tests.surface.rest.tools.install import HERE
from tests.surface.rest.tools.judge import write

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "use_after_free", "ensure_resource_availability", "ignored_auth",
)  # fmt: skip
"""All but one: what fits the document may still name a row that there is not, or an order for a list that has others, so that
not all of it is accepted. And who may see whose rows is proved by tests that know the rules."""
TABLES = {"blog": "users", "gallery": "members"}
LONGEST = 600.0
OTHERS = 6


def enter(folder: Path, app: str, address: str) -> str:
    """Make an admin behind some other accounts, which requests are likely to remove, and give the token."""
    with httpx2.Client(base_url=f"{address}{BASE}") as client:
        for number in range(OTHERS):
            body = {"email": f"person{number}@example.com", "password": PASSWORD, "name": "Person"}
            assert client.post(f"/{TABLES[app]}", json=body).status_code == 201
        email = f"person{OTHERS - 1}@example.com"
        ended = kingpost(folder, "user", "promote", email, f"{HERE / 'apps.py'}:{app}", PYTHONPATH=str(ROOT))
        assert ended.returncode == 0, ended.stderr
        answer = client.post("/auth/login", json={"email": email, "password": PASSWORD})
        return str(answer.json()["access_token"])


def fuzz(folder: Path, app: str, signed_in: bool, seconds: float, least: int) -> None:
    """Serve an app and let it be asked for so long, and so much at least; nothing may be found."""
    write(getattr(apps, app), folder / "openapi.json")
    with serving(folder, "dev", f"{HERE / 'apps.py'}:{app}", PYTHONPATH=str(ROOT)) as server:
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "--no-color", "--config-file", str(HERE / "schemathesis.toml"),
            "run", "openapi.json", "--url", server.address, "--seed", "1", "--max-time", str(max(1, round(seconds))),
            "--checks", ",".join(CHECKS),
            "--continue-on-failure", "--warnings", "off", "--suppress-health-check", "all", "--generation-database", "none",
        ]  # fmt: skip
        if signed_in:
            command += ["--header", f"Authorization: Bearer {enter(folder, app, server.address)}"]
        ended = subprocess.run(
            command,
            cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 100, check=False,
        )  # fmt: skip
        _, _, log = server.stop()
    assert ended.returncode == 0, ended.stdout[ended.stdout.find("====") :] + ended.stderr
    cases = re.search(r"(\d+) generated", ended.stdout)
    assert cases and int(cases[1]) > least and "not passed" not in ended.stdout, ended.stdout
    assert [line for line in log if "Traceback" in line or '"internal"' in line] == []


@pytest.mark.parametrize(("app", "signed_in"), [("gallery", True), ("blog", False), ("desk", False), ("dressed", False)])
def test_no_request_brings_an_answer_that_the_document_does_not_promise(tmp_path: Path, app: str, signed_in: bool) -> None:
    fuzz(tmp_path, app, signed_in, 10, least=10)


LONG = [("gallery", True), ("gallery", False), ("blog", True), ("blog", False), ("desk", False), ("dressed", False)]


@pytest.mark.prove
@pytest.mark.parametrize(("app", "signed_in"), LONG)
def test_nor_does_any_in_a_long_time(tmp_path: Path, app: str, signed_in: bool) -> None:
    share = float(os.environ.get("KINGPOST_PROVE_SECONDS", "240")) / 9 / len(LONG)
    fuzz(tmp_path, app, signed_in, min(LONGEST, share), least=50)
