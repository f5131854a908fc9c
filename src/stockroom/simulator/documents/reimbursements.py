"""GET_FBA_REIMBURSEMENTS_DATA: what Amazon paid for lost and damaged units, and took back.

Facts 1.2 and 1.3: daily, the whole account, no marketplace column. A payment that
is taken back is not changed: a negative row with the reason
``Reimbursement_Reversal`` names the id and the reason of the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld

REVERSED_REASON = "Lost_Warehouse"
"""The only payments that are taken back: for units that turned up after all."""

COLUMNS = (
    "approval-date", "reimbursement-id", "case-id", "amazon-order-id", "reason", "sku", "fnsku",
    "asin", "product-name", "condition", "currency-unit", "amount-per-unit", "amount-total",
    "quantity-reimbursed-cash", "quantity-reimbursed-inventory", "quantity-reimbursed-total",
    "original-reimbursement-id", "original-reimbursement-type",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """Payments and reversals approved in the window."""
    window = generation.start, generation.end, generation.as_of
    for paid in world.happened({"reimbursed", "reversed"}, *window):
        yield _row(paid, world.titles[paid.msku])


VIEW = DocumentView(
    report_type="GET_FBA_REIMBURSEMENTS_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=DAILY,
    charsets={},
)


def _row(paid: Event, title: str) -> tuple[str, ...]:
    reversal = paid.kind == "reversed"
    original = paid.refs["reimbursement_id"]
    amount = Decimal(paid.price or 0)
    units = str(-paid.units if reversal else paid.units)
    return (
        paid.at.isoformat(timespec="seconds"),
        paid.refs["reversal_id"] if reversal else original,
        "",  # no case: Amazon pays by itself
        "",
        paid.cause or "",
        paid.msku,
        paid.fnsku or "",
        paid.asin,
        title,
        "New",
        paid.currency or "",
        f"{amount / paid.units:.2f}",
        f"{amount:.2f}",
        units,
        "0",
        units,
        original if reversal else "",
        REVERSED_REASON if reversal else "",
    )
