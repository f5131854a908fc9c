"""The door of /mcp: who gets in, and what the others are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from tests.serving import NO_TLS

from stockroom.core.clock import FixedClock
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.db.place import Place
from stockroom.entrypoints.house import House
from stockroom.entrypoints.http_app import create_app
from stockroom.tenancy.authenticate import Authenticator
from stockroom.tenancy.home_secrets import key_pepper
from stockroom.tenancy.keys import new_key

Issue = Callable[..., Awaitable[str]]

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


async def ping(http: httpx2.AsyncClient, key: str, path: str = "/mcp", **headers: str) -> Any:
    sent = {**ACCEPT, "Authorization": f"Bearer {key}", **headers}
    return await http.post(path, json=PING, headers=sent)


async def test_a_good_key_gets_in(http: httpx2.AsyncClient, issue: Issue) -> None:
    assert (await ping(http, await issue("harbor"))).status_code == 200


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
async def test_both_spellings_of_the_address_answer_without_a_redirect(
    http: httpx2.AsyncClient, issue: Issue, path: str
) -> None:
    assert (await ping(http, await issue("harbor"), path)).status_code == 200


async def test_where_keys_alone_are_good_nothing_is_said_of_oauth(
    keys_url: str, issue: Issue
) -> None:
    async with httpx2.AsyncClient(verify=NO_TLS, base_url=keys_url) as http:
        answer = await http.post("/mcp", json=PING, headers=ACCEPT)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="stockroom"'
        assert answer.json()["error_kind"] == "not_allowed"
        assert "Authorization" in answer.json()["next_step"]
        assert (await ping(http, await issue("harbor"))).status_code == 200
        for path in (
            "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
            "/.well-known/oauth-authorization-server", "/authorize", "/register", "/token",
            "/revoke", "/console/", "/console/sign-in",
        ):  # fmt: skip
            assert (await http.get(path)).status_code == 404, path


async def test_oauth_is_not_offered_where_tokens_would_be_read_on_the_way(house: House) -> None:
    plain = house.settings.model_copy(update={"host": "192.0.2.7"})
    paths = {route.path for route in create_app(replace(house, settings=plain)).routes}  # type: ignore[attr-defined]
    assert "/mcp" in paths
    assert "/token" not in paths


@pytest.mark.parametrize(
    "header",
    [
        "Bearer nonsense",
        "Bearer " + "sk_stockroom_invented",
        "Basic abc",
        "Bearer",
        "Bearer " + "x" * 5000,
    ],
)
async def test_whatever_is_no_key_of_ours_gets_the_same_answer(
    http: httpx2.AsyncClient, header: str
) -> None:
    answer = await http.post("/mcp", json=PING, headers={**ACCEPT, "Authorization": header})
    assert answer.status_code == 401
    assert "sk_stockroom_" not in answer.json()["summary"]


async def test_a_well_formed_key_that_nobody_issued_gets_that_answer_too(
    http: httpx2.AsyncClient,
) -> None:
    assert (await ping(http, new_key()[0])).status_code == 401


@pytest.mark.requirement("keys-revocable")
async def test_a_revoked_key_stops_within_a_second(
    http: httpx2.AsyncClient, house: House, issue: Issue, clock: FixedClock
) -> None:
    key = await issue("harbor")
    assert (await ping(http, key)).status_code == 200
    await house.registry.revoke("test")
    clock.move(1)
    assert (await ping(http, key)).status_code == 401


@pytest.mark.requirement("keys-revocable")
async def test_a_key_ends_at_its_hour_even_while_it_is_remembered(
    http: httpx2.AsyncClient, issue: Issue, clock: FixedClock
) -> None:
    start = clock.now()
    clock.move(0.5)
    key = await issue("harbor", expires_at=clock.now())
    clock.move((start - clock.now()).total_seconds())
    assert (await ping(http, key)).status_code == 200
    clock.move(0.5)
    assert (await ping(http, key)).status_code == 401


async def test_the_use_of_a_key_is_noted(
    http: httpx2.AsyncClient, house: House, issue: Issue, clock: FixedClock
) -> None:
    await ping(http, await issue("harbor"))
    await house.authenticator.settled()
    (key,) = await house.registry.keys()
    assert key.last_used_at == clock.now()
    assert key.last_used_from == "127.0.0.1"


async def test_a_key_over_its_rate_is_told_how_long_to_wait(
    http: httpx2.AsyncClient, issue: Issue
) -> None:
    key = await issue("harbor", requests_per_minute=1)
    answer = await ping(http, key)
    assert answer.status_code == 200
    assert answer.headers["ratelimit-policy"] == '"minute";q=1;w=60'
    assert answer.headers["ratelimit"] == '"minute";r=0;t=60'
    answer = await ping(http, key)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == 60
    assert answer.json()["retryable"] is True


async def test_a_key_without_limits_is_told_of_none(http: httpx2.AsyncClient, issue: Issue) -> None:
    assert "ratelimit" not in (await ping(http, await issue("harbor"))).headers


@pytest.mark.requirement("keys-limited")
async def test_a_days_quota_holds_over_all_servers_and_ends_at_midnight(
    http: httpx2.AsyncClient, house: House, issue: Issue, clock: FixedClock
) -> None:
    key = await issue("harbor", requests_per_day=3)
    elsewhere = Authenticator(house.database, key_pepper(house.settings), clock)
    for _ in range(2):  # one is counted in memory, and written down with the next look
        await elsewhere.principal(key)
        clock.move(1)
    assert (await ping(http, key)).headers["ratelimit"].startswith('"day";r=0;')
    answer = await ping(http, key)
    assert answer.status_code == 429
    assert "3 times a day" in answer.json()["summary"]
    clock.move(float(answer.headers["retry-after"]))
    assert (await ping(http, key)).headers["ratelimit"].startswith('"day";r=2;')


@pytest.mark.requirement("keys-limited")
async def test_a_key_is_good_only_where_it_may_be_used(
    http: httpx2.AsyncClient, issue: Issue
) -> None:
    here = await issue("harbor", networks=[ip_network("127.0.0.0/8")])
    there = await issue("harbor", networks=[ip_network("203.0.113.0/24")])
    assert (await ping(http, here)).status_code == 200
    answer = await ping(http, there)
    assert answer.status_code == 401
    assert "address" in answer.json()["summary"]


async def test_nobody_talks_himself_into_an_allowed_network(
    http: httpx2.AsyncClient, issue: Issue
) -> None:
    key = await issue("harbor", networks=[ip_network("203.0.113.0/24")])
    named = {"X-Forwarded-For": "203.0.113.7"}
    assert (await ping(http, key, **named)).status_code == 401


async def test_a_rotated_keys_successor_opens_the_same_and_the_old_one_ends_after_the_overlap(
    http: httpx2.AsyncClient, house: House, issue: Issue, clock: FixedClock
) -> None:
    old = await issue("harbor", requests_per_minute=7, purpose="nightly check")
    new = await house.registry.rotate("test", timedelta(hours=1))
    answers = [await ping(http, key) for key in (old, new)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"minute";q=7;w=60'}
    clock.move(3600)
    assert (await ping(http, old)).status_code == 401
    assert (await ping(http, new)).status_code == 200
    assert {key.purpose for key in await house.registry.keys()} == {"nightly check"}


async def test_one_of_several_keys_of_a_name_is_rotated_by_its_prefix(
    house: House, issue: Issue
) -> None:
    await issue("harbor")
    await issue("harbor")
    with pytest.raises(InvalidInputError, match="2 live keys"):
        await house.registry.rotate("test", timedelta(0))
    prefix = (await house.registry.keys())[0].prefix
    await house.registry.rotate(prefix, timedelta(0))
    with pytest.raises(NotFoundError):
        await house.registry.rotate("nobody's", timedelta(0))


async def test_padded_header_values_do_no_harm(url: str, issue: Issue) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    body = json.dumps({**PING, "method": "tools/list", "params": {"_meta": meta}})
    headers = {
        **ACCEPT,
        "Host": "127.0.0.1:80",
        "Authorization": f"Bearer {await issue('harbor')}",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/list \t",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(f"POST /mcp HTTP/1.1\r\n{lines}\r\n{body}".encode())
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200"), answer


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_there_is_no_stream_to_open_and_no_session_to_end(
    http: httpx2.AsyncClient, issue: Issue, method: str
) -> None:
    key = await issue("harbor")
    answer = await http.request(method, "/mcp", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 405


async def test_a_page_of_another_host_cannot_reach_it(
    http: httpx2.AsyncClient, issue: Issue
) -> None:
    key = await issue("harbor")
    assert (await ping(http, key, Host="evil.example")).status_code == 421
    assert (await ping(http, key, Origin="https://evil.example")).status_code == 403


async def test_an_oversized_request_is_refused(http: httpx2.AsyncClient, issue: Issue) -> None:
    headers = {**ACCEPT, "Authorization": f"Bearer {await issue('harbor')}"}
    answer = await http.post("/mcp", content=b"x" * 300_000, headers=headers)
    assert answer.status_code == 413


async def test_health_and_readiness_need_no_key(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    assert (await http.get("/readyz")).json() == {"status": "ready"}


async def test_a_database_of_an_older_version_is_not_ready(
    http: httpx2.AsyncClient, place: Place
) -> None:
    with psycopg.connect(place.conninfo(place.admin)) as owner:
        owner.execute("update app.alembic_version set version_num = '0000'")
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert "migration 0000" in answer.json()["summary"]
    assert "db upgrade" in answer.json()["next_step"]


async def test_readiness_asks_for_no_account_and_survives_a_restart_of_the_database(
    http: httpx2.AsyncClient, place: Place
) -> None:
    with psycopg.connect(place.conninfo(place.admin)) as owner:
        owner.execute("alter function app.all_accounts() rename to hidden")
        owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and usename = %s",
            (place.reader.name,),
        )
    assert (await http.get("/readyz")).status_code == 200


async def test_a_database_that_lets_nobody_in_is_not_ready(
    http: httpx2.AsyncClient, place: Place, administrator: psycopg.Connection
) -> None:
    closed = SQL("alter database {} allow_connections false").format(Identifier(place.database))
    administrator.execute(closed)
    administrator.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
        (place.database,),
    )
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error_kind"] == "unavailable"
    assert (await http.get("/healthz")).status_code == 200
