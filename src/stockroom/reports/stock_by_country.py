"""Where in Europe the sellable units lie: one pool, several countries.

Amazon makes the document for Europe alone, and any of its marketplaces gives
all countries: it is asked once.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from stockroom.core.marketplaces import Marketplace, Region
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Fact, asked_at, asked_day, col, key
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


def _european(place: Marketplace) -> bool:
    return place.region is Region.EU and place.network in {"EU", "UK"}


class CountryStock(Fact):
    """One SKU's units for local fulfilment in one country, as of the instant asked."""

    __tablename__ = "stock_by_country"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    sku: Mapped[str] = key("seller-sku")
    country: Mapped[str] = key("country")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    fnsku: Mapped[str | None] = col("fulfillment-channel-sku")
    asin: Mapped[str | None] = col("asin")
    condition: Mapped[str | None] = col("condition-type", required=False)
    units: Mapped[int] = col("quantity-for-local-fulfillment", blank=0)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="stock_by_country",
    fills=CountryStock,
    request=SpApiReport("GET_AFN_INVENTORY_DATA_BY_COUNTRY", dated=False),
    scope=REGION,
    format=TSV,
    load=SNAPSHOT,
    rank=3,
    guard=Guard(units="units"),
    applies_to=_european,
)
