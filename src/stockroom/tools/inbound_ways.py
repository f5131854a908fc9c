"""How the shipments of a plan can travel: what Amazon offers per shipment, read as data.

A partner of Amazon's quotes, for a while; the seller's own carriers quote nothing here.
A quote that cannot be read is no quote: such a way is told, and never taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import AmazonUnavailableError
from stockroom.core.text import plain
from stockroom.spec.change import Cost
from stockroom.tools.inbound_plan import is_id, moment, spelled, total, written

NEEDS_WINDOW = "CONFIRMED_DELIVERY_WINDOW"
_PARTNERED = "AMAZON_PARTNERED_CARRIER"
_VOID_HOURS = {"GROUND_SMALL_PARCEL": 24, "FREIGHT_LTL": 1}
"""How long Amazon takes a booking of its partner back free of charge, by mode."""
_LONGEST = 40
_MOST_PRECONDITIONS = 5
_PARTNERS = 4
"""Ways of Amazon's partners that are told of one shipment, the cheapest."""
_SHORTLY = frozenset({"option", "carrier", "mode", "solution", "quote"})
"""What is told of an own carrier, and besides only what it needs."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send one shipment.

    Args:
        id: Amazon's id of the option.
        shipment: The shipment it is for.
        carrier: Who carries it, if Amazon says.
        mode: E.g. ``GROUND_SMALL_PARCEL``.
        solution: ``AMAZON_PARTNERED_CARRIER`` or ``USE_YOUR_OWN_CARRIER``.
        fee: What Amazon asks for it, if anything.
        told: Whether Amazon says what it asks; own carriers settle with the seller.
        valid_until: Until when the quote holds, if Amazon says.
        voidable_until: Until when the booking can be taken back for nothing, if Amazon says.
        preconditions: What must be there before it can be taken.
    """

    id: str
    shipment: str
    carrier: str
    mode: str
    solution: str
    fee: Cost | None
    told: bool
    valid_until: datetime | None
    voidable_until: datetime | None
    preconditions: tuple[str, ...]

    @property
    def partnered(self) -> bool:
        """Whether a partner of Amazon's carries it, at Amazon's price."""
        return self.solution == _PARTNERED

    @property
    def void_hours(self) -> int | None:
        """How long a booking is free to cancel by Amazon's rule; None: nothing is booked, or no rule."""
        return _VOID_HOURS.get(self.mode) if self.partnered else None

    def holds(self, now: datetime) -> bool:
        """Whether it can be taken as it is told: its price is known and not over."""
        return self.told and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether its quote has expired."""
        return self.valid_until is not None and now >= self.valid_until

    def facts(self) -> dict[str, Any]:
        """JSON values; all that an agreement to it rests on."""
        return {
            "option": self.id,
            "carrier": self.carrier,
            "mode": self.mode,
            "solution": self.solution,
            "quote": spelled(self.fee),
            "valid_until": written(self.valid_until),
            "preconditions": list(self.preconditions),
        }

    def shortly(self) -> dict[str, Any]:
        """Of :meth:`facts` what there is to say of an own carrier: there can be dozens of them."""
        return {name: fact for name, fact in self.facts().items() if name in _SHORTLY or fact}

    def brief(self) -> str:
        """A few words for a person or a model; ids and figures only."""
        whose = "Amazon's partner" if self.partnered else "own carrier"
        return f"{self.id} ({whose}, {spelled(self.fee) or 'no fee'})"


async def ways(amazon: SellingPartner, plan_id: str, placement_id: str) -> list[Way]:
    """What is offered for the shipments of a placement; nothing before Amazon worked it out."""
    return [
        _way(row)
        for row in await amazon.transportation_options(plan_id, placement_id)
        if is_id(row.get("transportationOptionId")) and is_id(row.get("shipmentId"))
    ]


def by_shipment(found: Iterable[Way], own: int) -> list[dict[str, Any]]:
    """The ways told per shipment: the partners' cheapest, then so many of the seller's own carriers."""
    grouped: dict[str, list[Way]] = {}
    for one in found:
        grouped.setdefault(one.shipment, []).append(one)
    return [{"shipment": shipment, **_told(ways, own)} for shipment, ways in grouped.items()]


def best_first(found: Iterable[Way]) -> list[Way]:
    """A partner's before own carriers, the cheapest first."""
    return sorted(found, key=_rank)


def _told(found: Sequence[Way], own: int) -> dict[str, Any]:
    ranked = best_first(found)
    partners = [one.facts() for one in ranked if one.partnered][:_PARTNERS]
    carriers = [one.shortly() for one in ranked if not one.partnered][:own]
    options = [*partners, *carriers]
    return {"options": options, "more": len(ranked) - len(options)}


def added(found: Iterable[Way]) -> Cost | None:
    """What Amazon asks for all of them; None when it is nothing.

    Raises:
        AmazonUnavailableError: They are in several currencies.
    """
    fees = [one.fee for one in found if one.fee]
    return total({"amount": fee.amount, "code": fee.currency} for fee in fees)


def _rank(one: Way) -> tuple[bool, bool, Decimal]:
    return not one.partnered, not one.told, Decimal(one.fee.amount if one.fee else 0)


def _way(row: Mapping[str, Any]) -> Way:
    solution, quote = plain(str(row.get("shippingSolution")), _LONGEST), row.get("quote")
    said = quote if isinstance(quote, Mapping) else {}
    fee, told = _fee(said) if said or solution == _PARTNERED else (None, True)
    carrier = row.get("carrier")
    needed = row.get("preconditions")
    return Way(
        id=row["transportationOptionId"],
        shipment=row["shipmentId"],
        carrier=plain(str(carrier.get("name") or ""), _LONGEST)
        if isinstance(carrier, Mapping)
        else "",
        mode=plain(str(row.get("shippingMode")), _LONGEST),
        solution=solution,
        fee=fee,
        told=told,
        valid_until=moment(said.get("expiration")),
        voidable_until=moment(said.get("voidableUntil")),
        preconditions=tuple(plain(str(one), _LONGEST) for one in needed[:_MOST_PRECONDITIONS])
        if isinstance(needed, list)
        else (),
    )


def _fee(quote: Mapping[str, Any]) -> tuple[Cost | None, bool]:
    try:
        return total([quote["cost"]]), True
    except (KeyError, AmazonUnavailableError):
        return None, False
