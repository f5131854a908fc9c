"""The assumptions that planning rests on: what each means, its unit, and what it is when nobody said.

They are resolved from the nearest to the farthest: the SKU, its product group, the account, the
default. What has no default is unknown until somebody says it: nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MONEY = "money"
"""The unit of an amount: the marketplace's currency stands beside it."""
LABEL = "text"
PRODUCT_GROUP = "product_group"


@dataclass(frozen=True, slots=True)
class InputKind:
    """One assumption.

    Args:
        name: As callers say it; the unit stands at its end.
        meaning: One sentence.
        unit: ``days``, ``units``, ``percent``, ``money`` or ``text``.
        least: The smallest value that makes sense.
        most: The largest.
        default: What counts when nobody said anything; None: unknown.
        whole: Parts of one make no sense.
    """

    name: str
    meaning: str
    unit: str
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    default: Decimal | None = None
    whole: bool = True


def _number(  # noqa: PLR0917 - the columns of the table below
    name: str,
    unit: str,
    least: str,
    most: str,
    meaning: str,
    default: str | None = None,
    *,
    whole: bool = True,
) -> InputKind:
    usual = None if default is None else Decimal(default)
    return InputKind(name, meaning, unit, Decimal(least), Decimal(most), usual, whole)


INPUT_KINDS = {
    kind.name: kind
    for kind in (
        _number("lead_time_days", "days", "0", "730", "From order to arrival, on average."),
        _number(
            "lead_time_spread_days",
            "days",
            "0",
            "365",
            "Its standard deviation.",
            whole=False,
        ),
        _number(
            "transit_to_fba_days", "days", "0", "365", "From arrival to sellable at Amazon's, mean."
        ),
        _number("review_days", "days", "1", "365", "Between two looks at what to order.", "7"),
        _number("target_cover_days", "days", "1", "365", "Days that an order should last.", "30"),
        _number(
            "service_level_pct",
            "percent",
            "50",
            "99.9",
            "How often demand is to be met from stock.",
            "95",
            whole=False,
        ),
        _number("case_pack_units", "units", "1", "100000", "Units in a case; orders fill cases."),
        _number("moq_units", "units", "0", "1000000", "The supplier's smallest order."),
        _number(
            "unit_cost",
            MONEY,
            "0.0001",
            "10000000",
            "What a unit costs the seller, landed.",
            whole=False,
        ),
        InputKind(PRODUCT_GROUP, "The group whose assumptions the SKU shares.", LABEL),
    )
}
"""By name, in the order in which they are shown."""
