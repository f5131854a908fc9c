"""GET_LEDGER_DETAIL_VIEW_DATA: one row per movement of units in Amazon's warehouses.

Facts 1.2: quoted fields, spaced headers, MM/DD/YYYY, outflows negative. The rows
of a day add up to the day's ledger summary. Facts 7.2: adjustments carry a letter
or digit for their reason, and only misplaced, found and damaged ones carry
reconciled quantities; those of old rows change when units are found or paid for.
Facts 1.3: the reference id names one adjustment; elsewhere rows share it, and two
rows can be equal in every field.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from stockroom.core.marketplaces import NETWORK_ZONES
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.ledger import LedgerAsk, day_of, without_window
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld

ADJUSTMENTS: Final = "Adjustments"
EVENT_TYPES: Final = {
    "received": "Receipts",
    "shipped": "Shipments",
    "returned": "CustomerReturns",
    "removed": "VendorReturns",
    "transfer_out": "WhseTransfers",
    "transfer_in": "WhseTransfers",
    "lost": ADJUSTMENTS,
    "found": ADJUSTMENTS,
    "damaged": ADJUSTMENTS,
    "disposed": ADJUSTMENTS,
}
"""Kind of event to Amazon's event type; no other kind is a movement of the ledger."""
INFLOWS: Final = {"received", "returned", "transfer_in", "found"}
REFERENCES: Final = (
    "shipment_id",
    "transfer_id",
    "adjustment_id",
    "removal_order_id",
    "order_id",
)
"""What an event refers to, the first that it has."""

COLUMNS = (
    "Date", "FNSKU", "ASIN", "MSKU", "Title", "Event Type", "Reference ID", "Quantity",
    "Fulfillment Center", "Disposition", "Reason", "Country", "Reconciled Quantity",
    "Unreconciled Quantity",
)  # fmt: skip


class _Side(NamedTuple):
    """A change of one balance."""

    disposition: str
    quantity: int
    reason: str = ""
    settled: bool | None = None
    """Whether what is missing was found or paid for; None: not a question here."""


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """The movements of whole days, in time; a damage moves two balances and has two rows."""
    asked = LedgerAsk.of(generation)
    wanted = generation.ask.options.get("eventType", "")
    kinds = {kind for kind, name in EVENT_TYPES.items() if wanted in {"", name}}
    opening, closing = _instants(asked)
    settled = _settled(world, opening, generation.as_of)
    for moved in world.happened(kinds, opening, closing, generation.as_of):
        msku = moved.refs.get("unit_msku", moved.msku)
        if moved.network is None or not asked.covers(moved.network, moved.fnsku, msku, moved.asin):
            continue
        day = day_of(moved.at, moved.network)
        if asked.first <= day <= asked.last:
            goods = (moved.fnsku or "", moved.asin, msku, world.titles[msku])
            for side in _sides(moved, settled):
                yield (f"{day:%m/%d/%Y}", *goods, *_movement(moved, side))


def objection(ask: Ask) -> str | None:
    """Options and windows that end FATAL."""
    if ask.options.get("eventType", "") not in {"", *EVENT_TYPES.values()}:
        return f"eventType must be one of {', '.join(sorted(set(EVENT_TYPES.values())))}."
    return without_window(ask)


VIEW = DocumentView(
    report_type="GET_LEDGER_DETAIL_VIEW_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=True,
    pause=NEAR_REAL_TIME,
    charsets={},
)


def _instants(asked: LedgerAsk) -> tuple[datetime, datetime]:
    """Midnights that hold the days asked in the zones of all networks."""
    zones = [NETWORK_ZONES[network] for network in asked.networks]
    opening = datetime.combine(asked.first, datetime.min.time())
    closing = datetime.combine(asked.last, datetime.max.time()) + timedelta(microseconds=1)
    return (
        min(opening.replace(tzinfo=zone) for zone in zones),
        max(closing.replace(tzinfo=zone) for zone in zones),
    )


def _settled(world: SellerWorld, since: datetime, as_of: datetime) -> set[str]:
    """The adjustments whose units were found or paid for."""
    mending = world.happened({"found", "reimbursed"}, since, as_of, as_of)
    return {moved.refs.get("adjustment_id", "") for moved in mending}


def _sides(moved: Event, settled: set[str]) -> tuple[_Side, ...]:
    units, adjustment = moved.units, moved.refs.get("adjustment_id", "")
    match moved.kind:
        case "damaged":
            # Damaged by the warehouse itself, or found to be bad: both are followed by P.
            by_amazon = moved.disposition == "WAREHOUSE_DAMAGED"
            # Facts 7.2 lists the codes of a help page, and Amazon knows others: one in ten.
            other = "Z" if adjustment.endswith("7") else "Q"
            out = ("E", adjustment in settled) if by_amazon else (other, None)
            return _Side("SELLABLE", -units, *out), _Side(moved.disposition, units, "P")
        case "lost":
            # Two codes for misplaced: one in ten is the rarer one.
            code = "5" if adjustment.endswith("0") else "M"
            return (_Side("SELLABLE", -units, code, adjustment in settled),)
        case "found":
            code = "N" if moved.from_state == "written_off" else "F"
            return (_Side("SELLABLE", units, code, settled=True),)
        case "disposed":
            return (_Side(moved.disposition, -units, "D"),)
        case _:
            sign = 1 if moved.kind in INFLOWS else -1
            return (_Side(moved.disposition, sign * units),)


def _movement(moved: Event, side: _Side) -> tuple[str, ...]:
    reference = next(moved.refs[name] for name in REFERENCES if name in moved.refs)
    reconciled = ("", "")
    if side.settled is not None:
        units = abs(side.quantity)
        reconciled = (str(units * side.settled), str(units * (not side.settled)))
    return (
        EVENT_TYPES[moved.kind],
        reference,
        str(side.quantity),
        moved.fc or "",
        side.disposition,
        side.reason,
        moved.country or "",
        *reconciled,
    )
