"""What a merchant offers from his own shelf, as it stands in a listing's attributes.

Writing a quantity for the channel ``DEFAULT`` to a SKU that Amazon fulfils would take it
out of Amazon's hands. So a quantity is only ever changed where the merchant has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.tools.listing_patch import objects
from stockroom.tools.live_listing import Entry, LiveListing, Trouble, read_listing

AVAILABILITY = "fulfillment_availability"
MERCHANT = "DEFAULT"
_CHANNEL = "fulfillment_channel_code"
_AMAZON = "AMAZON"


@dataclass(frozen=True, slots=True)
class Availability:
    """One SKU's own stock in one marketplace, live.

    Args:
        product_type: Amazon's product type; every patch must name it.
        entry: The merchant's entry, as Amazon keeps it.
        trouble: What Amazon holds against it now.
        request_id: Under which Amazon gave the answer.
    """

    product_type: str
    entry: Entry
    trouble: Trouble
    request_id: str

    @property
    def quantity(self) -> int | None:
        """Units on offer; None where none is said (e.g. always available)."""
        quantity = self.entry.get("quantity")
        whole = isinstance(quantity, int) and not isinstance(quantity, bool)
        return quantity if whole else None

    def with_quantity(self, quantity: int) -> dict[str, Any]:
        """The entry, complete, with another quantity and all else (lead time …) as it was."""
        return {**deepcopy(dict(self.entry)), "quantity": quantity}


async def read_availability(amazon: SellingPartner, sku: str, market: Marketplace) -> Availability:
    """Ask Amazon what the merchant offers.

    Raises:
        NotFoundError: The seller has no such listing there.
        InvalidInputError: Amazon fulfils it, or it has no single quantity of the merchant's.
        AmazonError: Amazon answered otherwise.
    """
    listing = await read_listing(amazon, sku, market)
    entries = listing.entries(AVAILABILITY)
    channels = {str(entry.get(_CHANNEL)) for entry in entries} | _channels_shown(listing)
    if any(channel.startswith(_AMAZON) for channel in channels):
        raise InvalidInputError(
            f"This SKU is fulfilled by Amazon in {market.code}: setting a quantity would switch it "
            "to merchant fulfilment.",
            field="sku",
            next_step="Send units with create_inbound_plan; switch the fulfilment in Seller Central.",
        )
    if len(entries) != 1 or channels != {MERCHANT}:
        raise InvalidInputError(
            f"This SKU has no single quantity of the merchant's in {market.code}.",
            field="sku",
            next_step="Call listings to see how it is fulfilled; quantities per location are set in "
            "Seller Central.",
        )
    trouble = listing.trouble({AVAILABILITY})
    return Availability(listing.product_type, entries[0], trouble, listing.request_id)


def _channels_shown(listing: LiveListing) -> set[str]:
    """The channels that Amazon's other account of it names."""
    told: Mapping[str, Any] = listing.body
    shown = objects(told.get("fulfillmentAvailability"))
    return {str(one.get("fulfillmentChannelCode")) for one in shown}
