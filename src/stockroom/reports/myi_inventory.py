"""Stock of the SKUs that are not archived, as the Manage FBA Inventory page shows it.

It knows SKUs that the inventory API leaves out, and the merchant's own quantity.
"""

from __future__ import annotations

from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.myi import MyiStock
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport


class MyiInventory(MyiStock):
    """One active SKU's stock behind one marketplace's listing."""

    __tablename__ = "myi_inventory"
    __table_args__ = (partitioned_by_month("core"),)


REPORT = Report(
    name="myi_inventory",
    fills=MyiInventory,
    request=SpApiReport("GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", dated=False),
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=1,
    guard=Guard(units="fulfillable"),
)
