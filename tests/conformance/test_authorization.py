"""The authorization server, as the published suite judges it, with a person who says yes."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path

import httpx2
import pytest
from tests.clients import programs
from tests.commands import clean
from tests.conformance import suite
from tests.conformance.suite import Check
from tests.e2e.conftest import Demo
from tests.serving import NO_TLS

pytestmark = pytest.mark.foreign

CLIENT = {
    "client_name": "Conformance suite",
    "redirect_uris": ["http://127.0.0.1/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
INVITED = re.compile(r"^http\S+[?&]response_type=code\S*$", re.MULTILINE)


@pytest.fixture(scope="module")
def results(served: Demo, tmp_path_factory: pytest.TempPathFactory) -> list[Check]:
    """What the suite said."""
    return asyncio.run(_judged(served, tmp_path_factory.mktemp("authorization")))


async def _judged(served: Demo, home: Path) -> list[Check]:
    issuer, port = served.ready["base_url"], await _free_port()
    asked = suite.command(
        *("authorization", "--url", issuer, "--resource", served.ready["mcp_url"]),
        *("--client-id", await _registered(issuer), "--port", str(port)),
        *("--output-dir", str(home / "out")),
    )
    process = await asyncio.create_subprocess_exec(
        *asked, stdout=PIPE, stderr=STDOUT, env=clean(HOME=str(home))
    )
    said = await _until_invited(process)
    login = json.dumps(served.ready["login"])
    person = programs.package(programs.CLIENTS, "../consent.mjs")
    done = await asyncio.to_thread(
        programs.run,
        *(programs.node(), person, INVITED.findall(said)[-1]),
        home=home,
        CHROMIUM=programs.browser(),
        LOGIN=login,
    )
    assert done.returncode == 0, done.stderr
    rest, _ = await process.communicate()
    ended = subprocess.CompletedProcess(asked, process.returncode or 0, said + rest.decode(), "")
    return suite.checks(home / "out", ended)


async def _registered(issuer: str) -> str:
    async with httpx2.AsyncClient(verify=NO_TLS) as http:
        answer = await http.post(f"{issuer}/register", json=CLIENT)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["client_id"])


async def _until_invited(process: Process) -> str:
    assert process.stdout is not None
    said = ""
    while not INVITED.search(said):
        line = (await process.stdout.readline()).decode()
        assert line, said
        said += line
    return said


async def _free_port() -> int:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        return int(server.sockets[0].getsockname()[1])


def test_metadata_and_the_code_grant_conform(results: list[Check]) -> None:
    assert [f"{check.name} {check.said}" for check in results if not check.good] == []
    assert {check.name for check in results} == {
        "authorization-server-metadata-endpoint:authorization-server-metadata",
        "authorization-server-metadata-endpoint:authorization-server-metadata-cimd",
        "authorization-code-grant:authorization-code-grant",
    }
