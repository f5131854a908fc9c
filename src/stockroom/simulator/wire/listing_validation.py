"""What Amazon finds wrong with a listing patch.

Facts 2.8: malformed input is a 400; a well-formed patch that cannot be taken is
HTTP 200 with status INVALID and the issues that say why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.wire.attribute_faults import attribute_faults
from stockroom.simulator.wire.listing_attributes import (
    CHANNEL_CODES,
    MERCHANT,
    PREFIX,
    SELECTORS,
    Entry,
    patched,
    slots,
)
from stockroom.simulator.wire.listing_items import Listing
from stockroom.simulator.wire.product_attributes import ANY_PRODUCT
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.times import read_time

OPERATIONS = ("add", "replace", "merge", "delete")
SALES_TERMS = frozenset({"fulfillment_availability", "list_price", "purchasable_offer"})
"""Top-level attributes of every product type that have a form of their own."""
PRICE_PARTS = (
    "our_price",
    "discounted_price",
    "minimum_seller_allowed_price",
    "maximum_seller_allowed_price",
)
ABSURD_PRICE = 100_000

Issue = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PatchRequest:
    """A well-formed patch body."""

    product_type: str
    patches: tuple[Mapping[str, Any], ...]


def read_patch(body: Mapping[str, Any]) -> PatchRequest:
    """The body as patches.

    Raises:
        InvalidInputError: It is malformed: Amazon's 400.
    """
    patches = body.get("patches")
    if not isinstance(patches, list) or not patches:
        raise invalid("patches must be a list of at least one operation.")
    for patch in patches:
        _check_form(patch)
    product_type = body.get("productType")
    return PatchRequest(product_type if isinstance(product_type, str) else "", tuple(patches))


def find_issues(request: PatchRequest, listings: Sequence[Listing]) -> Iterator[Issue]:
    """Everything that makes the patch INVALID for the listings it is meant for."""
    if not request.product_type:
        yield _issue("90220", "'productType' is required but not supplied.", "product_type")
    for one in listings:
        if request.product_type not in {"", ANY_PRODUCT, one.state.product_type}:
            message = f"The product type of this SKU is {one.state.product_type}."
            yield _issue("90000900", message, "product_type", one.market)
        for patch in request.patches:
            name = patch["path"].removeprefix(PREFIX)
            if name not in SALES_TERMS:
                for code, message in attribute_faults(name, patch, one):
                    yield _issue(code, message, name, one.market)
        yield from _offer_issues(request, one)


def objection_to(request: PatchRequest) -> Issue:
    """What Amazon holds against a patch of which the preview knew nothing."""
    names = [patch["path"].removeprefix(PREFIX) for patch in request.patches]
    issue = _issue("8560", "The value conflicts with the Amazon catalog.", names[0])
    return {**issue, "attributeNames": names}


def _check_form(patch: Any) -> None:
    if not isinstance(patch, dict) or patch.get("op") not in OPERATIONS:
        raise invalid(f"Every patch needs an op of {', '.join(OPERATIONS)}.")
    path = patch.get("path")
    # Facts 2.8: only top-level attributes may be addressed.
    if not isinstance(path, str) or not path.startswith(PREFIX) or "/" in path[len(PREFIX) :]:
        raise invalid("path must be /attributes/ and the name of a top-level attribute.")
    value = patch.get("value", [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise invalid("value must be a list of objects.")
    if not all(isinstance(entry.get(name, ""), str) for entry in value for name in SELECTORS):
        raise invalid(f"{', '.join(SELECTORS)} must be strings.")
    if not value and patch["op"] != "delete":
        raise invalid(f"value is required for op {patch['op']}.")


def _offer_issues(request: PatchRequest, one: Listing) -> Iterator[Issue]:
    """Written entries are checked as written, then the offer as it would stand."""
    attributes = one.attributes
    touched = False
    for patch in request.patches:
        if patch["path"] == f"{PREFIX}purchasable_offer":
            touched = True
            for entry in patch.get("value", []):
                yield from _entry_issues(entry, one.market)
            attributes = patched(attributes, patch, one.market)
        if patch["path"] == f"{PREFIX}fulfillment_availability":
            yield from _availability_issues(patch.get("value", []), one.market)
    if touched:
        for entry in attributes.get("purchasable_offer", []):
            yield from _limit_issues(entry, one.market)


def _entry_issues(entry: Entry, market: Marketplace) -> Iterator[Issue]:
    if entry.get("marketplace_id", market.id) != market.id:
        return  # meant for another marketplace of the same request
    if entry.get("currency") != market.currency:
        message = f"The currency of this store is {market.currency}."
        yield _issue("90000900", message, "purchasable_offer", market)
    for part in PRICE_PARTS:
        if part in entry and not _is_priced(entry, part):
            message = f"'{part}' must be a schedule of prices above 0 and below {ABSURD_PRICE}."
            yield _issue("90000900", message, "purchasable_offer", market, "INVALID_PRICE")


def _is_priced(entry: Entry, part: str) -> bool:
    """Whether every slot has a usable price and usable times; nothing else is ever stored."""
    try:
        found = list(slots(entry, part))
        return (
            bool(found)
            and all(_is_price(slot["value_with_tax"]) for slot in found)
            and all(
                read_time(slot[name], name)
                for slot in found
                for name in ("start_at", "end_at")
                if name in slot
            )
        )
    except (AttributeError, KeyError, TypeError, InvalidInputError):
        return False  # not even the shape of a schedule


def _is_price(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < value < ABSURD_PRICE and round(value, 2) == value


def _limit_issues(entry: Entry, market: Marketplace) -> Iterator[Issue]:
    parts = ("our_price", "minimum_seller_allowed_price", "maximum_seller_allowed_price")
    if not all(_is_priced(entry, part) for part in parts if part in entry):
        return  # said already
    price, lowest, highest = (
        next((slot["value_with_tax"] for slot in slots(entry, part)), None) for part in parts
    )
    if price is not None and lowest is not None and price < lowest:
        message = "The 'minimum price' is greater than the selling price for the listing."
        yield _issue("18155", message, "purchasable_offer", market, "INVALID_PRICE")
    if price is not None and highest is not None and price > highest:
        message = "The 'maximum price' is less than the selling price for the listing."
        yield _issue("18156", message, "purchasable_offer", market, "INVALID_PRICE")


def _availability_issues(entries: Sequence[Entry], market: Marketplace) -> Iterator[Issue]:
    for entry in entries:
        quantity = entry.get("quantity", 0)
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 0:
            message = "'quantity' must be a whole number of at least 0."
            yield _issue("90000900", message, "fulfillment_availability", market)
        if entry.get("fulfillment_channel_code") not in {MERCHANT, CHANNEL_CODES[market.region]}:
            message = "'fulfillment_channel_code' is not a channel of this store."
            yield _issue("90000900", message, "fulfillment_availability", market)


def _issue(
    code: str,
    message: str,
    attribute: str,
    market: Marketplace | None = None,
    category: str | None = None,
) -> Issue:
    kind = category or ("MISSING_ATTRIBUTE" if code == "90220" else "INVALID_ATTRIBUTE")
    issue = {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": [kind],
    }
    return issue if market is None else {**issue, "marketplaceIds": [market.id]}
