"""The doctor: what fails is named with its remedy, and no look stops the next."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from tests.serving import NO_TLS, serving

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError
from stockroom.entrypoints import tenants
from stockroom.entrypoints.doctor import examine as doctor
from stockroom.entrypoints.doctor.finding import Finding
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.stop_switch import turn
from stockroom.entrypoints.worker_schedule import LEAD
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Seller, World, WorldOptions
from stockroom.tenancy.registry import NewAccount

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
WORLD = World(WorldOptions.create(now=NOW, skus=4, days=30))
SELLER = next(iter(WORLD.sellers.values()))


@pytest.fixture
async def amazon(tmp_path: Path) -> AsyncIterator[str]:
    """The pretend Amazon's address."""
    async with serving(create_app(WORLD, FixedClock(NOW), tmp_path / "amazon")) as url:
        yield url


@pytest.fixture
def installed(settings: Settings, amazon: str) -> Settings:
    """An installation that is well, but for its worker."""
    return settings.model_copy(
        update={
            "lwa_url": f"{amazon}/auth/o2/token",
            "spapi_na_url": f"{amazon}/na",
            "spapi_eu_url": f"{amazon}/eu",
            "lwa_client_id": CLIENT_ID,
            "lwa_client_secret": type(settings.lwa_client_secret)(CLIENT_SECRET),
            "lwa_secret_rotated_on": date(2026, 11, 1),
            "clock_start": NOW,
            "clock_anchor": datetime.now(UTC),  # noqa: TID251 - where the scaled clock begins
        }
    )


@pytest.fixture
async def house(installed: Settings) -> AsyncIterator[House]:
    """With one pretend seller connected."""
    async with open_house(installed) as house:
        await house.registry.add_account(
            await house.registry.organisation("Harbor"), _account(SELLER)
        )
        yield house


def _account(seller: Seller, **more: Any) -> NewAccount:
    return NewAccount(
        seller.slug,
        seller.name,
        seller.seller_id,
        seller.region,
        seller.marketplaces,
        **{"refresh_token": seller.refresh_token} | more,
    )


async def look(settings: Settings) -> dict[str, Finding]:
    return {one.check: one for one in await doctor.examine(settings)}


async def _mood(amazon: str, *moods: str) -> None:

    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        answer = await http.put(f"{amazon}/_mood", json=list(moods))
        assert answer.is_success, answer.text


@pytest.mark.usefixtures("house")
async def test_a_well_installation_fails_only_for_want_of_a_worker(installed: Settings) -> None:
    found = await look(installed)
    assert {name: one.verdict for name, one in found.items() if one.verdict != "ok"} == {
        "worker": "fail"
    }
    assert found["worker"].remedy.startswith("Start stockroom work")
    assert found["connection"].account == SELLER.slug
    assert "authorised until 2027-11-21" in found["connection"].says


async def test_a_leader_is_seen_by_its_lock(house: House, installed: Settings) -> None:
    connection = await psycopg.AsyncConnection.connect(house.database.writer_conninfo)
    async with connection:
        await connection.execute("select pg_advisory_lock(hashtext(%s))", [LEAD])
        assert (await look(installed))["worker"].verdict == "ok"


async def test_a_revoked_grant_is_found_by_asking_amazon(
    house: House, installed: Settings, amazon: str
) -> None:
    await _mood(amazon, "revoked")
    found = (await look(installed))["connection"]
    assert (found.verdict, found.says) == (
        "fail",
        "revoked: The seller's authorisation was revoked or has run out.",
    )
    await _mood(amazon)
    assert (await look(installed))["connection"].verdict == "ok"
    account = await house.registry.account(SELLER.slug)
    assert (await house.registry.last_probe(account.id))[1] is None


async def test_amazon_is_asked_once_an_hour(house: House, installed: Settings, amazon: str) -> None:
    for _ in range(3):
        await look(installed)

    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        query = {"operation": "getMarketplaceParticipations"}
        assert len((await http.get(f"{amazon}/_log", params=query)).json()) == 1
    assert await house.registry.accounts()


async def test_a_stopped_account_is_told(house: House, installed: Settings) -> None:
    account = await house.registry.account(SELLER.slug)
    await turn(house, account, stop="changes", reason=None)
    found = (await look(installed))["stop switch"]
    assert (found.verdict, found.account) == ("warn", SELLER.slug)


@pytest.mark.usefixtures("house")
async def test_a_client_secret_near_its_end_is_told_in_time(installed: Settings) -> None:
    verdicts = []
    for age in (89, 90, 179, 180):
        made = NOW.date() - timedelta(days=age)
        changed = installed.model_copy(update={"lwa_secret_rotated_on": made})
        verdicts.append((await look(changed))["client secret"].verdict)
    assert verdicts == ["ok", "warn", "warn", "fail"]


async def test_jobs_that_wait_or_are_in_dead_hands_are_counted(
    house: House, installed: Settings
) -> None:
    async with await psycopg.AsyncConnection.connect(house.database.writer_conninfo) as connection:
        await connection.execute(
            "insert into queue.procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
            " values ('q', 't', 'todo', now() - interval '3 hours'), ('q', 't', 'doing', null),"
            " ('q', 't', 'todo', now() + interval '1 hour')"
        )
    found = await look(installed)
    assert (found["queue"].verdict, found["queue"].says[:34]) == (
        "fail",
        "1 jobs are due, the oldest for 108",
    )
    assert found["stalled jobs"].verdict == "warn"


async def test_a_file_of_secrets_that_others_may_read_is_named(settings: Settings) -> None:
    path = settings.home_path / "postgres.json"
    path.chmod(0o644)
    found = (await look(settings))["secret files"]
    assert (found.verdict, found.remedy) == ("fail", f"chmod 600 {path}")


async def test_without_a_database_the_rest_is_still_looked_at(installed: Settings) -> None:
    down = installed.model_copy(update={"database_url": "postgresql://o:secret@127.0.0.1:9/gone"})
    found = await look(down)
    assert (found["database"].verdict, found["Amazon"].verdict) == ("fail", "ok")
    assert found["database"].says == "PostgreSQL at 127.0.0.1:9 does not answer."
    assert found["worker"].says == "Not looked at."
    assert "secret@" not in str(found)


def test_the_command_prints_lines_or_json_and_its_code(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor.run(settings, account=None, as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} <= {"ok", "warn", "fail"}
    assert doctor.run(settings, account=None, as_json=True) == 1
    rows = json.loads(capsys.readouterr().out)
    assert set(rows[0]) == {"check", "verdict", "says", "remedy", "account"}
    with pytest.raises(NotFoundError, match="no-such"):
        doctor.run(settings, account="no-such", as_json=False)


async def test_a_seller_who_authorised_again_is_connected_again(
    house: House,
    installed: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = await house.registry.account(SELLER.slug)
    await house.registry.renew(account.id, "Atzr|old", NOW - timedelta(days=400))
    assert (await look(installed))["connection"].verdict == "fail"
    await asyncio.to_thread(_renew, installed, monkeypatch)
    assert capsys.readouterr().out == f"{SELLER.slug}: authorised again.\n"
    await asyncio.to_thread(tenants.list_accounts, installed, as_json=True)
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["state"], row["reason"], row["stopped"]) == ("connected", None, False)
    assert row["authorised_until"] == "2027-11-20"


def _renew(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr("sys.stdin", io.StringIO(SELLER.refresh_token + "\n"))
    tenants.renew_account(settings, SELLER.slug, authorised_on=date(2026, 11, 20))
