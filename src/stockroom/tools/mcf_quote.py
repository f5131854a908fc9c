"""What Amazon tells of a multi-channel order: what it would cost, and how it stands.

All of it comes from outside. An order that stands names its recipient: that is left where
it is, only status and units are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError, InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain, quoted
from stockroom.spec.change import Cost
from stockroom.tools.inbound_plan import total
from stockroom.tools.listing_patch import objects
from stockroom.tools.mcf_order import Item, Recipient

STOPPABLE = frozenset({"New", "Received", "Planning"})
"""Statuses in which Amazon still cancels an order: nothing was picked."""
_MOST_NAMED = 20
_SKU_LENGTH = 60
"""Longer than any SKU that can be ordered."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What Amazon says an order would be.

    Args:
        fee: What it asks in all; None where it says nothing beforehand.
        fees: The parts of it, by Amazon's name for them.
        shipments: Units and days of each parcel.
        missing: What cannot be sent: ``{"sku": …, "units": …, "reasons": […]}``, Amazon's words.
        whole: Amazon calls the order fulfillable as it was asked for.
        objections: Amazon's reasons why the order as a whole is not: data.
    """

    fee: Cost | None
    fees: Mapping[str, str]
    shipments: Sequence[Mapping[str, Any]]
    missing: Sequence[Mapping[str, Any]]
    whole: bool
    objections: Sequence[str]

    @property
    def units(self) -> int:
        """Units that would be sent."""
        return sum(self.by_sku.values())

    @property
    def by_sku(self) -> Counter[str]:
        """The same per SKU."""
        found = Counter[str]()
        for one in self.shipments:
            for item in one["items"]:
                found[item["sku"]] += item["units"]
        return found

    def told_missing(self) -> Iterator[str]:
        """A line for each item that cannot be sent, and for each objection to the whole: data."""
        for one in self.missing[:_MOST_NAMED]:
            yield f"{one['sku']}: {one['units']} units ({', '.join(one['reasons']) or 'no reason given'})"
        yield from self.objections[:_MOST_NAMED]


@dataclass(frozen=True, slots=True)
class Standing:
    """An order, live.

    Args:
        market_id: Amazon's id of its marketplace.
        status: In Amazon's words, e.g. ``Planning``.
        parcels: Of each: status and units.
    """

    market_id: str
    status: str
    parcels: Sequence[Mapping[str, Any]]


async def read_quote(
    amazon: SellingPartner,
    market: Marketplace,
    recipient: Recipient,
    items: Sequence[Mapping[str, Any]],
    speed: str,
) -> Quote:
    """Ask Amazon what an order would cost and how it would be sent.

    Raises:
        InvalidInputError: Amazon does not send at this speed there.
    """
    body = {
        "marketplaceId": market.id,
        "address": recipient.sent(),
        "items": list(items),
        "shippingSpeedCategories": [speed],
    }
    answer = await amazon.mcf_preview(body)
    payload = answer.body.get("payload")
    offered = objects(payload.get("fulfillmentPreviews") if isinstance(payload, dict) else None)
    row = next((one for one in offered if one.get("shippingSpeedCategory") == speed), None)
    if row is None:
        raise InvalidInputError(
            f"Amazon does not offer {speed} for this order.",
            field="speed",
            next_step="Try another speed: Standard, Expedited or Priority.",
        )
    return _quote(row)


async def read_standing(amazon: SellingPartner, order_id: str) -> Standing | None:
    """An order as it stands; None when Amazon knows none by that id."""
    try:
        body = (await amazon.mcf_order(order_id)).body
    except AmazonRefusedError as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:  # that says nothing about the order
            raise
        return None
    payload = body.get("payload")
    whole = payload if isinstance(payload, dict) else {}
    order = whole.get("fulfillmentOrder")
    if not isinstance(order, dict) or "fulfillmentOrderStatus" not in order:
        raise AmazonUnavailableError(
            "Amazon's answer does not say how the order stands.",
            status=200,
            next_step="Ask changes again later.",
        )
    return Standing(
        market_id=str(order.get("marketplaceId")),
        status=plain(str(order["fulfillmentOrderStatus"]), 40),
        parcels=[
            {
                "status": plain(str(one.get("fulfillmentShipmentStatus")), 40),
                "items": _units(one.get("fulfillmentShipmentItem")),
            }
            for one in objects(whole.get("fulfillmentShipments"))
        ],
    )


def check_sendable(quote: Quote, items: Sequence[Item], *, partly: bool) -> None:
    """Refuse what Amazon would not send as asked.

    Each SKU is counted alone: one may be over by what another lacks.

    Args:
        quote: What Amazon says it would send.
        items: What is asked for.
        partly: A part of it will do.

    Raises:
        AmazonRefusedError: It would not send that, or does not say that it would.
    """
    wanted = {plain(item.sku, _SKU_LENGTH): item.units for item in items}
    offered = quote.by_sku
    beyond = [sku for sku in offered if offered[sku] > wanted.get(sku, 0)]
    short = [sku for sku in wanted if offered[sku] < wanted[sku]]
    if not beyond and ((quote.whole and not short) or (partly and quote.units)):
        return
    told = [f"{sku}: {offered[sku]} of {wanted.get(sku, 0)}" for sku in (*short, *beyond)]
    named = ", ".join(told[:_MOST_NAMED]) or "it does not call the order fulfillable"
    raise AmazonRefusedError(
        f"Amazon can send {quote.units} of the {sum(wanted.values())} units ({plain(named, 400)}).",
        amazon_says=quoted(quote.told_missing()),
        next_step="Ask for fewer units, leave out what amazon_says names, or set allow_partial."
        if quote.units
        else "Call stock to see what is sellable in this marketplace.",
    )


def _quote(row: Mapping[str, Any]) -> Quote:
    fees = list(objects(row.get("estimatedFees")))
    return Quote(
        fee=total(_amount(one) for one in fees),
        fees={
            plain(str(one.get("name")), 40): " ".join(map(plain, _amount(one).values()))
            for one in fees
        },
        shipments=[
            {
                "items": _units(one.get("fulfillmentPreviewItems")),
                "ships_by": plain(str(one.get("latestShipDate")), 40),
                "arrives_by": plain(str(one.get("latestArrivalDate")), 40),
            }
            for one in objects(row.get("fulfillmentPreviewShipments"))
        ],
        missing=[
            {
                **one,
                "reasons": _words(reasons),
            }
            for one, reasons in _missing(row)
        ],
        whole=row.get("isFulfillable") is True,
        objections=_words(row.get("orderUnfulfillableReasons")),
    )


def _missing(row: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    for found in objects(row.get("unfulfillablePreviewItems")):
        yield _units([found])[0], found.get("itemUnfulfillableReasons")


def _words(reasons: Any) -> list[str]:
    return [plain(str(one), 60) for one in reasons] if isinstance(reasons, list) else []


def _units(rows: Any) -> list[dict[str, Any]]:
    try:
        return [
            {"sku": plain(str(one["sellerSku"]), _SKU_LENGTH), "units": int(one["quantity"])}
            for one in objects(rows)
        ]
    except (KeyError, TypeError, ValueError):
        raise AmazonUnavailableError(
            "Amazon's answer about this order names no units.",
            status=200,
            next_step="Try again later.",
        ) from None


def _amount(fee: Mapping[str, Any]) -> dict[str, str]:
    amount = fee.get("amount")
    money = amount if isinstance(amount, dict) else {}
    return {"amount": str(money.get("value")), "code": str(money.get("currencyCode"))}
