"""The figures of a change that guardrails judge: every write tool calls them by these names.

A tool puts those that apply into :attr:`stockroom.spec.change.Change.measures`; a rule
of a key's or an account's limits names one of them. Which SKUs a change touches is no
measure: the gate reads it from the target and the arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Measure(StrEnum):
    """A figure by which a change is judged; decimals in plain spelling."""

    PRICE = "price"
    RELATIVE_CHANGE = "relative_change"
    UNITS = "units"
    BID = "bid"
    BUDGET = "budget"
    COST = "cost"
    ATTRIBUTES = "attributes"


CURRENCY = "currency"
"""Beside a measure of money: the ISO code it is in."""

UNMOVED = "unmoved"
"""Instead of a figure: the tool can move it and this change does not, so no rule asks about it."""

MEANINGS: Mapping[Measure, str] = {
    Measure.PRICE: "The new price of one unit, in the marketplace's currency.",
    Measure.RELATIVE_CHANGE: (
        "How far a price, bid or budget moves, up or down, as a share of the present one: 0.25 is a "
        "quarter. Rounded up."
    ),
    Measure.UNITS: "Units that are offered, sent or ordered, of all SKUs of the change together.",
    Measure.BID: "The new bid for one click.",
    Measure.BUDGET: "The budget of a campaign for one day, where it is set or the campaign enabled.",
    Measure.COST: "What the change spends at once, e.g. Amazon's fee for a placement.",
    Measure.ATTRIBUTES: "How many attributes of a listing it changes.",
}
"""What each is, for people who write limits."""

MONEY = frozenset({Measure.PRICE, Measure.BID, Measure.BUDGET, Measure.COST})
"""Those that mean nothing without a currency."""
