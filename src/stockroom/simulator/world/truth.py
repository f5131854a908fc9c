"""What really happened, for whoever judges: the stream itself, and each SKU's days counted from it.

Truth holds facts only. Thresholds, windows, averages and policies belong to
those who are judged by it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from stockroom.core.errors import NotFoundError
from stockroom.simulator.world.advertised import advertised
from stockroom.simulator.world.money_told import money_events
from stockroom.simulator.world.offers import COUNTS, MULTI, ORDERED, REPLACED, SENT, WANTED, Offer
from stockroom.simulator.world.records import event
from stockroom.simulator.world.views import Event
from stockroom.simulator.world.warehouse import CLOSING_COLUMNS, Pool

if TYPE_CHECKING:
    from stockroom.simulator.world import World


def event_lines(world: World, account: str, now: datetime) -> Iterator[str]:
    """Everything that happened to ``account`` by ``now``, one JSON object a line, by ``seq``.

    ``visible_at`` tells from when Amazon's interfaces show it; ``wanted`` they
    never show. ``posted`` and ``settled`` are what the others meant in money:
    ``price`` is all of it, ``refs`` tell the amounts; ``advertised`` is a day of an ad.

    Raises:
        NotFoundError: There is no such account.
    """
    seller = world.seller(account)
    happened = (event(record, 0, account) for record in seller.records(now))
    told = (happened, money_events(seller, now), advertised(seller, now))
    for seq, one in enumerate(merge(*told, key=attrgetter("at")), 1):
        line = as_json(one._replace(seq=seq))
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def as_json(happened: Event) -> dict[str, Any]:
    """An event under its public keys."""
    fields = happened._asdict()
    fields["at"] = _instant(happened.at)
    fields["visible_at"] = _instant(happened.visible_at)
    return {_KEYS.get(name, name): value for name, value in fields.items()}


def _instant(at: datetime) -> str:
    """Whole seconds, UTC; of hundreds of thousands of events ``strftime`` would be a quarter."""
    return f"{at.isoformat()[:19]}Z"


_KEYS: Final = {"from_state": "from", "to_state": "to"}


def days(
    world: World, account: str, now: datetime, sku: str | None = None
) -> Iterator[dict[str, Any]]:
    """Each listing's complete days up to ``now``, sorted by SKU and marketplace.

    A SKU that is yet to be launched has no listing and is not told of.

    Stock columns are the *pool's* closing in units (a merchant's shelf for
    merchant-fulfilled listings, which have no network, no FNSKU and nothing on
    hand at Amazon), and so is ``received``. The others are the listing's own: ``wanted`` what the store's
    customers would have bought; ``ordered`` units of store orders, replacements
    included; ``replaced`` those among them; ``mcf`` multi-channel units less
    their cancellations; ``shipped`` all units that left for it. ``cancelled`` is
    what of the day's ``ordered`` was cancelled since, as far as it is visible.

    Raises:
        NotFoundError: There is no such account, or it has no such SKU.
    """
    seller = world.seller(account)
    seller.extend(now)
    at = int(now.timestamp())
    offers = sorted(
        ((pool, offer) for pool in seller.pools for offer in pool.offers if offer.listed_by(at)),
        key=lambda row: (row[1].sku, row[1].marketplace),
    )
    if sku is not None:
        offers = [row for row in offers if row[1].sku == sku]
        if not offers:
            raise NotFoundError(
                f"The account '{account}' has no SKU '{sku}'.",
                field="sku",
                next_step="'stockroom truth --account A --json' lists all of them.",
            )
    for pool, offer in offers:
        yield _listing(account, pool, offer, seller.dates(pool, at), at)


def _listing(account: str, pool: Pool, offer: Offer, dates: list[str], at: int) -> dict[str, Any]:
    lost, lost_multi = _cancelled(offer, at)
    return {
        "account": account,
        "marketplace": offer.marketplace,
        "network": pool.network,
        "sku": offer.sku,
        "asin": offer.asin,
        "fnsku": pool.fnsku,
        "channel": "FBM" if pool.merchant else "FBA",
        "days": [
            {"day": date, **_stock(pool, day), **_units(offer, day, lost[day], lost_multi[day])}
            | {"received": pool.closings[day * CLOSING_COLUMNS + 5]}
            for day, date in enumerate(dates)
        ],
    }


def _cancelled(offer: Offer, at: int) -> tuple[Counter[int], Counter[int]]:
    """Units cancelled visibly by ``at``, by day of the order: store orders, multi-channel orders."""
    store: Counter[int] = Counter()
    multi: Counter[int] = Counter()
    for day, units, seen, multi_channel in offer.tally.cancelled:
        if seen <= at:
            (multi if multi_channel else store)[day] += units
    return store, multi


def _stock(pool: Pool, day: int) -> dict[str, int]:
    start = day * CLOSING_COLUMNS
    sellable, reserved, transfer, processing, unsellable = pool.closings[start : start + 5]
    return {
        "sellable": sellable,
        "on_hand": 0 if pool.merchant else sellable + reserved + transfer + processing,
        "reserved_orders": reserved,
        "fc_transfer": transfer,
        "fc_processing": processing,
        "unsellable": unsellable,
    }


def _units(offer: Offer, day: int, cancelled: int, cancelled_multi: int) -> dict[str, int]:
    row = offer.tally.days[day * COUNTS : (day + 1) * COUNTS]
    return {
        "wanted": row[WANTED],
        "ordered": row[ORDERED],
        "cancelled": cancelled,
        "replaced": row[REPLACED],
        "mcf": row[MULTI] - cancelled_multi,
        "shipped": row[SENT],
    }
