"""Lists of Fulfillment Inbound v0, read over all marketplaces of a region with each row once.

Amazon shows a shipment under every marketplace that its warehouse serves and
does not say which: all are asked, the primary one first, and what an earlier
one has shown is left out of the later ones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from stockroom.amazon.ports import AmazonAnswer
from stockroom.core.marketplaces import Marketplace
from stockroom.spec.fact import Asking

ROWS = "rows"
_CHANGED_WITHIN = timedelta(days=270)
"""Longer than any shipment is under way, and than Amazon hears a claim about it."""

Read = Callable[[Marketplace, datetime, datetime], AsyncIterator[AmazonAnswer]]


async def each_once(
    asking: Asking, read: Read, name: str, identity: tuple[str, ...]
) -> AsyncIterator[AmazonAnswer]:
    """Pages of ``ROWS``, each row with the marketplace that showed it.

    Args:
        asking: What is asked.
        read: The list operation.
        name: Amazon's name of the list in the payload.
        identity: The fields that tell rows apart.
    """
    since = asking.asked_at - _CHANGED_WITHIN
    primary = asking.account.primary_marketplace
    seen: set[tuple[Any, ...]] = set()
    for place in sorted(asking.places, key=lambda place: place.code != primary):
        async for answer in read(place, since, asking.asked_at):
            fresh = []
            for row in answer.body["payload"][name]:
                shown: Mapping[str, Any] = row if isinstance(row, Mapping) else {}
                key = tuple(str(shown.get(field)) for field in identity)
                if key not in seen:
                    seen.add(key)
                    fresh.append({"marketplace": place.code, **shown})
            yield AmazonAnswer({ROWS: fresh}, answer.request_id)
