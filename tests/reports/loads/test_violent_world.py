"""Money in a world in which everything goes wrong: every settlement that Amazon keeps is in, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from tests.reports.loads.test_money import settlements_equal
from tests.simulator.test_world import HARSH
from tests.sync.conftest import NOW

from stockroom.simulator.world import World, WorldOptions

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader

pytestmark = pytest.mark.slow

UNRELIABLE = ["flaky", "failing", "busy", "throttled", "expired-url"]
UNTIL_THE_NEXT_NIGHT_S = 18 * 3600


@pytest.fixture(scope="module")
def world() -> World:
    """Older than Amazon's ninety days: a quarter of what was settled is listed no more."""
    harsh = HARSH["everything goes wrong"]
    return World(WorldOptions.create(now=NOW, seed=23, skus=12, days=130, overrides=harsh))


async def test_every_settlement_that_amazon_keeps_is_loaded_whole(
    loader: Loader, world: World
) -> None:
    await settlements_equal(loader, world)


async def test_what_an_unreliable_amazon_kept_back_is_loaded_the_night_after(
    loader: Loader, world: World
) -> None:
    facts, amazon = loader.connected.facts, loader.connected.amazon
    async with httpx.AsyncClient(trust_env=False) as http:
        await http.put(f"{loader.url}/_mood", json=UNRELIABLE)
        await loader.engine.sync(facts, amazon, datasets=["settlements"])
        log = (await http.get(f"{loader.url}/_log")).json()
        assert any(entry["mood"] for entry in log)
        await http.put(f"{loader.url}/_mood", json=[])
    loader.clock.move(UNTIL_THE_NEXT_NIGHT_S)
    await settlements_equal(loader, world)
