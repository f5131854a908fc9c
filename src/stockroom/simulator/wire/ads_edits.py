"""What an update of an advertising entity may say, and Amazon's words for what it may not.

An error is told per item, by its place in the request: ``errorType`` and, under the
same name in ``errorValue``, what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.wire.ads_entities import Kind

Row = dict[str, Any]
_STATES: Final = frozenset({"ENABLED", "PAUSED"})
"""An update archives nothing: that is what deleting is for."""
_BIDS: Final = {"JPY": (2.0, 100_000.0), "AUD": (0.10, 1410.0), "AED": (0.24, 184.0)}
_BID: Final = (0.02, 1000.0)
"""The API's table of bids by marketplace; the ordinary one."""
_BUDGETS: Final = {"JPY": (100.0, 2_100_000_000.0), "INR": (50.0, 21_000_000.0)}
_BUDGET: Final = (1.0, 1_000_000.0)
_LONGEST_NAME: Final = 128


def problems(
    kind: Kind, fields: Mapping[str, Any], now: Row, market: Marketplace, today: date
) -> Iterator[Row]:
    """What is wrong with an update of the entity that is ``now`` so."""
    for name, value in fields.items():
        if name not in kind.settable:
            yield _error("malformedValueError", name, "The field cannot be updated.")
        elif name in {"bid", "defaultBid"}:
            yield from _range(name, value, _BIDS.get(market.currency, _BID))
        elif name == "budget":
            amount = value.get("budget") if isinstance(value, dict) else None
            yield from _range("budget.budget", amount, _BUDGETS.get(market.currency, _BUDGET))
        elif name == "state" and value not in _STATES:
            yield _error("malformedValueError", name, "The state must be ENABLED or PAUSED.")
        elif name == "name" and not (isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME):
            yield _error("rangeError", name, "The name must have 1 to 128 characters.")
    if {"startDate", "endDate"} & fields.keys():
        yield from _dates(fields, now, today)


def missing(kind: Kind) -> Row:
    """There is no such entity in this profile."""
    return _error("entityNotFoundError", kind.id, "The entity was not found.")


def _range(name: str, value: Any, bounds: tuple[float, float]) -> Iterator[Row]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield _error("malformedValueError", name, "The value must be a number.")
        return
    low, high = bounds
    if not low <= value <= high:
        reason, side = ("TOO_LOW", "lower") if value < low else ("TOO_HIGH", "higher")
        limit = "minimum" if value < low else "maximum"
        text = f"The value is {side} than the {limit} allowed by the marketplace."
        found = _error("rangeError", name, text)
        told = {"reason": reason, "lowerLimit": str(low), "upperLimit": str(high)}
        found["errorValue"]["rangeError"] |= told
        yield found


def _dates(fields: Mapping[str, Any], now: Row, today: date) -> Iterator[Row]:
    both = {**now, **fields}
    try:
        start = date.fromisoformat(str(both["startDate"]))
        end = both.get("endDate")
        last = date.max if end is None else date.fromisoformat(str(end))
    except ValueError:
        yield _error("dateError", "startDate", "A date must be YYYY-MM-DD.")
        return
    if start > last:
        yield _error("dateError", "endDate", "The end date must not be before the start date.")
    if fields.get("endDate") is not None and last < today:
        yield _error("dateError", "endDate", "The end date must not be in the past.")
    if "startDate" in fields and str(fields["startDate"]) != str(now["startDate"]):
        if date.fromisoformat(str(now["startDate"])) <= today:
            yield _error("dateError", "startDate", "A campaign that has started keeps its start.")
        elif start < today:
            yield _error("dateError", "startDate", "The start date must not be in the past.")


def _error(kind: str, place: str, message: str) -> Row:
    value = {"message": message, "reason": kind, "cause": {"location": f"$.{place}"}}
    return {"errorType": kind, "errorValue": {kind: value}}
