"""One entity of the advertising, live, and the money that may be set on it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from stockroom.amazon.ads_ports import AdsEntity, EntityOutcome
from stockroom.amazon.ports import Advertiser
from stockroom.core.errors import AmazonUnavailableError, InvalidInputError, NotFoundError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import quoted
from stockroom.spec.change import Receipt
from stockroom.spec.tool import Ground
from stockroom.tools.offer import decimals, spelled


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


AmountArgument = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(description="Decimal.", pattern=r"^\d{1,7}(\.\d{1,4})?$", max_length=20),
]
CurrencyArgument = Annotated[str, Field(description="The marketplace's.", max_length=3)]
EntityId = Annotated[str, Field(max_length=30, pattern=r"^\d+$")]
_ARCHIVED = "ARCHIVED"


def advertiser(ground: Ground) -> Advertiser:
    """The account's advertising.

    Raises:
        InvalidInputError: It is not connected.
    """
    if ground.amazon.ads is None:
        raise InvalidInputError(
            "The advertising of this account is not connected.",
            field="account",
            next_step="Whoever runs this server connects it: the console, or 'stockroom account ads'.",
        )
    return ground.amazon.ads


async def read_entity(
    ground: Ground, market: Marketplace, kind: AdsEntity, entity_id: str
) -> Mapping[str, Any]:
    """One entity of Sponsored Products.

    Raises:
        NotFoundError: There is none by that id in this marketplace.
        InvalidInputError: It is archived, or the advertising is not connected.
    """
    row = await advertiser(ground).entity(market, kind, entity_id)
    noun = kind.name.lower().replace("_", " ")
    if row is None:
        raise NotFoundError(
            f"There is no Sponsored Products {noun} {entity_id} in {market.code}.",
            next_step="Call ads for campaign ids; those of other ad products cannot be changed here.",
        )
    if row.get("state") == _ARCHIVED:
        raise InvalidInputError(
            f"The {noun} {entity_id} is archived and cannot be changed.",
            next_step="Choose one that is enabled or paused.",
        )
    return row


async def update(
    ground: Ground, market: Marketplace, kind: AdsEntity, fields: Mapping[str, Any]
) -> Receipt:
    """Send one update: one call, never repeated."""
    outcome: EntityOutcome = await advertiser(ground).update_entity(market, kind, fields)
    return Receipt(
        accepted=outcome.accepted,
        answer=outcome.answer.body,
        request_id=outcome.answer.request_id,
        problems=quoted(outcome.problems),
    )


def check_currency(currency: str | None, market: Marketplace) -> None:
    """Money is an amount and the marketplace's currency, or it is refused.

    Raises:
        InvalidInputError: It is another one, or none.
    """
    if (currency or "").upper() != market.currency:
        raise InvalidInputError(
            f"Advertising in {market.code} is paid in {market.currency}"
            + (f", not {currency.upper()}." if currency else "."),
            field="currency",
            next_step=f"Give the amount in {market.currency}; amounts are never converted.",
        )


def wanted_amount(text: str, market: Marketplace, field: str) -> Decimal:
    """The amount that was asked for; how much it may be is for the house's limits to say.

    Raises:
        InvalidInputError: It is nothing, or the currency cannot express it.
    """
    amount, places = Decimal(text), decimals(market.currency)
    if amount <= 0 or amount != round(amount, places):
        raise InvalidInputError(
            f"{field} in {market.currency} is above 0 and has at most {places} decimals.",
            field=field,
            next_step=f"Pass an amount such as {spelled(Decimal(20), market.currency)}.",
        )
    return amount


def live_amount(value: Any) -> Decimal:
    """An amount of Amazon's.

    Raises:
        AmazonUnavailableError: It is none.
    """
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(value, bool) or not amount.is_finite() or amount <= 0:
        raise AmazonUnavailableError(
            "Amazon's answer names no amount where one must be.",
            status=200,
            next_step="Look at it in the advertising console, and try again later.",
        )
    return amount
