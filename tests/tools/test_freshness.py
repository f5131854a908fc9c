"""One word for how far an answer can be trusted, and the dates beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from tests.conftest import insert_account
from tests.facts import Facts

from stockroom.core.clock import Clock
from stockroom.core.ids import uuid7
from stockroom.db.engine import Database
from stockroom.db.reach import EVERYWHERE
from stockroom.spec.fact import table_of
from stockroom.spec.run import Run, RunState
from stockroom.tools.freshness import Coverage, Ended, OpenRuns, state_of
from stockroom.tools.read.accounts import accounts
from stockroom.tools.read.data_freshness import data_freshness

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TODAY = date(2026, 11, 21)


def _loaded(ago: timedelta) -> Coverage:
    return Coverage("orders", "", TODAY - DAY, TODAY - DAY, TODAY - DAY, NOW - ago)


@pytest.mark.parametrize(
    ("every", "ago", "state"),
    [
        (DAY, 30 * HOUR, "fresh"),
        (DAY, 31 * HOUR, "late"),
        (HOUR / 4, 1.25 * HOUR, "fresh"),
        (HOUR / 4, 2 * HOUR, "late"),
    ],
)
def test_data_is_late_when_a_load_was_missed(every: timedelta, ago: timedelta, state: str) -> None:
    assert state_of(every, _loaded(ago), None, None, NOW) == state


def test_nothing_loaded_is_never_until_a_load_is_on_its_way() -> None:
    coming = OpenRuns("orders", "", 1, 0, None)

    assert state_of(DAY, None, None, None, NOW) == "never"
    assert state_of(DAY, None, coming, None, NOW) == "backfilling"
    assert state_of(DAY, _loaded(HOUR), coming, None, NOW) == "fresh"
    assert state_of(DAY, _loaded(HOUR), coming._replace(backfills=1), None, NOW) == "backfilling"


@pytest.mark.parametrize(
    ("ended", "state"), [("quarantined", "quarantined"), ("failed", "failing")]
)
def test_a_bad_load_counts_until_a_good_one_follows(ended: str, state: str) -> None:
    bad = Ended("orders", "", ended, "drift", NOW - 2 * HOUR)

    assert state_of(DAY, _loaded(3 * HOUR), None, bad, NOW) == state
    assert state_of(DAY, _loaded(1 * HOUR), None, bad, NOW) == "fresh"


async def test_every_dataset_is_listed_with_its_dates(database: Database, clock: Clock) -> None:
    seller = await insert_account(database, clock, "harbor")
    facts = Facts(database, seller, clock)
    days = [TODAY - k * DAY for k in range(1, 21) if k != 12]
    facts.covers("orders", days)
    facts.covers("orders", [TODAY], complete=False)
    facts.covers("inventory", [TODAY], "US")
    await facts.store()
    await _failed(database, facts, "inventory", "CA")

    async with database.read(seller.id, EVERYWHERE) as db:
        answer = await data_freshness.ask(db, clock)
        about = await accounts.ask(db, clock)

    rows = {(row[0], row[1]): dict(zip(answer.columns, row, strict=True)) for row in answer.rows}
    orders = rows["orders", None]
    assert [orders[name] for name in ("state", "as_of", "first_day", "history_from")] == [
        "fresh",
        "2026-11-20",
        "2026-11-01",
        "2026-11-10",
    ]
    assert rows["inventory", "US"]["state"] == "fresh"
    assert (rows["inventory", "CA"]["state"], rows["inventory", "CA"]["error_kind"]) == (
        "failing",
        "RoleMissing",
    )
    assert rows["listings", "US"]["state"] == "never"
    assert rows["ledger_summary", None]["as_of"] is None
    europes_alone = rows["stock_by_country", None]
    assert (europes_alone["state"], europes_alone["next_due"]) == ("not_applicable", None)
    assert answer.as_of["orders"] == "2026-11-20"
    assert about.rows[0][:5] == ("harbor", "Harbor", "NA", ["US", "CA"], "role_missing")
    assert about.rows[0][5] == "Amazon denies inventory (role Amazon Fulfillment)."
    assert about.rows[0][-1] is None


async def test_history_on_its_way_shows_how_far_it_is_and_until_when(
    database: Database, clock: Clock
) -> None:
    facts = Facts(database, await insert_account(database, clock, "fir"), clock)
    facts.covers("orders", [TODAY - k * DAY for k in range(1, 93)])
    await facts.store()
    coming = {"state": RunState.PLANNED.value, "reason": "backfill", "finished_at": None}
    await _failed(database, facts, "orders", "", error_kind=None, **coming)

    async with database.read(facts.account.id, EVERYWHERE) as db:
        answer = await data_freshness.ask(db, clock)

    rows = {(row[0], row[1]): dict(zip(answer.columns, row, strict=True)) for row in answer.rows}
    orders = rows["orders", None]
    assert len(answer.columns) <= 14
    assert orders["state"] == "backfilling"
    assert orders["backfill"] == {
        "days_in": 92,
        "days_of": 730,
        "percent": 12,
        "requests_left": 22,
    }
    assert "2026-11-21T09:08:00Z" < orders["backfilled_at"] < "2026-11-22"
    assert rows["inventory", "US"]["backfill"] is None


async def test_a_withheld_document_is_shown_beside_the_last_good_one(
    database: Database, clock: Clock
) -> None:
    facts = Facts(database, await insert_account(database, clock, "elm"), clock)
    withheld = {
        "reasons": ["rows went from 900 to 400"],
        "figures": {"rows": 400, "units": 8100, "skus": 400, "repeated": 0},
        "last": {"rows": 900, "units": 17000, "skus": 900},
    }
    state, kind = RunState.QUARANTINED.value, "unbelievable"
    await _failed(
        database, facts, "inventory", "US", state=state, error_kind=kind, remarks=withheld
    )

    async with database.read(facts.account.id, EVERYWHERE) as db:
        answer = await data_freshness.ask(db, clock, dataset="inventory", marketplace="US")

    (row,) = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    assert (row["state"], row["error_kind"]) == ("quarantined", "unbelievable")
    assert row["reasons"] == ["rows went from 900 to 400"]
    assert row["withheld"] == {"rows": 400, "units": 8100, "skus": 400}
    assert row["last_good"] == {"rows": 900, "units": 17000, "skus": 900}


async def test_a_withheld_settlement_is_told_though_the_list_was_looked_at_again(
    database: Database, clock: Clock
) -> None:
    facts = Facts(database, await insert_account(database, clock, "cedar"), clock)
    state, before = RunState.QUARANTINED.value, clock.now() - DAY
    await _failed(database, facts, "settlements", "", state=state, finished_at=before)
    facts.covers("settlements", [TODAY])
    await facts.store()

    async with database.read(facts.account.id, EVERYWHERE) as db:
        answer = await data_freshness.ask(db, clock, dataset="settlements")

    (row,) = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    assert row["state"] == "quarantined"


async def test_a_withheld_settlement_stays_flagged_whatever_came_after(
    database: Database, clock: Clock
) -> None:
    """Amazon makes it once: neither newer ones nor time make up for it."""
    facts = Facts(database, await insert_account(database, clock, "larch"), clock)
    datasets = ("settlements", "reimbursements")
    for dataset in datasets:
        facts.covers(dataset, [TODAY - k * DAY for k in range(1, 91)])
    await facts.store()
    long_ago = clock.now() - 30 * DAY
    withheld = {"state": RunState.QUARANTINED.value, "error_kind": "drift", "finished_at": long_ago}
    for dataset in datasets:
        await _failed(database, facts, dataset, "", **withheld)

    async with database.read(facts.account.id, EVERYWHERE) as db:
        answer = await data_freshness.ask(db, clock)

    rows = {row[0]: dict(zip(answer.columns, row, strict=True)) for row in answer.rows}
    found = [(rows[name]["state"], rows[name]["error_kind"]) for name in datasets]
    assert found[0] == ("quarantined", "drift")
    assert found[1][0] != "quarantined"
    assert found[1][1] is None


async def _failed(
    database: Database, facts: Facts, dataset: str, marketplace: str, **more: Any
) -> None:
    now = facts.clock.now()
    row: dict[str, Any] = {
        "account_id": facts.account.id,
        "id": uuid7(now),
        "dataset": dataset,
        "marketplace": marketplace,
        "first_day": TODAY,
        "last_day": TODAY,
        "reason": "nightly",
        "state": RunState.FAILED.value,
        "error_kind": "RoleMissing",
        "created_at": now,
        "finished_at": now,
        "dirty_days": [],
        "remarks": {},
        "attempts": 1,
    }
    async with database.session(facts.account.id) as session:
        await session.execute(insert(table_of(Run)), [row | more])
