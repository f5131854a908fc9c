"""GET_FBA_OVERAGE_FEE_CHARGES_DATA: what was charged for room beyond the limit.

Facts 1.2: dates are used; it is the only place where a storage limit is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld

COLUMNS = (
    "charged_date", "country_code", "storage_type", "charge_rate", "storage_usage_volume",
    "storage_limit_volume", "overage_volume", "volume_unit", "charged_fee_amount", "currency_code",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """The charges of the window."""
    window = generation.start, generation.end, generation.as_of
    return map(_row, world.happened({"overage_charged"}, *window))


VIEW = DocumentView(
    report_type="GET_FBA_OVERAGE_FEE_CHARGES_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=DAILY,
    charsets={},
)


def _row(charge: Event) -> tuple[str, ...]:
    used, limit = charge.refs["used"], charge.refs["limit"]
    return (
        charge.at.date().isoformat(),
        charge.country or "",
        "Standard",
        charge.refs["rate"],
        used,
        limit,
        str(Decimal(used) - Decimal(limit)),
        "cubic feet",
        charge.price or "",
        charge.currency or "",
    )
