"""Shipments on their way to Amazon, in every status: what v0 still tells and nothing newer does.

Amazon gives no date with them. Asked every day, our own snapshots say when a
status was first seen, and that is what arrivals are learned from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime

import polars as pl
from sqlalchemy.orm import Mapped

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.amazon.rates import GET_SHIPMENTS
from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.inbound_v0 import ROWS, each_once
from stockroom.spec.fact import Asking, Fact, asked_at, asked_day, col, key
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, PagedApi, Report


def _pages(amazon: SellingPartner, asking: Asking) -> AsyncIterator[AmazonAnswer]:
    return each_once(asking, amazon.inbound_shipments, "ShipmentData", ("ShipmentId",))


def _network(asking: Asking) -> pl.Expr:
    networks = {store.code: store.network for store in asking.account.stores}
    return pl.col("marketplace").replace_strict(networks, default=None, return_dtype=pl.String)


class InboundShipment(Fact):
    """One shipment as Amazon showed it at the instant asked."""

    __tablename__ = "inbound_shipments"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    shipment_id: Mapped[str] = key("ShipmentId", doc="FBA…, as the ledger has it")
    marketplace: Mapped[str] = col("marketplace", doc="the first that shows it")
    network: Mapped[str | None] = col(_network)
    name: Mapped[str | None] = col("ShipmentName", required=False)
    status: Mapped[str] = col("ShipmentStatus", doc="Amazon's, WORKING … CLOSED")
    destination_fc: Mapped[str | None] = col("DestinationFulfillmentCenterId", required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="inbound_shipments",
    fills=InboundShipment,
    request=PagedApi(_pages, rows=ROWS, usual={GET_SHIPMENTS.name: 1}),
    scope=REGION,
    format=JSON_PAGES,
    load=SNAPSHOT,
    personal=("ShipFromAddress",),
    guard=Guard(),
)
