"""Amazon's least steady document: what jumps is withheld, what was good stays."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from tests.serving import NO_TLS
from tests.sync.conftest import Connected, rows

from stockroom.core.clock import FixedClock
from stockroom.db.engine import Database
from stockroom.reports import inventory_planning
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault

TYPE = "GET_FBA_INVENTORY_PLANNING_DATA"
NIGHT = 86_400


@pytest.fixture
def engine(database: Database, clock: FixedClock) -> SyncEngine:
    return SyncEngine(
        database=database,
        clock=clock,
        reports=(inventory_planning.REPORT,),
        metrics=(),
        cipher=Vault({"test": bytes(32)}),
    )


async def test_half_and_inflated_planning_is_withheld_until_amazon_is_itself_again(
    engine: SyncEngine, harbor: Connected, database: Database, clock: FixedClock, amazon_url: str
) -> None:
    counted = "select day, count(*), count(distinct sku) from core.inventory_planning group by 1"

    async def night(*moods: str) -> set[str]:
        async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
            answer = await http.put(f"{amazon_url}/_mood", json=[*moods])
            answer.raise_for_status()
        await engine.sync(harbor.facts, harbor.amazon)
        day = clock.now().date()
        found = "select distinct state from app.runs where first_day = %s"
        states = await rows(database, harbor.facts, found, day)
        clock.move(NIGHT)
        return {state for (state,) in states}

    assert await night() == {"done"}
    good = await rows(database, harbor.facts, counted)
    assert good
    for mood in ("half-report", "inflated-report"):
        assert "quarantined" in await night(f"{mood}:{TYPE}")
        assert await rows(database, harbor.facts, counted) == good
    assert "done" in await night()
    assert len(await rows(database, harbor.facts, counted)) == 2


@pytest.mark.parametrize("codes", [("NL",), ("PL", "SE", "BE")])
def test_planning_is_not_asked_for_where_amazon_has_none(
    european: Connected, codes: tuple[str, ...]
) -> None:
    everywhere = replace(european.facts, marketplaces=("DE", *codes))
    assert inventory_planning.REPORT.codes(everywhere) == ("DE",)
    assert inventory_planning.REPORT.codes(replace(everywhere, marketplaces=codes)) == ()
