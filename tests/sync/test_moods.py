"""Whatever mood Amazon is in: loaded, or flagged with the last good data in place; then clean again."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.serving import NO_TLS
from tests.sync.conftest import Connected, kept, rows

from stockroom.core.clock import FixedClock
from stockroom.db.engine import Database
from stockroom.reports import (
    inventory,
    ledger_summary,
    merchant_listings,
    myi_inventory,
    orders,
    reserved_inventory,
    returns,
)
from stockroom.simulator.documents.planted import PLANTED_CITY, PLANTED_POSTAL, PLANTED_STATE
from stockroom.simulator.moods.catalogue import MOODS
from stockroom.spec.run import OPEN_STATES, Run
from stockroom.sync.engine import SyncEngine
from stockroom.sync.quarantine import RECHECK
from stockroom.tenancy.vault import Vault

REPORTS = (
    inventory.REPORT,
    ledger_summary.REPORT,
    merchant_listings.REPORT,
    myi_inventory.REPORT,
    orders.REPORT,
    reserved_inventory.REPORT,
    returns.REPORT,
)
_TICKS = 8
_TICK = timedelta(minutes=45)
_DAYS = 8
_UNTIL_NEXT_NIGHT = timedelta(hours=18)
_PLANTED = (PLANTED_CITY, PLANTED_STATE, PLANTED_POSTAL)
_LUCK = random.Random(20)
READING = [name for name, mood in MOODS.items() if not mood.only_submits]
"""The moods that a reader meets; those that strike writes have tests where writing is."""
MIXES = [sorted(_LUCK.sample(sorted(set(READING) - {"revoked"}), 4)) for _ in range(3)]


class Nights:
    """Nights of one seller, as a worker lives through them."""

    def __init__(
        self, database: Database, clock: FixedClock, vault: Vault, seller: Connected
    ) -> None:
        self.database = database
        self.clock = clock
        self.seller = seller
        self.engine = SyncEngine(
            database=database, clock=clock, reports=REPORTS, metrics=(), cipher=vault
        )

    async def night(self) -> None:
        """One tick after the other, until nothing is left to do or the night is over."""
        for _ in range(_TICKS):
            summary = await self.engine.sync(self.seller.facts, self.seller.amazon, days=_DAYS)
            if not summary.runs:
                break
            self.clock.move(_TICK.total_seconds())

    async def rows(self, query: str, *values: Any) -> list[Any]:
        return await rows(self.database, self.seller.facts, query, *values)

    async def runs_since(self, start: object) -> list[Run]:
        ids = await self.rows("select id from app.runs where created_at >= %s", start)
        return [await self.engine.find(self.seller.facts, one) for (one,) in ids]

    def expected(self) -> set[tuple[str, str]]:
        return {
            (report.name, code) for report in REPORTS for code in report.codes(self.seller.facts)
        }


@pytest.fixture
async def nights(database: Database, clock: FixedClock, vault: Vault, harbor: Connected) -> Nights:
    found = Nights(database, clock, vault, harbor)
    await found.night()
    assert {state for (state,) in await found.rows("select distinct state from app.runs")} == {
        "done"
    }
    clock.move(_UNTIL_NEXT_NIGHT.total_seconds())
    return found


async def _set(amazon_url: str, *moods: str) -> None:
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        (await http.put(f"{amazon_url}/_mood", json=list(moods))).raise_for_status()


SNAPSHOTS = """
    select 'inventory', marketplace, day, count(*), sum(sellable) from core.inventory_snapshots
    group by 1, 2, 3
    union all
    select 'myi_inventory', marketplace, day, count(*), sum(fulfillable) from core.myi_inventory
    group by 1, 2, 3
    union all
    select 'ledger', country, day, count(*), sum(ending_units) from core.ledger_days
    group by 1, 2, 3
"""


@pytest.mark.slow
@pytest.mark.parametrize("moods", [*([name] for name in READING), *MIXES], ids="+".join)
async def test_every_dataset_is_loaded_or_flagged_and_the_night_after_is_clean(
    nights: Nights, amazon_url: str, vault: Vault, moods: list[str]
) -> None:
    good = await nights.rows(SNAPSHOTS)
    began = nights.clock.now()
    await _set(amazon_url, *moods)
    await nights.night()
    during = await nights.runs_since(began)
    assert nights.expected() == {(run.dataset, run.marketplace) for run in during}
    for run in during:
        fine = run.state in {"done", "discarded"} or run.reason == RECHECK
        assert fine or run.error, run.values()
    assert set(good) <= set(await nights.rows(SNAPSHOTS))
    await _no_person_anywhere(nights, vault, during)

    await _set(amazon_url)
    nights.clock.move(_UNTIL_NEXT_NIGHT.total_seconds())
    began = nights.clock.now()
    await nights.night()
    loaded = await nights.rows(
        "select distinct dataset, marketplace from app.loaded_days where loaded_at >= %s", began
    )
    assert set(loaded) == nights.expected()
    bad = "select dataset, state, error from app.runs where state <> all(%s) and created_at >= %s"
    assert await nights.rows(bad, ["done", "discarded"], began) == []
    left = "select dataset, marketplace, error from app.runs where state = any(%s)"
    assert await nights.rows(left, ["quarantined", *OPEN_STATES]) == []


async def _no_person_anywhere(nights: Nights, vault: Vault, runs: list[Run]) -> None:
    for run in runs:
        texts = [str(run.values())]
        if run.document_id is not None:
            texts.append((await kept(nights.database, vault, run)).decode("utf-8", "replace"))
        for word in _PLANTED:
            assert not any(word in text for text in texts), (run.dataset, run.state)
        assert "Atz" not in texts[0]
