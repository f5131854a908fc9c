"""What no key and no account can widen: figures that only a typing error, or a runaway, reaches.

A bid of 0.02 to 100 and a daily budget of 1 to 10,000, for a currency whose unit buys about
what a dollar or a euro does. Where it buys far less, the figures are larger by powers of
ten: nothing is converted here, a bound is only kept from being absurd.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.spec.measures import Measure
from stockroom.writes.limits import Limits, Rule

_SMALL = {"MXN": 10, "BRL": 10, "SEK": 10, "TRY": 10, "ZAR": 10, "EGP": 10, "INR": 100, "JPY": 100}
_RANGES = {
    Measure.BID: (Decimal("0.02"), Decimal(100)),
    Measure.BUDGET: (Decimal(1), Decimal(10_000)),
}


def _rules() -> Iterator[Rule]:
    for measure, (least, most) in _RANGES.items():
        for currency in sorted({market.currency for market in MARKETPLACES.values()}):
            unit = _SMALL.get(currency, 1)
            yield Rule(measure=measure, currency=currency, min=least * unit, max=most * unit)


HOUSE = Limits(rules=tuple(_rules()))
PREVIEWS_PER_MINUTE = 60
"""Of a key whose limits say nothing else."""
