"""What goes into an inbound plan: units, who labels and prepares them, where they come from.

Who does it is not free: Amazon says per SKU what is needed and who may, and in the
United States it no longer does either itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain

SHIP_FROM = "ship_from"
"""The account's setting: the address that shipments leave from."""
Owner = Literal["SELLER", "AMAZON"]
_ONLY = {"NONE_ONLY": "NONE", "SELLER_ONLY": "SELLER", "AMAZON_ONLY": "AMAZON"}
_SAME = "MUST_MATCH"
_NO_AMAZON = frozenset({"US"})
"""Where Amazon neither labels nor prepares (any more)."""
_NAMED = 10
"""SKUs that an error names."""


MOST_UNITS = 500_000
"""Of one SKU in one plan, by Amazon's model."""
SkuName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]


class Item(BaseModel):
    """Units of one SKU."""

    model_config = ConfigDict(extra="forbid")

    sku: SkuName
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)]


_ITEMS_IN_SHORT = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "units": {"type": "integer"}},
    },
}
"""The schema of a list of :class:`Item` without what callers do not need to read."""
_SKUS_IN_SHORT = {"type": "array", "items": {"type": "string"}}
_Some = Field(min_length=1, max_length=100)
Items = Annotated[list[Item], _Some, WithJsonSchema(_ITEMS_IN_SHORT)]
SkusToSend = Annotated[
    list[SkuName],
    _Some,
    Field(
        description="Instead of items: units are send_units of replenishment; needs planning:read."
    ),
    WithJsonSchema(_SKUS_IN_SHORT),
]


class Address(BaseModel):
    """Where shipments leave from, as Amazon wants to know it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=50)]
    company: Annotated[str | None, Field(max_length=50)] = None
    line1: Annotated[str, Field(min_length=1, max_length=180)]
    line2: Annotated[str | None, Field(max_length=60)] = None
    city: Annotated[str, Field(min_length=1, max_length=30)]
    state: Annotated[str | None, Field(max_length=64)] = None
    postal_code: Annotated[str, Field(min_length=1, max_length=32)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    phone: Annotated[str, Field(min_length=1, max_length=20)]

    def sent(self) -> dict[str, str]:
        """In Amazon's words."""
        told = {
            "name": self.name,
            "companyName": self.company,
            "addressLine1": self.line1,
            "addressLine2": self.line2,
            "city": self.city,
            "stateOrProvinceCode": self.state,
            "postalCode": self.postal_code,
            "countryCode": self.country,
            "phoneNumber": self.phone,
        }
        return {name: value for name, value in told.items() if value}


def ship_from(given: Mapping[str, str] | None, settings: Mapping[str, Any]) -> Address:
    """The address that was given, else the account's own.

    Raises:
        InvalidInputError: There is none, or a part of it is missing.
    """
    address = given or settings.get(SHIP_FROM)
    parts = "name, line1, city, postal_code, country (two letters) and phone"
    if not address:
        raise InvalidInputError(
            "This account has no address that shipments leave from.",
            field=SHIP_FROM,
            next_step=f"Give {SHIP_FROM} with {parts}.",
        )
    try:
        return Address.model_validate(address)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InvalidInputError(
            f"The address cannot be used: {plain(where, 40)} is missing or malformed.",
            field=SHIP_FROM,
            next_step=f"Give {parts}; company, line2 and state if there are any.",
        ) from None


async def with_owners(
    amazon: SellingPartner, market: Marketplace, items: Sequence[Item], by: Owner
) -> list[dict[str, Any]]:
    """The items in Amazon's words, with whoever labels and prepares each.

    Raises:
        InvalidInputError: A SKU is there twice or not ready for a plan, or Amazon does not do
            what it is asked for in this marketplace.
    """
    if by == "AMAZON" and market.code in _NO_AMAZON:
        raise InvalidInputError(
            f"Amazon neither labels nor prepares units in {market.code}.",
            field="label_and_prep_by",
            next_step="Leave label_and_prep_by out: the seller does both.",
        )
    skus = [item.sku for item in items]
    if len(set(skus)) < len(skus):
        raise InvalidInputError(
            "A SKU is among the items twice.", field="items", next_step="Name each SKU once."
        )
    needs = {str(row.get("msku")): row for row in await amazon.prep_details(market, skus)}
    _check_ready(skus, needs)
    return [
        {
            "msku": item.sku,
            "quantity": item.units,
            **_owners(needs[item.sku], by),
        }
        for item in items
    ]


def _check_ready(skus: Sequence[str], needs: Mapping[str, Mapping[str, Any]]) -> None:
    ready = {sku for sku, row in needs.items() if row.get("prepCategory") != "UNKNOWN"}
    wanting = [sku for sku in skus if sku not in ready]
    if wanting:
        raise InvalidInputError(
            f"Amazon has no preparation details of {', '.join(plain(sku) for sku in wanting[:_NAMED])}"
            f"{' and others' if len(wanting) > _NAMED else ''}: a plan with them would fail.",
            field="items",
            next_step="Say in Seller Central how they are prepared, or leave them out.",
        )


def _owners(needs: Mapping[str, Any], by: Owner) -> dict[str, str]:
    """Who labels and who prepares: as asked, where Amazon leaves a choice."""
    label, prep = (_only(needs, part) for part in ("label", "prep"))
    if needs.get("allOwnersConstraint") == _SAME:
        # Whoever must do the one does the other, too; nobody (NONE) does neither.
        label, prep = label or _doer(prep), prep or _doer(label)
    prep = "NONE" if needs.get("prepCategory") == "NONE" else prep
    return {"labelOwner": label or by, "prepOwner": prep or by}


def _only(needs: Mapping[str, Any], part: str) -> str | None:
    return _ONLY.get(str(needs.get(f"{part}OwnerConstraint")))


def _doer(owner: str | None) -> str | None:
    return None if owner == "NONE" else owner
