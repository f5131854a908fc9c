"""An inbound plan as it stands at Amazon: its state, what is offered for it, how a write to it ended.

All of it comes from outside; ids and amounts are kept as text, Amazon's sentences as
data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_UP, Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import Field

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError, InvalidInputError
from stockroom.core.marketplaces import MARKETPLACES, Marketplace
from stockroom.core.text import plain, quoted
from stockroom.spec.change import Cost
from stockroom.tools.listing_patch import objects
from stockroom.tools.offer import decimals
from stockroom.tools.offer import spelled as plainly

PlanArgument = Annotated[
    str, Field(description="Amazon's plan id.", max_length=60, pattern=r"^[\w-]+$")
]
_NOT_FOUND = 404
_LONGEST = 200
_CURRENCIES = {market.currency for market in MARKETPLACES.values()}
_MOST_PROBLEMS = 100
_ID = re.compile(r"[\w-]{1,60}", re.ASCII)
"""What Amazon's ids are made of; anything else never gets into a sentence of ours."""


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
        shipments: How many shipments it makes.
        fee: What Amazon asks for it, if anything.
        discount: What Amazon takes off its later fees for it, if anything.
        expires_at: Until when it can be chosen, if Amazon says.
    """

    id: str
    status: str
    shipments: int
    fee: Cost | None
    discount: Cost | None
    expires_at: datetime | None

    def facts(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "option": self.id,
            "status": self.status,
            "shipments": self.shipments,
            "fee": spelled(self.fee),
            "discount": spelled(self.discount),
            "expires_at": self.expires_at and self.expires_at.isoformat(timespec="seconds"),
        }

    def told(self) -> str:
        """One line for a person or a model; ids and figures only."""
        return f"{self.id} ({self.shipments} shipments, fee {spelled(self.fee) or 'none'})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a write goes or went.

    Args:
        status: ``IN_PROGRESS``, ``SUCCESS`` or ``FAILED``.
        problems: Amazon's errors and warnings, as data.
    """

    status: str
    problems: tuple[str, ...]


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


def check_active(plan: Plan) -> None:
    """Refuse a plan that can no longer be changed.

    Raises:
        InvalidInputError: It was cancelled, sent, or never came about.
    """
    if plan.status != "ACTIVE":
        raise InvalidInputError(
            f"Plan {plan.id} can no longer be changed: it is {plan.status}.",
            field="plan",
            next_step="Make a new one with create_inbound_plan if units are to be sent.",
        )


async def placements(amazon: SellingPartner, plan_id: str) -> list[Placement]:
    """What is on offer for a plan; nothing before Amazon worked it out."""
    return [
        _placement(row)
        for row in await amazon.placement_options(plan_id)
        if _ID.fullmatch(str(row.get("placementOptionId")))
    ]


async def outcome(amazon: SellingPartner, operation_id: str) -> Outcome:
    """How a write goes or went."""
    body = (await amazon.inbound_operation(operation_id)).body
    return Outcome(
        status=plain(str(body.get("operationStatus")), 40),
        problems=problems_of(body.get("operationProblems")),
    )


def problems_of(found: Any) -> tuple[str, ...]:
    """Amazon's problems, the errors first, one sentence each: data."""
    ordered = sorted(objects(found), key=lambda one: one.get("severity") != "ERROR")
    return tuple(
        plain(f"{one.get('severity')} {one.get('code')}: {one.get('message')}", _LONGEST)
        for one in ordered[:_MOST_PROBLEMS]
    )


def said(refusal: AmazonRefusedError) -> tuple[str, ...]:
    """What Amazon said when it refused, as data."""
    return quoted(refusal.amazon_says)


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


def moment(text: Any) -> datetime | None:
    """An instant of Amazon's, in UTC; None where there is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


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
        shipments=len(ids) if isinstance(ids, list) else 0,
        fee=total(one.get("value") for one in objects(row.get("fees"))),
        discount=total((one.get("value") for one in objects(row.get("discounts"))), ROUND_DOWN),
        expires_at=moment(row.get("expiration")),
    )
