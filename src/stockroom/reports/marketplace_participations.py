"""Where the seller may sell, and whether Amazon has suspended listings there.

Amazon allows the question about once a minute and wants its answer kept for a
day; marketplaces that are no store of this house are left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime

from sqlalchemy.orm import Mapped

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import Asking, Fact, asked_at, asked_day, col, key
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, PagedApi, Report


async def _pages(amazon: SellingPartner, _: Asking) -> AsyncIterator[AmazonAnswer]:
    stores = [
        {
            "id": one.marketplace.id,
            "code": one.marketplace.code,
            "storeName": one.store_name,
            "isParticipating": one.participating,
            "hasSuspendedListings": one.suspended,
        }
        for one in await amazon.participations()
    ]
    yield AmazonAnswer({"stores": stores}, "")


class MarketplaceParticipation(Fact):
    """One marketplace of the grant, as of the instant asked."""

    __tablename__ = "marketplace_participations"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace_id: Mapped[str] = key("id", doc="Amazon's")
    marketplace: Mapped[str] = col("code")
    store_name: Mapped[str | None] = col("storeName", required=False)
    participating: Mapped[bool] = col("isParticipating")
    suspended_listings: Mapped[bool] = col(
        "hasSuspendedListings", doc="Amazon has taken listings of the seller off sale"
    )
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="marketplace_participations",
    fills=MarketplaceParticipation,
    request=PagedApi(_pages, rows="stores"),
    scope=REGION,
    format=JSON_PAGES,
    load=SNAPSHOT,
    rank=1,
    guard=Guard(),
    role="Selling Partner Insights",
)
