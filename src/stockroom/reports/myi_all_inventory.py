"""The Manage FBA Inventory page with archived SKUs: what an unlisted product still has lying there."""

from __future__ import annotations

from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.myi import MyiStock
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport


class MyiAllInventory(MyiStock):
    """One SKU's stock behind one marketplace's listing, archived SKUs included."""

    __tablename__ = "myi_all_inventory"
    __table_args__ = (partitioned_by_month("core"),)


REPORT = Report(
    name="myi_all_inventory",
    fills=MyiAllInventory,
    request=SpApiReport("GET_FBA_MYI_ALL_INVENTORY_DATA", dated=False),
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=3,
    guard=Guard(units="fulfillable"),
)
