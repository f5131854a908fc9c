"""Where a unit can be, and what can happen to it.

A unit is in exactly one state at every moment; every physical event moves units
from one state to another. Internally a state is a small integer, because a
world makes millions of moves; outside, it is the name in ``NAMES``.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

OUTSIDE: Final = 0
"""Before a unit is made; also the two ends of an event that moves nothing."""
SUPPLIER: Final = 1
WORKING: Final = 2
SHIPPED: Final = 3
RECEIVING: Final = 4
PROCESSING: Final = 5
SELLABLE: Final = 6
RESERVED: Final = 7
TRANSFER: Final = 8
RESEARCHING: Final = 9
CUSTOMER_DAMAGED: Final = 10
WAREHOUSE_DAMAGED: Final = 11
DISTRIBUTOR_DAMAGED: Final = 12
CARRIER_DAMAGED: Final = 13
DEFECTIVE: Final = 14
EXPIRED: Final = 15
CUSTOMER: Final = 16
DISPOSED: Final = 17
REMOVED: Final = 18
SHORT: Final = 19
WRITTEN_OFF: Final = 20
MERCHANT: Final = 21
MERCHANT_RESERVED: Final = 22
AWD_INBOUND: Final = 23
AWD: Final = 24
AWD_RESERVED: Final = 25
WITH_SELLER: Final = 26
REMOVAL_LOST: Final = 27

NAMES: Final[tuple[str | None, ...]] = (
    None,
    "supplier",
    "inbound_working",
    "inbound_shipped",
    "inbound_receiving",
    "fc_processing",
    "sellable",
    "reserved_order",
    "fc_transfer",
    "researching",
    *("unsellable",) * 6,
    "customer",
    "disposed",
    "removed",
    "short",
    "written_off",
    "merchant",
    "merchant_reserved",
    "awd_inbound",
    "awd",
    "awd_reserved",
    "with_seller",
    "removal_lost",
)
"""The public name of each state; the six unsellable ones differ by disposition."""

SELLABLE_DISPOSITION: Final = "SELLABLE"
DISPOSITIONS: Final[dict[int, str]] = {
    CUSTOMER_DAMAGED: "CUSTOMER_DAMAGED",
    WAREHOUSE_DAMAGED: "WAREHOUSE_DAMAGED",
    DISTRIBUTOR_DAMAGED: "DISTRIBUTOR_DAMAGED",
    CARRIER_DAMAGED: "CARRIER_DAMAGED",
    DEFECTIVE: "DEFECTIVE",
    EXPIRED: "EXPIRED",
}
BOOKED: Final[dict[int, str]] = {
    PROCESSING: SELLABLE_DISPOSITION,
    SELLABLE: SELLABLE_DISPOSITION,
    RESERVED: SELLABLE_DISPOSITION,
    **DISPOSITIONS,
}
"""The ledger disposition whose warehouse balance holds the units of a state.

Units between two warehouses are in neither's balance: the ledger shows them in
a column of their own.
"""

COLUMNS: Final[dict[str, int]] = {
    "received": 0,
    "shipped": 1,
    "returned": 2,
    "removed": 3,
    "transfer_out": 4,
    "transfer_in": 4,
    "found": 5,
    "lost": 6,
    "damaged": 7,
    "disposed": 8,
}
"""Which of the ledger's movement columns a kind is booked in; other kinds move no balance."""
UNKNOWN: Final = 9
"""The column of movements that the books cannot name."""
COLUMN_COUNT: Final = 10

KINDS: Final[tuple[str, ...]] = (
    "listing_created",
    "price_changed",
    "promotion_started",
    "promotion_ended",
    "stranded",
    "unstranded",
    "suppressed",
    "unsuppressed",
    "discontinued",
    "wanted",
    "visited",
    "ordered",
    "replaced",
    "reserved",
    "cancelled",
    "shipped",
    "refunded",
    "returned",
    "restocked",
    "supply_ordered",
    "awd_created",
    "awd_shipped",
    "awd_received",
    "awd_reserved",
    "inbound_created",
    "inbound_shipped",
    "inbound_arrived",
    "inbound_problem",
    "received",
    "short",
    "processing_start",
    "processing_end",
    "transfer_out",
    "transfer_in",
    "lost",
    "misbooked",
    "found",
    "damaged",
    "removal_requested",
    "removal_cancelled",
    "disposed",
    "removed",
    "removal_delivered",
    "removal_lost",
    "reimbursed",
    "reversed",
    "storage_charged",
    "surcharge_charged",
    "overage_charged",
)
"""Every kind of event. ``discontinued`` is not bought in any more; ``wanted`` is what customers would have bought, stock or no stock; ``visited`` are
a day's visits of a product's page; ``misbooked`` is a loss that the ledger's summary cannot name, so that its movements do not make up its balance.
What they mean in money follows (see ``money_told``)."""


CHARGES: Final = frozenset({"storage_charged", "surcharge_charged", "overage_charged"})
"""Amazon's bill: ``refs`` name the month, the MSKUs and the rate, the price is the amount.
``units`` are those charged for by age, else 0; no unit moves."""


class Step(NamedTuple):
    """A way for units to go, and what the ledger makes of it."""

    kind: str
    source: int
    target: int
    column: int | None
    """The ledger's movement column; None: its balances do not change."""
    outflow: str | None
    """The disposition whose balance falls."""
    inflow: str | None
    """The disposition whose balance rises."""


@cache
def step(kind: str, source: int, target: int) -> Step:
    """The step ``kind`` from one state to another."""
    column = COLUMNS.get(kind)
    if column is None:
        return Step(kind, source, target, None, None, None)
    return Step(kind, source, target, column, BOOKED.get(source), BOOKED.get(target))


def disposition(source: int, target: int) -> str:
    """The disposition of a move: that of its unsellable side, else ``SELLABLE``."""
    return DISPOSITIONS.get(target) or DISPOSITIONS.get(source) or SELLABLE_DISPOSITION
