"""The stream as the world keeps it: one small tuple per event.

The public :class:`~stockroom.simulator.world.views.Event` has twenty-one fields,
most of which follow from the pool, the listing and the warehouse involved. A
record points at those instead, which is what lets a year of three sellers fit
in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world.states import CHARGES, NAMES, disposition
from stockroom.simulator.world.views import Event

if TYPE_CHECKING:
    from stockroom.simulator.world.offers import Offer
    from stockroom.simulator.world.warehouse import Lot, Pool


class Record(NamedTuple):
    """One event; ``at`` and ``seen`` in seconds since 1970, money in cents."""

    at: int
    seen: int
    kind: str
    pool: Pool
    offer: Offer | None
    lot: Lot | None
    units: int
    source: int
    target: int
    refs: dict[str, Any] | None
    cents: int | None
    cause: str | None


def event(record: Record, seq: int, account: str) -> Event:
    """The record as others see it."""
    at, seen, kind, pool, offer, lot, units, source, target, refs, cents, cause = record
    product = offer.product if offer else pool.product
    marketplace = offer.marketplace if offer else None
    money = pool.home.currency if offer is None else offer.currency
    found = Event(
        seq=seq,
        at=datetime.fromtimestamp(at, UTC),
        visible_at=datetime.fromtimestamp(seen, UTC),
        account=account,
        network=pool.network,
        country=lot.country if lot else pool.home.country,
        fc=lot.fc if lot else None,
        fnsku=pool.fnsku,
        msku=product.sku if offer or lot is None else lot.msku,
        asin=product.asin,
        kind=kind,
        units=units,
        from_state=NAMES[source],
        to_state=NAMES[target],
        disposition=disposition(source, target),
        channel="FBM" if pool.merchant else "FBA",
        marketplace=marketplace,
        refs=refs or {},
        price=None if cents is None else dollars(cents),
        currency=None if cents is None else money,
        cause=cause,
    )
    return _billed(found) if kind in CHARGES else found


def _billed(charge: Event) -> Event:
    """A charge is for the MSKUs it names; one for a network's room is for no product at all."""
    skus = charge.refs["skus"]
    if not skus:
        return charge._replace(msku="", fnsku=None, asin="")
    return charge._replace(msku=skus[0])


def dollars(cents: int) -> str:
    """Cents as a decimal string, e.g. ``-3.05``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def country(marketplace: str) -> str:
    """The ISO country of a marketplace: orders ship to ``GB``, though sellers say ``UK``."""
    return "GB" if marketplace == "UK" else MARKETPLACES[marketplace].code


def iso(at: int) -> str:
    """Seconds since 1970 as ISO 8601 in UTC, e.g. ``2026-11-21T08:45:00Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
