"""A multi-channel order as it is asked for: what goes in, and whom it is for.

The recipient is a person. Their address goes into the call and nowhere else: what is
shown and kept of it is the country and the first two signs of the postal code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from stockroom.core.errors import InvalidInputError
from stockroom.core.text import plain
from stockroom.spec.personal import PERSONAL
from stockroom.tools.own_market import MarketArgument

MOST_UNITS = 250
"""In one order."""
_ITEMS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "units": {"type": "integer"}},
    },
}


class Item(BaseModel):
    """Units of one SKU."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f]+$")]
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)]

    def facts(self) -> dict[str, Any]:
        """JSON values."""
        return {"sku": self.sku, "units": self.units}


class Recipient(BaseModel):
    """Whom the parcels are for, as Amazon wants to know it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=50)]
    line1: Annotated[str, Field(min_length=1, max_length=60)]
    line2: Annotated[str | None, Field(max_length=60)] = None
    line3: Annotated[str | None, Field(max_length=60)] = None
    city: Annotated[str | None, Field(max_length=50)] = None
    district: Annotated[str | None, Field(max_length=50)] = None
    state: Annotated[str | None, Field(max_length=50)] = None
    postal_code: Annotated[str, Field(min_length=1, max_length=20)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    phone: Annotated[str | None, Field(max_length=20)] = None

    def sent(self) -> dict[str, str]:
        """In Amazon's words."""
        told = {
            "name": self.name,
            "addressLine1": self.line1,
            "addressLine2": self.line2,
            "addressLine3": self.line3,
            "city": self.city,
            "districtOrCounty": self.district,
            "stateOrRegion": self.state,
            "postalCode": self.postal_code,
            "countryCode": self.country,
            "phone": self.phone,
        }
        return {name: value for name, value in told.items() if value}

    @property
    def region(self) -> str:
        """Roughly where that is: all that is kept."""
        return f"{self.country} {plain(self.postal_code[:2])}…"


class CreateMcfOrderArguments(BaseModel):
    """What to send to whom."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    order_number: Annotated[
        str,
        Field(
            description="Yours; printed on the packing slip.",
            max_length=40,
            pattern=r"^[\w#./-]+( [\w#./-]+)*$",
        ),
    ]
    items: Annotated[list[Item], Field(min_length=1, max_length=100), WithJsonSchema(_ITEMS)]
    recipient: Annotated[
        Recipient,
        PERSONAL,
        Field(
            description="name, line1, city, postal_code, country (2 letters); line2, line3, "
            "district, state, phone if any. Kept until the order is sent or lapses."
        ),
        WithJsonSchema({"type": "object"}),
    ]
    speed: Literal["Standard", "Expedited", "Priority"] = "Standard"
    allow_partial: bool = False
    comment: Annotated[str, PERSONAL, Field(min_length=1, max_length=750)] = (
        "Thank you for your order."
    )


class CancelMcfOrderArguments(BaseModel):
    """An order of one marketplace."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    order: Annotated[
        str,
        Field(description="The seller's id of it at Amazon.", max_length=40, pattern=r"^[\w.#-]+$"),
    ]


def own_id(change_id: UUID | None) -> str:
    """The order's id at Amazon: the change's, so that one change makes one order, however often it is sent."""
    assert change_id is not None, "a change has its id once it is carried out"
    return f"SR-{change_id}"


def lines(items: Sequence[Item]) -> list[dict[str, Any]]:
    """The items in Amazon's words.

    Raises:
        InvalidInputError: A SKU is there twice, or they are too many units.
    """
    if len({item.sku for item in items}) < len(items):
        raise InvalidInputError(
            "A SKU is among the items twice.", field="items", next_step="Name each SKU once."
        )
    if sum(item.units for item in items) > MOST_UNITS:
        raise InvalidInputError(
            f"An order has at most {MOST_UNITS} units.",
            field="items",
            next_step="Split it into several orders.",
        )
    return [
        {
            "sellerSku": item.sku,
            "quantity": item.units,
            "sellerFulfillmentOrderItemId": str(number),
        }
        for number, item in enumerate(items, 1)
    ]
