"""An inbound plan as it stands at Amazon: its state, its shipments, how it can be split.

All of it comes from outside; ids and amounts are kept as text, words as data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_UP, Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError, InvalidInputError
from stockroom.core.marketplaces import MARKETPLACES, Marketplace
from stockroom.core.text import plain
from stockroom.spec.change import Cost
from stockroom.spec.tool import Ground
from stockroom.tools.listing_patch import objects
from stockroom.tools.offer import decimals
from stockroom.tools.offer import spelled as plainly
from stockroom.tools.own_market import MarketArgument, own_market

PlanArgument = Annotated[
    str, Field(description="Amazon's plan id.", max_length=60, pattern=r"^[\w-]+$")
]
_NOT_FOUND = 404
_CURRENCIES = {market.currency for market in MARKETPLACES.values()}
_ID = re.compile(r"[\w-]{1,60}", re.ASCII)
"""What Amazon's ids are made of; anything else never gets into a sentence of ours."""


class PlanArguments(BaseModel):
    """A plan of one marketplace."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    plan: PlanArgument


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, live.

    Args:
        id: Amazon's id.
        status: ``ACTIVE``, ``VOIDED``, ``SHIPPED`` or ``ERRORED``.
        placement: The placement option that was confirmed, if any.
        shipments: Status by shipment id; none before a placement was confirmed.
    """

    id: str
    status: str
    placement: str | None
    shipments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Placement:
    """One way to split a plan, on offer.

    Args:
        id: Amazon's id of the option.
        status: ``OFFERED``, ``ACCEPTED`` or ``EXPIRED``.
        shipment_ids: The shipments it makes.
        fee: What Amazon asks for it, if anything.
        discount: What Amazon takes off its later fees for it, if anything.
        expires_at: Until when it can be chosen, if Amazon says.
    """

    id: str
    status: str
    shipment_ids: tuple[str, ...]
    fee: Cost | None
    discount: Cost | None
    expires_at: datetime | None

    def facts(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "option": self.id,
            "status": self.status,
            "shipments": len(self.shipment_ids),
            "fee": spelled(self.fee),
            "discount": spelled(self.discount),
            "expires_at": written(self.expires_at),
        }

    def can_be_chosen(self, now: datetime) -> bool:
        """Whether it is on offer still."""
        return self.status == "OFFERED" and (self.expires_at is None or now < self.expires_at)

    def told(self) -> str:
        """One line for a person or a model; ids and figures only."""
        return f"{self.id} ({len(self.shipment_ids)} shipments, fee {spelled(self.fee) or 'none'})"


async def read_plan(amazon: SellingPartner, plan_id: str, market: Marketplace) -> Plan:
    """A plan for a marketplace.

    Raises:
        InvalidInputError: The seller has none by that id there.
    """
    try:
        body = (await amazon.inbound_plan(plan_id)).body
    except AmazonRefusedError as refusal:
        if refusal.status != _NOT_FOUND:
            raise
        body = {}
    if market.id not in body.get("marketplaceIds", ()):
        raise InvalidInputError(
            f"There is no inbound plan {plan_id} for {market.code}.",
            field="plan",
            next_step="Take the plan id from changes, once create_inbound_plan was carried out.",
        )
    accepted = (
        one
        for one in objects(body.get("placementOptions"))
        if one.get("status") == "ACCEPTED" and "placementOptionId" in one
    )
    return Plan(
        id=plan_id,
        status=plain(str(body.get("status")), 40),
        placement=next((plain(str(one["placementOptionId"]), 60) for one in accepted), None),
        shipments={
            plain(str(one.get("shipmentId")), 60): plain(str(one.get("status")), 40)
            for one in objects(body.get("shipments"))
        },
    )


async def active_plan(arguments: PlanArguments, ground: Ground) -> tuple[Marketplace, Plan]:
    """The plan that a change is about, and its marketplace.

    Raises:
        InvalidInputError: There is none, or it was cancelled, sent, or never came about.
    """
    market = own_market(arguments.marketplace, ground.account)
    plan = await read_plan(ground.amazon, arguments.plan, market)
    if plan.status != "ACTIVE":
        raise InvalidInputError(
            f"Plan {plan.id} can no longer be changed: it is {plan.status}.",
            field="plan",
            next_step="Make a new one with create_inbound_plan if units are to be sent.",
        )
    return market, plan


async def read_shipments(amazon: SellingPartner, plan: Plan) -> dict[str, Mapping[str, Any]]:
    """The shipments of a plan in Amazon's words, by id."""
    return {one: (await amazon.inbound_shipment(plan.id, one)).body for one in plan.shipments}


def booked_ways(shipments: Mapping[str, Mapping[str, Any]]) -> dict[str, str | None]:
    """The transportation option that was confirmed for each shipment, if any."""
    name = "selectedTransportationOptionId"
    return {one: str(body[name]) if body.get(name) else None for one, body in shipments.items()}


async def placements(amazon: SellingPartner, plan_id: str) -> list[Placement]:
    """What is on offer for a plan; nothing before Amazon worked it out."""
    return [
        _placement(row)
        for row in await amazon.placement_options(plan_id)
        if is_id(row.get("placementOptionId"))
    ]


def is_id(value: Any) -> bool:
    """Whether Amazon could have made it."""
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def total(values: Iterable[Any], rounding: str = ROUND_UP) -> Cost | None:
    """The sum of Amazon's amounts (``{"amount": …, "code": …}``); None when it is nothing.

    What a person agrees to is never less than what Amazon asks: it is rounded up.

    Raises:
        AmazonUnavailableError: They cannot be added up, or are in no currency that we know.
    """
    amounts: dict[str, Decimal] = {}
    try:
        for value in values:
            code = str(value["code"])
            amounts[code] = amounts.get(code, Decimal(0)) + Decimal(str(value["amount"]))
        owed = {code: amount for code, amount in amounts.items() if amount}
        if len(owed) > 1 or not owed.keys() <= _CURRENCIES or any(a < 0 for a in owed.values()):
            raise _no_sum()
        for code, amount in owed.items():
            smallest = Decimal(1).scaleb(-decimals(code))
            return Cost(plainly(amount.quantize(smallest, rounding), code), code)
    except (KeyError, TypeError, InvalidOperation):  # infinite and absurd ones cannot be rounded
        raise _no_sum() from None
    return None


def spelled(cost: Cost | None) -> str | None:
    """``12.30 USD``."""
    return None if cost is None else f"{cost.amount} {cost.currency}"


def spending(cost: Cost | None, market: Marketplace) -> dict[str, str]:
    """The measures of what a change spends."""
    if cost is None:
        return {"cost": "0", "currency": market.currency}
    return {"cost": cost.amount, "currency": cost.currency}


def moment(text: Any) -> datetime | None:
    """An instant of Amazon's, in UTC; None where there is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def written(at: datetime | None) -> str | None:
    """``2026-11-21T08:45:00+00:00``."""
    return None if at is None else at.isoformat(timespec="seconds")


def _no_sum() -> AmazonUnavailableError:
    return AmazonUnavailableError(
        "Amazon's fees cannot be added up: an amount is missing, or they are in several currencies or in an unknown one.",
        status=200,
        next_step="Look at the plan in Seller Central.",
    )


def _placement(row: Mapping[str, Any]) -> Placement:
    ids = row.get("shipmentIds")
    return Placement(
        id=str(row["placementOptionId"]),
        status=plain(str(row.get("status")), 40),
        shipment_ids=tuple(str(one) for one in ids) if isinstance(ids, list) else (),
        fee=total(one.get("value") for one in objects(row.get("fees"))),
        discount=total((one.get("value") for one in objects(row.get("discounts"))), ROUND_DOWN),
        expires_at=moment(row.get("expiration")),
    )
