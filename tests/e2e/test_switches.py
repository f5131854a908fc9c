"""Revocation, of keys and of tokens, and both switches, over two server processes: a second at most."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
from tests.commands import clean
from tests.e2e.conftest import command, wait_until
from tests.serving import NO_TLS

from stockroom.core.config import Settings
from stockroom.core.marketplaces import Region
from stockroom.core.scope import READ_SCOPES
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.stop_switch import turn, turn_organisation
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.oauth.grants import Consent, Question
from stockroom.tenancy.oauth.tokens import CODE
from stockroom.tenancy.principal import KnownAccount
from stockroom.tenancy.registry import NewAccount
from stockroom.tenancy.roles import Role

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

AGENCY = "Agency"
PUBLIC = "https://stockroom.example"
"""Both servers are behind it: what is granted at one is good at the other."""
BACK = "http://127.0.0.1:33418/callback"
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "changes", "arguments": {}},
}


@contextmanager
def server(settings: Settings) -> Iterator[str]:
    """One server process of the installation."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert settings.encryption_keys is not None
    assert settings.key_pepper is not None
    assert settings.audit_key is not None
    environment = {
        "STOCKROOM_HOME": str(settings.home),
        "STOCKROOM_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
        "STOCKROOM_KEY_PEPPER": settings.key_pepper.get_secret_value(),
        "STOCKROOM_AUDIT_KEY": settings.audit_key.get_secret_value(),
        "STOCKROOM_PUBLIC_URL": PUBLIC,
        "DATABASE_URL": str(settings.database_url),
    }
    process = subprocess.Popen(command("serve", "--port", str(port)), env=clean(**environment))
    try:
        wait_until(lambda: process.poll() is not None or _listens(port))
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with open_house(settings) as house:
        organisation = await house.registry.organisation(AGENCY)
        new = NewAccount("harbor", "Harbor", "AHARBOR", Region.NA, ("US",), "grant")
        await house.registry.add_account(organisation, new)
        yield house


async def kind(http: httpx2.AsyncClient, url: str, key: str) -> str:
    """What a server says to a key or token: ``answered``, ``unknown``, or the kind of its refusal."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json, text/event-stream",
    }
    answer = await http.post(url, json=CALL, headers=headers)
    if answer.status_code == 401:
        return "unknown"
    body: dict[str, Any] = answer.json()["result"]["structuredContent"]
    return str(body.get("error_kind", "answered"))


async def seconds_until(
    said: str,
    http: httpx2.AsyncClient,
    urls: list[str],
    key: str,
    act: Callable[[], Awaitable[Any]],
) -> float:
    """How long after an act returned the last of the servers says so; both are asked all the time."""
    before = [await kind(http, url, key) for url in urls]
    assert said not in before
    await act()
    begun = time.monotonic()

    async def one(url: str) -> None:
        while await kind(http, url, key) != said:
            assert time.monotonic() < begun + 20
            await asyncio.sleep(0)

    await asyncio.gather(*map(one, urls))
    return time.monotonic() - begun


async def let_in(house: House, account: KnownAccount) -> tuple[str, Callable[[], Awaitable[None]]]:
    """A program that somebody let in: its access token, and how it is taken back."""
    authority = house.authority
    person = await house.reception.persons.add("ada@example.com", "Ada")
    await house.reception.members.admit(account.organisation_id, person, Role.OWNER)
    program = (await authority.clients.register("Measured", [BACK], "none")).id
    asked = await authority.grants.ask(
        Question(program, BACK, True, None, READ_SCOPES, "c" * 43, f"{PUBLIC}/mcp")
    )
    granted = Consent(
        account.organisation_id, person, "ada@example.com", [account.id], None, READ_SCOPES
    )
    _, code = await authority.grants.give(asked, granted)
    presented = await authority.tokens.presented(code, CODE, program)
    assert presented
    issued = await authority.tokens.exchange(presented, CODE, sorted(READ_SCOPES))
    assert issued
    return issued.access, lambda: authority.tokens.revoke(issued.access, program)


@pytest.mark.requirement("keys-revocable")
@pytest.mark.requirement("agents-stoppable")
async def test_what_is_revoked_or_stopped_is_refused_everywhere_within_a_second(
    house: House, settings: Settings
) -> None:
    harbor = await house.registry.account("harbor")
    key = await house.registry.issue(
        harbor.organisation_id, NewKey("measured", [harbor], READ_SCOPES)
    )
    token, take_back = await let_in(house, harbor)

    def switch(stop: Any) -> Callable[[], Awaitable[Any]]:
        return lambda: turn(house, harbor, stop=stop, reason="measured")

    def organisation(*, stopped: bool) -> Callable[[], Awaitable[Any]]:
        return lambda: turn_organisation(house, AGENCY, stopped=stopped, reason="measured")

    steps: dict[str, tuple[str, str, Callable[[], Awaitable[Any]]]] = {
        "the account is stopped": (key, "stopped", switch("agents")),
        "it goes on": (key, "answered", switch("nothing")),
        "the organisation is stopped": (key, "stopped", organisation(stopped=True)),
        "that goes on": (token, "answered", organisation(stopped=False)),
        "the key is revoked": (key, "unknown", lambda: house.registry.revoke("measured")),
        "the token is revoked": (token, "unknown", take_back),
    }
    taken = {}
    with ExitStack() as servers:
        urls = [servers.enter_context(server(settings)) for _ in range(2)]
        async with httpx2.AsyncClient(verify=NO_TLS, timeout=30) as http:
            for name, (credential, said, act) in steps.items():
                taken[name] = await seconds_until(said, http, urls, credential, act)

    print(taken)  # noqa: T201 - the figures are the point
    assert max(taken.values()) < 1.0, taken
