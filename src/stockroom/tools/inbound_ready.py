"""The day from which a carrier can come: said by the seller, or taken for granted and told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Text, bindparam, column, literal, or_, select, table
from sqlalchemy.dialects.postgresql import JSONB

from stockroom.core.clock import Clock, day_start
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.db.query import Query
from stockroom.db.session import ReadSession

ReadyOn = Annotated[date, Field(description="Day of pick-up; without it in 7 days.")]
READY_AFTER = timedelta(days=7)
"""When units are ready if nobody says: a week from today."""


def ready_day(given: date | None, market: Marketplace, clock: Clock) -> date:
    """The day that was said, or else a week from today.

    Raises:
        InvalidInputError: It is not to come.
    """
    today = clock.today(market.zone)
    if given is None:
        return today + READY_AFTER
    if given <= today:
        raise InvalidInputError(
            f"Nothing can be picked up on {given}: in {market.code} today is {today}.",
            field="ready_on",
            next_step=f"Name a day from {today + timedelta(days=1)} on, or leave ready_on out.",
        )
    return given


def ready_from(day: date, market: Marketplace, clock: Clock) -> datetime:
    """When that day begins there; tomorrow's beginning, if it is over by now."""
    tomorrow = clock.today(market.zone) + timedelta(days=1)
    return day_start(max(day, tomorrow), market.zone)


_made = table(
    "changes",
    *(column(one, Text()) for one in ("id", "tool")),
    *(column(one, JSONB()) for one in ("after", "receipt", "last_verdict")),
    schema="app",
)
_PLAN = bindparam("plan", type_=Text())
READY_ON = Query(
    select(_made.c.after["ready_on"].astext)
    .where(
        _made.c.tool == literal("create_inbound_plan", Text),
        or_(
            _made.c.receipt["answer"]["inboundPlanId"].astext == _PLAN,
            _made.c.last_verdict["live"]["plan"].astext == _PLAN,
        ),
    )
    .limit(1)
)


async def ready_on_of(plan_id: str, db: ReadSession) -> date | None:
    """The day that a plan which was made here was made for."""
    rows = await db.rows(READY_ON, plan=plan_id)
    return date.fromisoformat(rows[0][0]) if rows else None


def ways_wanted(placement_id: str, shipments: Iterable[str], ready_at: datetime) -> dict[str, Any]:
    """What Amazon wants to know before it works out ways to send the shipments of a placement."""
    window = {"start": f"{ready_at:%Y-%m-%dT%H:%MZ}"}
    return {
        "placementOptionId": placement_id,
        "shipmentTransportationConfigurations": [
            {"shipmentId": one, "readyToShipWindow": window} for one in shipments
        ],
    }
