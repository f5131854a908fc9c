"""Facts put straight into their tables, and the metrics derived from them as a load would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.db.base import Base
from stockroom.db.engine import Database
from stockroom.db.partitions import ensure_partitions
from stockroom.entrypoints.wiring import all_metrics
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.reports.listings import Listing
from stockroom.reports.orders import OrderLine
from stockroom.spec.fact import table_of
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
        self._orders = 0

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
