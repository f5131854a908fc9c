"""Facts put straight into their tables, and the metrics derived from them as a load would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.db.base import Base
from stockroom.db.engine import Database
from stockroom.db.partitions import ensure_partitions
from stockroom.entrypoints.wiring import all_metrics
from stockroom.reports import all_reports
from stockroom.reports.awd_inventory import AwdStock
from stockroom.reports.customer_shipments import CustomerShipment
from stockroom.reports.inbound_items import InboundItem
from stockroom.reports.inbound_plans import InboundPlan
from stockroom.reports.inbound_shipments import InboundShipment
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.inventory_planning import PlannedStock
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.reports.listings import Listing
from stockroom.reports.longterm_storage_fees import LongtermStorageFee
from stockroom.reports.myi_inventory import MyiInventory
from stockroom.reports.orders import OrderLine
from stockroom.reports.overage_fees import OverageFee
from stockroom.reports.reimbursements import Reimbursement
from stockroom.reports.reserved_inventory import ReservedStock
from stockroom.reports.returns import CustomerReturn
from stockroom.reports.sales_traffic_by_day import StoreTraffic
from stockroom.reports.sales_traffic_by_sku import SkuTraffic
from stockroom.reports.storage_fees import StorageFee
from stockroom.reports.stranded_inventory import StrandedStock
from stockroom.reports.suppressed_listings import SuppressedListing
from stockroom.spec.fact import Fact, table_of
from stockroom.spec.metric import AccountFacts, DaySpan, DeriveContext, in_order
from stockroom.spec.run import LoadedDay
from stockroom.spec.tool import TargetAccount

RUN = UUID(int=7)
QUANTITIES = (
    "reserved_orders",
    "fc_transfer",
    "fc_processing",
    "inbound_working",
    "inbound_shipped",
    "inbound_receiving",
    "researching",
    "unfulfillable",
    "customer_damaged",
    "warehouse_damaged",
    "distributor_damaged",
    "carrier_damaged",
    "defective",
    "expired",
)
MOVEMENTS = (
    "customer_returns",
    "vendor_returns",
    "transfers",
    "found",
    "lost",
    "damaged",
    "disposed",
    "other_events",
    "unknown_events",
)
MYI_UNITS = (
    *("warehouse", "unsellable", "reserved", "total", "inbound_working", "inbound_shipped"),
    *("inbound_receiving", "researching", "future_supply"),
)


def read_by_metrics() -> list[str]:
    """The datasets that some metric is made from."""
    facts = {fact for metric in all_metrics() for fact in metric.reads}
    return [report.name for report in all_reports() if report.fills in facts]


class Facts:
    """One account's facts, and what is derived from them.

    Rows are gathered by the methods that make them and stored by :meth:`derive`.
    """

    def __init__(self, database: Database, account: TargetAccount, clock: Clock) -> None:
        self.database = database
        self.account = AccountFacts(
            account.id, account.slug, account.region, account.marketplaces, account.marketplaces[0]
        )
        self.clock = clock
        self._rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self._orders = self._events = 0

    def order(self, day: date, sku: str, units: int, marketplace: str = "US", **more: Any) -> None:
        """One order line."""
        self._orders += 1
        at = datetime.combine(day, time(12), MARKETPLACES[marketplace or "US"].zone)
        row = {
            "day": day,
            "order_id": f"111-{self._orders:07}-0000000",
            "ordinal": 1,
            "marketplace": marketplace,
            "sku": sku,
            "order_status": "Shipped",
            "item_status": "Shipped",
            "fulfillment": "FBA",
            "channel": "amazon",
            "replacement": False,
            "units_ordered": units,
            "purchased_at": at,
            "source_updated_at": at,
        }
        self._add(OrderLine, row | more)

    def ledger(self, day: date, fnsku: str, ending: int, **more: Any) -> None:
        """One ledger row of an FNSKU."""
        row = {
            "day": day,
            "country": "US",
            "network": "NA_US",
            "fnsku": fnsku,
            "sku": f"sku of {fnsku}",
            "disposition": "SELLABLE",
            "ordinal": 1,
            "starting_units": ending,
            "in_transit_units": 0,
            "receipts": 0,
            "customer_shipments": 0,
            "ending_units": ending,
        }
        self._add(LedgerDay, row | dict.fromkeys(MOVEMENTS, 0) | more)

    def inventory(
        self, day: date, sku: str, fnsku: str, sellable: int, marketplace: str = "US", **more: Any
    ) -> None:
        """One row of an inventory snapshot, asked at 02:00 of the marketplace's day."""
        row = {
            "day": day,
            "marketplace": marketplace,
            "sku": sku,
            "fnsku": fnsku,
            "asin": "B0" + fnsku[-8:],
            "network": MARKETPLACES[marketplace].network,
            "network_source": "marketplace",
            "sellable": sellable,
            "asked_at": _asked(day, marketplace),
        }
        self._add(InventorySnapshot, row | dict.fromkeys(QUANTITIES, 0) | more)

    def awd(self, day: date, sku: str, on_hand: int, inbound: int = 0) -> None:
        """One row of a snapshot of the distribution centres."""
        row = {"day": day, "sku": sku, "on_hand": on_hand, "inbound": inbound}
        self._add(AwdStock, row | {"asked_at": _asked(day, "US")})

    def listing(self, day: date, sku: str, marketplace: str = "US", **more: Any) -> None:
        """One row of a listings snapshot."""
        row = {
            "day": day,
            "marketplace": marketplace,
            "sku": sku,
            "asin": "B0ASIN",
            "title": f"Title of {sku}",
            "status": "active",
            "channel": "FBA",
            "price": 10,
            "currency": MARKETPLACES[marketplace].currency,
            "issues": [],
            "asked_at": _asked(day, marketplace),
        }
        self._add(Listing, row | more)

    def stranded(self, day: date, sku: str, marketplace: str = "US", **more: Any) -> None:
        """One row of a snapshot of stranded stock, which was loaded."""
        row = {"reason": "Product Blocked", "fulfillable": 1, "unfulfillable": 0, "reserved": 0}
        self._troubled(StrandedStock, day, sku, marketplace, row | more)

    def suppressed(self, day: date, sku: str, marketplace: str = "US", **more: Any) -> None:
        """One row of a snapshot of suppressed listings, which was loaded."""
        row = {"ordinal": 1, "status": "Search suppressed", "reason": "Missing info"}
        self._troubled(SuppressedListing, day, sku, marketplace, row | more)

    def _troubled(
        self, table: type[Fact], day: date, sku: str, marketplace: str, row: dict[str, Any]
    ) -> None:
        place = {"day": day, "marketplace": marketplace, "sku": sku}
        self._add(table, place | {"asked_at": _asked(day, marketplace)} | row)

    def myi(
        self, day: date, sku: str, fulfillable: int, marketplace: str = "US", **more: Any
    ) -> None:
        """One row of the Manage-FBA-inventory document."""
        row = {
            "day": day,
            "marketplace": marketplace,
            "sku": sku,
            "fnsku": f"X of {sku}",
            **dict.fromkeys(MYI_UNITS, 0),
            "fulfillable": fulfillable,
            "asked_at": _asked(day, marketplace),
        }
        self._add(MyiInventory, row | more)

    def reserved(self, day: date, sku: str, marketplace: str = "US", **more: int) -> None:
        """One row of the reserved report."""
        place = {"day": day, "marketplace": marketplace, "sku": sku}
        row = {"reserved": 0, "reserved_orders": 0, "fc_transfer": 0, "fc_processing": 0}
        self._add(ReservedStock, place | row | {"asked_at": _asked(day, marketplace)} | more)

    def shipped(
        self, day: date, sku: str, units: int, marketplace: str = "US", **more: Any
    ) -> None:
        """Units of one order that left; the order is only told when ``order_id`` names one."""
        self._orders += 1
        row = {
            "day": day,
            "order_id": f"222-{self._orders:07}-0000000",
            "sku": sku,
            "ordinal": 1,
            "marketplace": marketplace,
            "units": units,
            "shipped_at": datetime.combine(day, time(12), MARKETPLACES[marketplace or "US"].zone),
        }
        self._add(CustomerShipment, row | more)

    def event(self, day: date, fnsku: str, quantity: int, **more: Any) -> None:
        """One movement of the ledger's details; a shipment unless told otherwise."""
        self._events += 1
        row = {
            "day": day,
            "fnsku": fnsku,
            "ordinal": self._events,
            "sku": f"sku of {fnsku}",
            "event_type": "Shipments",
            "quantity": quantity,
            "disposition": "SELLABLE",
            "country": "US",
            "network": "NA_US",
        }
        self._add(LedgerEvent, row | more)

    def returned(self, day: date, sku: str, units: int, **more: Any) -> None:
        """One return."""
        self._orders += 1
        at = datetime.combine(day, time(12), MARKETPLACES["US"].zone)
        row = {
            "day": day,
            "order_id": f"333-{self._orders:07}",
            "sku": sku,
            "ordinal": 1,
            "units": units,
            "disposition": "SELLABLE",
            "reason": "DEFECTIVE",
            "returned_at": at,
        }
        self._add(CustomerReturn, row | more)

    def reimbursed(self, day: date, sku: str, amount: str, **more: Any) -> None:
        """One reimbursement in cash."""
        self._orders += 1
        at = datetime.combine(day, time(12), MARKETPLACES["US"].zone)
        row = {
            "day": day,
            "reimbursement_id": f"{self._orders:011}",
            "ordinal": 1,
            "sku": sku,
            "reason": "Lost_Warehouse",
            "currency": "USD",
            "amount_total": Decimal(amount),
            "units_cash": 1,
            "units_inventory": 0,
            "units_total": 1,
            "approved_at": at,
        }
        self._add(Reimbursement, row | more)

    def planned(self, day: date, sku: str, marketplace: str = "US", **more: Any) -> None:
        """One row of a planning snapshot, its label ``X`` and the SKU."""
        row = {
            "day": day,
            "marketplace": marketplace,
            "sku": sku,
            "fnsku": f"X{sku}",
            "currency": MARKETPLACES[marketplace].currency,
            "available": 0,
            **dict.fromkeys(("age_0_90", "age_91_180", "age_181_270", "age_271_365"), 0),
            "asked_at": _asked(day, marketplace),
        }
        self._add(PlannedStock, row | more)

    def stored(self, month: date, fnsku: str, fee: str, *, ordinal: int) -> None:
        """A month's storage of an FNSKU in one warehouse of the US."""
        place = {"day": month, "fnsku": fnsku, "ordinal": ordinal, "network": "NA_US"}
        self._add(StorageFee, place | {"currency": "USD", "fee": Decimal(fee)})

    def aged(self, day: date, sku: str, fee: str) -> None:
        """A charge for old units in the US."""
        place = {"day": day, "sku": sku, "ordinal": 1, "fnsku": f"X{sku}", "network": "NA_US"}
        self._add(LongtermStorageFee, place | {"units": 1, "currency": "USD", "fee": Decimal(fee)})

    def overage(self, day: date, fee: str) -> None:
        """A charge for too much room in the US."""
        place = {"day": day, "ordinal": 1, "country": "US", "network": "NA_US"}
        place |= {"storage_type": "Standard"}
        self._add(OverageFee, place | {"currency": "USD", "fee": Decimal(fee)})

    def shipment(self, day: date, shipment_id: str, status: str, **more: Any) -> None:
        """One shipment of a day's list, asked at 02:00 of the US day."""
        row = {
            "day": day,
            "shipment_id": shipment_id,
            "status": status,
            "marketplace": "US",
            "network": "NA_US",
            "asked_at": _asked(day, "US"),
        }
        self._add(InboundShipment, row | more)

    def item(
        self,
        day: date,
        shipment_id: str,
        sku: str,
        shipped: int,
        *,
        received: int = 0,
        fnsku: str = "X1",
    ) -> None:
        """What one shipment brings of one SKU."""
        row = {
            "day": day,
            "shipment_id": shipment_id,
            "sku": sku,
            "fnsku": fnsku,
            "units_shipped": shipped,
            "units_received": received,
        }
        self._add(InboundItem, row | {"asked_at": _asked(day, "US")})

    def window(self, day: date, shipment_id: str, end: date, plan: str | None = None) -> None:
        """The plan of a shipment, with a delivery window of a week that ends on ``end``."""
        closes = datetime.combine(end, time(18), MARKETPLACES["US"].zone)
        row = {
            "day": day,
            "inbound_plan_id": plan or f"wf {shipment_id}",
            "shipment_id": f"sh {shipment_id}",
            "shipment_confirmation_id": shipment_id,
            "plan_status": "SHIPPED",
            "window_start": closes - timedelta(days=6),
            "window_end": closes,
            "created_at": closes,
            "updated_at": closes,
            "asked_at": _asked(day, "US"),
        }
        self._add(InboundPlan, row)

    def of(self, model: type[Fact], row: dict[str, Any]) -> None:
        """One row of any table, as it is."""
        self._add(model, row)

    def visits(self, day: date, sku: str | None, sessions: int, *, units: int = 0) -> None:
        """A day's sessions of one SKU, or of the store, and the units ordered there."""
        row = {
            "day": day,
            "marketplace": "US",
            "ordinal": 0,
            "units_ordered": units,
            "order_items": 0,
            "ordered_sales": 0,
            "currency": "USD",
            "sessions": sessions,
        }
        if sku is None:
            self._add(StoreTraffic, row)
        else:
            self._add(SkuTraffic, row | {"sku": sku})

    def covers(
        self, dataset: str, days: Iterable[date], marketplace: str = "", *, complete: bool = True
    ) -> None:
        """Days of a dataset that are in; without a marketplace: of the whole region."""
        for day in days:
            row = {"dataset": dataset, "marketplace": marketplace, "day": day, "complete": complete}
            self._add(LoadedDay, row | {"loaded_at": self.clock.now()})

    def _add(self, table: type[Base], row: dict[str, Any]) -> None:
        self._rows[table].append({"account_id": self.account.id, "run_id": RUN} | row)

    async def store(self) -> set[date]:
        """Insert what was gathered; returns its days."""
        days: set[date] = set()
        for model, rows in self._rows.items():
            table = table_of(model)
            for columns in {frozenset(row) for row in rows}:
                same = [row for row in rows if frozenset(row) == columns]
                span = DaySpan.of(row["day"] for row in same)
                days.update(span.days)
                async with self.database.connection(self.account.id) as connection:
                    if "partitioned_by" in table.info:
                        await ensure_partitions(connection, table, span.first, span.last)
                async with self.database.session(self.account.id) as session:
                    await session.execute(insert(table), same)
        self._rows.clear()
        return days

    async def derive(self, days: Iterable[date] = ()) -> None:
        """Store, and derive every metric for the days stored (or those given)."""
        span = DaySpan.of({*await self.store(), *days})
        async with self.database.connection(self.account.id) as connection:
            context = DeriveContext(connection, self.account, self.clock, RUN)
            for metric in in_order(all_metrics()):
                await metric.derive(context, span)

    async def rows(self, model: type[Base]) -> list[dict[str, Any]]:
        """A table's rows by column name, without account and run, in order of its key."""
        table = table_of(model)
        shown = [column for column in table.c if column.name not in {"account_id", "run_id"}]
        async with self.database.session(self.account.id) as session:
            found = await session.execute(select(*shown).order_by(*table.primary_key))
            return [dict(row) for row in found.mappings()]


def _asked(day: date, marketplace: str) -> datetime:
    return datetime.combine(day, time(2), MARKETPLACES[marketplace].zone).astimezone(UTC)
