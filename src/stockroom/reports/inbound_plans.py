"""Inbound plans and their shipments with delivery windows: the only dates Amazon gives.

A row is a shipment of a plan; a plan that has no shipment yet is a row with an
empty one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Mapped

from stockroom.amazon import answers
from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.amazon.rates import GET_INBOUND_PLAN, GET_SHIPMENT, LIST_INBOUND_PLANS
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import Asking, Fact, asked_at, asked_day, col, key
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, PagedApi, Report

_LONGEST_WAY = timedelta(days=180)
_RECENT = timedelta(days=14)
"""Plans that changed since then are read in any case; their windows teach how long arrivals take."""


async def _pages(amazon: SellingPartner, asking: Asking) -> AsyncIterator[AmazonAnswer]:
    """The last changed plans, and as many older ones as it takes to find all that is under way.

    Amazon answers two questions per plan, at two a second, and knows every plan there
    ever was.
    """
    missing = await _under_way(amazon, asking)
    async for answer in amazon.inbound_plans(asking.asked_at - _LONGEST_WAY):
        yield answer
        rows = answer.body["shipments"]
        missing -= {row.get("shipment", {}).get("shipmentConfirmationId") for row in rows}
        changed = (datetime.fromisoformat(row["plan"]["lastUpdatedAt"]) for row in rows)
        if not missing and min(changed, default=asking.asked_at) < asking.asked_at - _RECENT:
            return


async def _under_way(amazon: SellingPartner, asking: Asking) -> set[str]:
    return {
        answers.text(answer, row, "ShipmentId")
        for place in asking.places
        async for answer in amazon.inbound_under_way(place)
        for row in answers.objects(answer, "payload", "ShipmentData")
    }


class InboundPlan(Fact):
    """One shipment of one plan as Amazon showed it at the instant asked."""

    __tablename__ = "inbound_plans"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    inbound_plan_id: Mapped[str] = key("plan.inboundPlanId")
    shipment_id: Mapped[str] = key("shipment.shipmentId", blank="", doc="sh…; empty: none yet")
    shipment_confirmation_id: Mapped[str | None] = col(
        "shipment.shipmentConfirmationId", required=False, doc="FBA…, as v0 and the ledger have it"
    )
    name: Mapped[str | None] = col("plan.name", required=False)
    plan_status: Mapped[str] = col("plan.status", doc="ACTIVE | VOIDED | SHIPPED | ERRORED")
    shipment_status: Mapped[str | None] = col("shipment.status", required=False)
    destination_fc: Mapped[str | None] = col("shipment.destination.warehouseId", required=False)
    destination_country: Mapped[str | None] = col(
        "shipment.destination.address.countryCode", required=False
    )
    window_start: Mapped[datetime | None] = col(
        "shipment.selectedDeliveryWindow.startDate", required=False
    )
    window_end: Mapped[datetime | None] = col(
        "shipment.selectedDeliveryWindow.endDate", required=False
    )
    created_at: Mapped[datetime] = col("plan.createdAt")
    updated_at: Mapped[datetime] = col("plan.lastUpdatedAt")
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="inbound_plans",
    fills=InboundPlan,
    request=PagedApi(
        _pages,
        rows="shipments",
        usual={LIST_INBOUND_PLANS.name: 1, GET_INBOUND_PLAN.name: 10, GET_SHIPMENT.name: 10},
    ),
    scope=REGION,
    format=JSON_PAGES,
    load=SNAPSHOT,
    rank=1,  # two questions a plan take their time
    personal=("sourceAddress", "source", "contactInformation"),
    guard=Guard(least=0, most=50, overlap=0, may_be_empty=True),  # its length is our own choice
)
