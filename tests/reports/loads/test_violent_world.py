"""Money in worlds in which everything goes wrong: every settlement that Amazon lists is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.reports.loads.test_money import settlements_equal
from tests.simulator.test_world import HARSH
from tests.sync.conftest import NOW

from stockroom.simulator.world import World, WorldOptions

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["demand x5, loss x20, lead x3", "everything goes wrong"])
def world(request: pytest.FixtureRequest) -> World:
    return World(
        WorldOptions.create(now=NOW, seed=23, skus=12, days=130, overrides=HARSH[request.param])
    )


async def test_every_settlement_that_amazon_keeps_is_loaded_whole(
    loader: Loader, world: World
) -> None:
    await settlements_equal(loader, world)
