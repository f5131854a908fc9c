"""``stockroom truth``: what really happened, from the world itself and not through Amazon's wire."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from stockroom.core.config import Settings
from stockroom.simulator.wire.ads_desk import AdsDesk
from stockroom.simulator.wire.order_desk import OrderDesk
from stockroom.simulator.world import World, WorldOptions, truth


def run(settings: Settings, *, account: str, sku: str | None, events: bool) -> None:
    """Print events as JSON lines, or one JSON array of SKUs with their days.

    Raises:
        InvalidInputError: The home has no world.
        NotFoundError: The world has no such account or SKU.
    """
    world = World(WorldOptions.load(settings.home_path))
    OrderDesk(settings.home_path, world)  # what callers did is part of what happened
    AdsDesk(settings.home_path, world)
    now = settings.clock.now()
    if events:
        for line in truth.event_lines(world, account, now):
            sys.stdout.write(line + "\n")
        return
    sys.stdout.writelines(_array(json.dumps(item) for item in truth.days(world, account, now, sku)))


def _array(items: Iterator[str]) -> Iterator[str]:
    """A JSON array, written as its items come."""
    before = "["
    for item in items:
        yield before + item
        before = ",\n"
    yield "[]\n" if before == "[" else "]\n"
