"""The whole walk, by the commands a newcomer types: one fact from Amazon, one change back."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest
from mcp import Client
from tests.commands import stockroom
from tests.serving import NO_TLS

pytestmark = [pytest.mark.e2e, pytest.mark.early]

Ask = Callable[..., Awaitable[dict[str, Any]]]
Records = Callable[..., Awaitable[list[dict[str, Any]]]]
READS = (
    "accounts",
    "changes",
    "data_freshness",
    "days_of_cover",
    "listings",
    "replenishment",
    "sales_velocity",
    "stock",
)


class Demo(Protocol):
    home: Path
    ready: dict[str, Any]

    def run(self, *arguments: str, given: str = "") -> str: ...
    def client(self, key: str) -> Any: ...


def accounts(demo: Demo) -> list[str]:
    return [account["account"] for account in demo.ready["accounts"]]


def truth(demo: Demo, account: str) -> dict[tuple[str, str], dict[str, Any]]:
    listings = json.loads(demo.run("truth", "--account", account, "--json"))
    return {(one["marketplace"], one["sku"]): one for one in listings}


def test_the_ready_file_says_where_and_with_what(demo: Demo) -> None:
    ready = demo.ready
    assert ready["mcp_url"] == f"{ready['base_url']}/mcp"
    assert ready["console_url"] == f"{ready['base_url']}/console/"
    assert set(ready["login"]) == {"email", "password"}
    assert ready["keys_url"].endswith("/mcp")
    assert ready["keys_url"] != ready["mcp_url"]
    assert set(ready["keys"]) == {"agency", "reader", "operator"}
    assert len(ready["accounts"]) == 2
    assert set(ready["accounts"][0]) == {"account", "name", "seller_id", "marketplaces"}
    assert (demo.home / "ready.json").stat().st_mode & 0o777 == 0o600


async def test_the_second_listener_knows_keys_and_nothing_of_oauth(demo: Demo) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    keys_url, base_url = demo.ready["keys_url"], demo.ready["base_url"]
    headers = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(verify=NO_TLS, headers=headers) as http:
        refused = await http.post(keys_url, json=ping)
        assert refused.headers["www-authenticate"] == 'Bearer realm="stockroom"'
        assert (
            "resource_metadata="
            in (await http.post(demo.ready["mcp_url"], json=ping)).headers["www-authenticate"]
        )
        key = {"Authorization": f"Bearer {demo.ready['keys']['reader']}"}
        assert (await http.post(keys_url, json=ping, headers=key)).status_code == 200
        well_known = "/.well-known/oauth-authorization-server"
        assert (await http.get(f"{base_url}{well_known}")).json()["issuer"] == base_url
        assert (await http.get(keys_url.removesuffix("/mcp") + well_known)).status_code == 404


async def test_every_tool_answers_for_every_account(demo: Demo, ask: Ask) -> None:
    async with demo.client("agency") as client:
        for account in accounts(demo):
            for tool in READS:
                named = {} if tool == "accounts" else {"account": account}
                body = await ask(client, tool, **named)
                assert "error_kind" not in body, body
                assert body["rows"] or tool == "changes", body


async def test_stock_is_what_really_lies_there(demo: Demo, records: Records) -> None:
    async with demo.client("agency") as client:
        for account in accounts(demo):
            rows = await records(client, "stock", account=account)
            real = truth(demo, account)
            shown = {(row["marketplace"], row["sku"]) for row in rows}
            assert shown == set(real)
            for row in rows:
                closing = real[row["marketplace"], row["sku"]]["days"][-1]
                assert row["sellable"] == closing["sellable"], (row, closing)
                assert row["on_hand"] == closing["on_hand"], (row, closing)


@pytest.mark.parametrize("window", [7, 30])
async def test_demand_is_what_customers_really_ordered(
    demo: Demo, ask: Ask, records: Records, window: int
) -> None:
    async with demo.client("agency") as client:
        for account in accounts(demo):
            real = truth(demo, account)
            as_of = (await ask(client, "sales_velocity", account=account))["as_of"]
            last = date.fromisoformat(as_of["orders"])
            days = {(last - timedelta(days=back)).isoformat() for back in range(window)}
            for row in await records(client, "sales_velocity", account=account, window=window):
                counted = [
                    day
                    for day in real[row["marketplace"], row["sku"]]["days"]
                    if day["day"] in days
                ]
                units = sum(day["ordered"] - day["cancelled"] - day["replaced"] for day in counted)
                assert row["amazon_units"] == units, row
                assert row["mcf_units"] == sum(day["mcf"] for day in counted), row


async def test_a_key_of_one_account_gets_nothing_of_another(
    demo: Demo, ask: Ask, records: Records
) -> None:
    mine, *others = accounts(demo)
    async with demo.client("agency") as client:
        foreign = (await records(client, "stock", account=others[0]))[0]
        cursor = (await ask(client, "stock", account=others[0], limit=1))["next_cursor"]
    hostile: list[dict[str, Any]] = [
        {},
        {"account": others[0]},
        {"marketplace": "DE"},
        {"cursor": cursor},
        {"detail": "full", "limit": 500},
    ]
    secrets = {foreign["sku"], foreign["asin"], *others} | {
        account["name"] for account in demo.ready["accounts"][1:]
    }
    async with demo.client("reader") as client:
        for tool in READS:
            for arguments in hostile:
                told = json.dumps(await ask(client, tool, **arguments))
                assert not [secret for secret in secrets if secret in told], (tool, arguments, told)
            # A SKU of somebody else is told apart from an invented one by nothing.
            theirs = json.dumps(await ask(client, tool, sku=foreign["sku"]))
            nobodys = json.dumps(await ask(client, tool, sku="ZZZ-ZZZ-9999"))
            assert theirs.replace(foreign["sku"], "ZZZ-ZZZ-9999") == nobodys
        assert mine in json.dumps(await ask(client, "stock"))


async def settled(client: Client, ask: Ask, change: str) -> dict[str, Any]:
    """The change once Amazon shows it; a worker in another process carries it out."""
    for _ in range(120):
        body = await ask(client, "changes", id=change)
        row = dict(zip(body["columns"], body["rows"][0], strict=True))
        if row["state"] not in {"confirmed", "executing", "sent", "unknown"}:
            return row
        await asyncio.sleep(0.5)
    raise AssertionError(row)


async def test_three_proposals_wait_for_a_person(demo: Demo, records: Records) -> None:
    async with demo.client("operator") as client:
        waiting = await records(client, "changes", state="proposed", detail="full")
    told = sorted(one["tool"] for one in waiting if one["reason"] != "e2e")
    assert told == ["create_inbound_plan", "set_price", "set_price"]
    assert all(one["reason"] for one in waiting)


async def test_one_change_goes_to_amazon_once_and_is_seen_there(
    demo: Demo, ask: Ask, records: Records
) -> None:
    async with demo.client("operator") as client:
        listing = next(
            one
            for one in await records(client, "listings", marketplace="US")
            if one["status"] == "active" and one["price"]
        )
        price = str((Decimal(listing["price"]) * Decimal("1.04")).quantize(Decimal("0.01")))
        wanted = {
            "sku": listing["sku"],
            "marketplace": "US",
            "price": price,
            "currency": listing["currency"],
        }
        preview = await ask(client, "set_price", **wanted, reason="e2e")
        assert preview["state"] == "proposed", preview
        assert preview["after"] == {"price": price, "currency": "USD"}
        wrong = await ask(client, "confirm_change", id=preview["id"], fingerprint="0" * 64)
        assert "error_kind" in wrong
        confirmed = await ask(
            client, "confirm_change", id=preview["id"], fingerprint=preview["fingerprint"]
        )
        assert confirmed["state"] == "confirmed", confirmed
        row = await settled(client, ask, preview["id"])
        assert row["state"] == "verified", row
    log = json.loads(demo.run("simulator", "log", "--operation", "patchListingsItem", "--json"))
    assert [(entry["sku"], entry["status"]) for entry in log] == [(listing["sku"], 200)]
    assert {"at", "seller", "operation", "status", "request_id"} <= set(log[0])


def test_events_are_told_in_order(demo: Demo) -> None:
    lines = demo.run("truth", "--events", "--account", accounts(demo)[0]).splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["kind"] for event in events} >= {"wanted", "ordered", "shipped", "cancelled"}


def test_a_second_demo_in_the_same_home_is_refused(demo: Demo) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        demo.run("demo")
    assert "already running" in caught.value.stderr


@pytest.mark.slow
def test_a_second_command_uses_the_running_database_and_leaves_it_running(demo: Demo) -> None:
    assert json.loads(demo.run("account", "list", "--json"))
    assert "newest" in demo.run("db", "status")
    assert json.loads(demo.run("account", "list", "--json"))


@pytest.mark.slow
async def test_a_key_made_at_the_command_line_works_until_it_is_revoked_there(
    demo: Demo,
) -> None:
    account = accounts(demo)[1]
    to = ["--org", "Demo agency", "--account", account]
    key = demo.run("key", "create", "temporary", *to, "--scope", "stock:read").strip()
    listed = json.loads(demo.run("key", "list", "--json"))[0]
    assert (listed["name"], listed["accounts"], listed["scopes"]) == (
        "temporary",
        [account],
        ["stock:read"],
    )
    assert key not in json.dumps(listed)
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    async with httpx2.AsyncClient(verify=NO_TLS, headers=headers) as http:
        assert (await http.post(demo.ready["mcp_url"], json=ping)).status_code == 200
        demo.run("key", "revoke", "temporary")
        await asyncio.sleep(1)
        assert (await http.post(demo.ready["mcp_url"], json=ping)).status_code == 401


@pytest.mark.slow
def test_an_account_whose_grant_amazon_does_not_know_is_not_taken_in(demo: Demo) -> None:
    before = demo.run("account", "list", "--json")
    who = ["--org", "Demo agency", "--seller-id", "A1NOBODY", "--region", "NA"]
    with pytest.raises(subprocess.CalledProcessError) as caught:
        demo.run("account", "add", "nobody", *who, given="Atzr|nobody\n")
    assert caught.value.stderr.startswith("stockroom: ")
    assert "Atzr" not in caught.value.stderr
    assert demo.run("account", "list", "--json") == before


@pytest.mark.slow
def test_a_demo_that_begins_in_a_mood_becomes_ready_and_flags_what_it_withholds(
    tmp_path: Path,
) -> None:
    home, ready = tmp_path / "home", tmp_path / "ready.json"
    small = ("--accounts", "1", "--skus", "4", "--days", "60", "--port", "0", "--once")
    done = stockroom(
        *("demo", "--home", str(home), "--ready-file", str(ready), *small),
        *("--mood", "renamed-columns"),
    )
    assert done.returncode == 0, done.stderr
    assert "did not load; data_freshness flags them" in done.stderr
    (account,) = json.loads(ready.read_text())["accounts"]
    listed = stockroom(
        *("quarantine", "list", "--json", "--account", account["account"], "--home", str(home))
    )
    withheld = {run["dataset"] for run in json.loads(listed.stdout)}
    assert {"orders", "ledger_summary"} <= withheld


@pytest.mark.slow
def test_a_killed_demo_leaves_nothing_running_and_goes_on_where_it_was(killed: Demo) -> None:
    ready = killed.home.parent / "again.json"
    killed.run("demo", "--advance", "1", "--once", "--port", "0", "--ready-file", str(ready))
    again = json.loads(ready.read_text())
    assert again["keys"] == killed.ready["keys"]
    assert again["login"] == killed.ready["login"]
    assert again["accounts"] == killed.ready["accounts"]
    account = accounts(killed)[0]
    days = json.loads(killed.run("truth", "--account", account))[0]["days"]
    assert len(days) == 31
