"""Values of planning inputs: checked when they are given, and spelled in one way when they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain
from stockroom.records.input_kinds import INPUT_KINDS, LABEL, MONEY, PRODUCT_GROUP, InputKind
from stockroom.records.register import plain_decimal
from stockroom.tools.asked import name_of, readable

UNIT_COST = "unit_cost"
LONGEST_LABEL = 60
_FINEST = Decimal("0.0001")
_CENT = Decimal("0.01")
_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")

Value = int | str | None
"""As it is shown: whole numbers as such, others and money as decimal strings; null: not set."""


def wanted_inputs(given: Mapping[str, Any]) -> dict[str, Value]:
    """The inputs that were asked for, each by its name.

    Raises:
        InvalidInputError: There is no such input, or its value makes no sense.
    """
    wanted: dict[str, Value] = {}
    for name, value in given.items():
        kind = INPUT_KINDS.get(name)
        if kind is None:
            raise InvalidInputError(
                f"There is no planning input '{plain(name, 40)}'.",
                field="inputs",
                next_step=f"Use {', '.join(INPUT_KINDS)}.",
            )
        wanted[name] = None if value is None else _checked(kind, value)
    return wanted


def _checked(kind: InputKind, value: Any) -> Value:
    if kind.unit == LABEL:
        if not isinstance(value, str) or len(value) > LONGEST_LABEL:
            raise InvalidInputError(
                f"{kind.name} is a name of at most {LONGEST_LABEL} characters.",
                field=f"inputs.{kind.name}",
                next_step="Give a short name, or null to take the SKU out of its group.",
            )
        return name_of(value, f"inputs.{kind.name}")
    number = _number(value)
    places = Decimal(1) if kind.whole else _FINEST
    if number is None or not kind.least <= number <= kind.most or number % places:
        raise InvalidInputError(
            f"{kind.name} is {'a whole number' if kind.whole else 'a number'} "
            f"from {kind.least} to {kind.most}.",
            field=f"inputs.{kind.name}",
            next_step="Correct it, or give null to set nothing.",
        )
    return spelled_value(kind, number)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    # A float is spelled by us, maybe with an exponent; what others spell is a plain decimal.
    text = format(Decimal(str(value)), "f") if isinstance(value, int | float) else value
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def spelled_value(kind: InputKind, number: Decimal) -> int | str:
    """A number as it is shown."""
    if kind.whole:
        return int(number)
    if kind.unit == MONEY and number == number.quantize(_CENT):
        return str(number.quantize(_CENT))
    return plain_decimal(number)


def shown(name: str, facts: Mapping[str, Any]) -> Value:
    """The value of an input that is on file."""
    if facts["label"] is not None:
        return str(facts["label"])
    stored = facts["value"]
    return None if stored is None else spelled_value(INPUT_KINDS[name], Decimal(stored))


def facts_of(name: str, value: Value, market: Marketplace) -> dict[str, Any] | None:
    """What is filed of a value; None: nothing is set any more."""
    if value is None:
        return None
    kind = INPUT_KINDS[name]
    labelled, money = kind.unit == LABEL, kind.unit == MONEY
    return {
        "value": None if labelled else str(value),
        "label": value if labelled else None,
        "unit": kind.unit,
        "currency": market.currency if money else None,
    }


def check_currency(inputs: Mapping[str, Any], currency: str | None, market: Marketplace) -> None:
    """Hold the currency of a unit cost against the marketplace's.

    Raises:
        InvalidInputError: It is missing, or another one.
    """
    if inputs.get(UNIT_COST) is None and currency is None:
        return
    if (currency or "").upper() != market.currency:
        raise InvalidInputError(
            f"Money in {market.code} is in {market.currency}.",
            field="currency",
            next_step=f"Give unit_cost in {market.currency} and say so in currency; amounts are "
            "never converted.",
        )


def check_scope(inputs: Mapping[str, Any], sku: str | None, product_group: str | None) -> None:
    """Hold what is set against whom it is set for.

    Raises:
        InvalidInputError: Both a SKU and a group are named, or a group is put into a group.
    """
    if sku is not None:
        readable(sku, "sku")
    if product_group is not None:
        name_of(product_group, "product_group")
    if sku is not None and product_group is not None:
        raise InvalidInputError(
            "Inputs are for a SKU or for a product group, not for both.",
            field="product_group",
            next_step="Name one of them; to put a SKU into a group, set inputs.product_group.",
        )
    if PRODUCT_GROUP in inputs and sku is None:
        raise InvalidInputError(
            "Only a SKU is in a product group.",
            field=f"inputs.{PRODUCT_GROUP}",
            next_step="Name the sku, or leave this input out.",
        )
