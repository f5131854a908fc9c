"""Planning inputs that nobody said, learned from what happened: said ones always come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import mean, stdev
from typing import Any

from stockroom.records.register import plain_decimal

LEAST_ORDERS = 3
"""Fewer orders that have arrived teach nothing about the next."""
_CENT = Decimal("0.01")


def learned(
    said: Mapping[str, Mapping[str, Any]],
    lead_times: Sequence[int],
    transit_days: int | None,
    shipments: int | None,
) -> dict[str, Mapping[str, Any]]:
    """The inputs that count, with what is learned in the place of what is unknown.

    Args:
        said: What counts of each input by what was said, or the default.
        lead_times: Days from order to arrival of the SKU's orders that have arrived.
        transit_days: Median days of the network's shipments; None: too few have arrived.
        shipments: How many that is the median of.
    """
    found: dict[str, tuple[Any, int | None]] = {}
    days = [Decimal(one) for one in lead_times if one >= 0]
    if len(days) >= LEAST_ORDERS:
        found["lead_time_days"] = (_spelled(mean(days)), len(days))
        found["lead_time_spread_days"] = (_spelled(stdev(days)), len(days))
    if transit_days is not None:
        found["transit_to_fba_days"] = (transit_days, shipments)
    return {
        name: {**counting, "value": found[name][0], "source": "learned", "n": found[name][1]}
        if counting["value"] is None and name in found
        else counting
        for name, counting in said.items()
    }


def _spelled(days: Decimal) -> str:
    """Two places, as they are shown: what is counted with is what can be read."""
    return plain_decimal(days.quantize(_CENT))
