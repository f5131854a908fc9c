"""A listing's attributes: from the world's state, and after patches.

Facts 2.8: ``replace`` drops what it does not repeat (the sale price, the limits,
the business offer); ``merge`` keeps entries and parts that it does not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from stockroom.core.marketplaces import MARKETPLACES, Marketplace, Region
from stockroom.simulator.wire.sellers import LANGUAGES
from stockroom.simulator.wire.times import read_time, zulu_time
from stockroom.simulator.world import ListingState

Entry = dict[str, Any]
Attributes = dict[str, list[Entry]]

CHANNEL_CODES = {Region.NA: "AMAZON_NA", Region.EU: "AMAZON_EU", Region.FE: "AMAZON_JP"}
MERCHANT = "DEFAULT"
PREFIX = "/attributes/"

SELECTORS = ("marketplace_id", "language_tag", "audience", "fulfillment_channel_code")
_DEFAULTS = {"audience": "ALL"}
_PRAISE = ("Made for every day", "Packed without plastic", "Two years of spare parts")


def attributes_of(state: ListingState) -> Attributes:
    """The attributes of one listing as the world has it."""
    market = MARKETPLACES[state.marketplace]
    here = {"marketplace_id": market.id}
    named = {"value": state.title, "language_tag": LANGUAGES[market.code]}
    return {
        "item_name": [named | here],
        "bullet_point": [{**named, "value": text} | here for text in _PRAISE],
        "number_of_items": [{"value": 1} | here],
        "condition_type": [{"value": "new_new"} | here],
        "merchant_suggested_asin": [{"value": state.asin} | here],
        "purchasable_offer": list(_offers(state, market)),
        "fulfillment_availability": [_availability(state, market)],
    }


def patched(attributes: Attributes, patch: Mapping[str, Any], market: Marketplace) -> Attributes:
    """The attributes after one patch, as far as it concerns ``market``."""
    name = patch["path"].removeprefix(PREFIX)
    given = [
        entry
        for entry in patch.get("value", ())
        if entry.get("marketplace_id", market.id) == market.id
    ]
    present = attributes.get(name, [])
    match patch["op"]:
        case "merge":
            after = _merged(present, given)
        case "delete":
            gone = {_selector(entry) for entry in given}
            after = [one for one in present if given and _selector(one) not in gone]
        case _:  # Amazon describes add and replace alike: the property is what is given
            after = given
    others = {key: entries for key, entries in attributes.items() if key != name}
    return {**others, name: after} if after else others


def sold_down(attributes: Attributes, had: int | None, has: int | None) -> Attributes:
    """The merchant's quantity after the orders since it was set; restocking is the seller's to say.

    Args:
        attributes: With the quantity as it was set.
        had: Units the merchant had then.
        has: Units the merchant has now.
    """
    sold = max(0, (had or 0) - (has or 0))
    entries = [
        {**entry, "quantity": max(0, entry["quantity"] - sold)} if "quantity" in entry else entry
        for entry in attributes.get("fulfillment_availability", [])
    ]
    return {**attributes, "fulfillment_availability": entries} if entries else attributes


def slots(entry: Entry, part: str) -> Iterator[Entry]:
    """The priced time slots in ``part`` of an offer entry; none if it is absent."""
    for price in entry.get(part) or ():
        yield from price["schedule"]


def current_price(entry: Entry, now: datetime) -> float | None:
    """What a buyer pays: the sale price while it runs, else the price."""
    for slot in slots(entry, "discounted_price"):
        if _begun(slot, now) and not _over(slot, now):
            return float(slot["value_with_tax"])
    for slot in slots(entry, "our_price"):
        return float(slot["value_with_tax"])
    return None


def _begun(slot: Entry, now: datetime) -> bool:
    return "start_at" not in slot or read_time(slot["start_at"], "start_at") <= now


def _over(slot: Entry, now: datetime) -> bool:
    return "end_at" in slot and read_time(slot["end_at"], "end_at") <= now


def _merged(present: Iterable[Entry], given: Iterable[Entry]) -> list[Entry]:
    after = {_selector(entry): entry for entry in present}
    for entry in given:
        key = _selector(entry)
        after[key] = {**after.get(key, {}), **entry}
    return list(after.values())


def _selector(entry: Entry) -> tuple[Any, ...]:
    return tuple(entry.get(name, _DEFAULTS.get(name)) for name in SELECTORS)


def _offers(state: ListingState, market: Marketplace) -> Iterable[Entry]:
    base = {"marketplace_id": market.id, "currency": state.currency}
    offer: Entry = {**base, "audience": "ALL", "our_price": _schedule(state.price)}
    if state.sale_price is not None and state.sale_start and state.sale_end:
        offer["discounted_price"] = _schedule(
            state.sale_price,
            start_at=zulu_time(state.sale_start),
            end_at=zulu_time(state.sale_end),
        )
    if state.minimum_price is not None:
        offer["minimum_seller_allowed_price"] = _schedule(state.minimum_price)
    if state.maximum_price is not None:
        offer["maximum_seller_allowed_price"] = _schedule(state.maximum_price)
    yield offer
    if state.business_price is not None:
        yield {**base, "audience": "B2B", "our_price": _schedule(state.business_price)}


def _schedule(price: Decimal, **when: str) -> list[Entry]:
    return [{"schedule": [{**when, "value_with_tax": float(price)}]}]


def _availability(state: ListingState, market: Marketplace) -> Entry:
    if state.channel == "FBA":
        return {"fulfillment_channel_code": CHANNEL_CODES[market.region]}
    return {
        "fulfillment_channel_code": MERCHANT,
        "quantity": state.merchant_quantity or 0,
        "lead_time_to_ship_max_days": 2,
    }
