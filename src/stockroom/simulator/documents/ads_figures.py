"""The figures of advertising reports: what each column says of a group of days.

Facts 4: Sponsored Products count orders within 1, 7, 14 and 30 days after the
click, Brands and Display within 14.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from stockroom.simulator.world.views import AdDay

Group = Sequence[AdDay]
"""Days that are one row of a report; at least one."""
Figure = Callable[[Group], Any]


def _impressions(group: Group) -> int:
    return sum(day.impressions for day in group)


def _clicks(group: Group) -> int:
    return sum(day.clicks for day in group)


def _cost(group: Group) -> float:
    return float(sum((day.cost for day in group), Decimal()))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


def _credited(group: Group, window: int) -> list[tuple[int, int, Decimal]]:
    return [order for day in group for order in day.orders if order[0] < window]


def _orders(window: int) -> Figure:
    return lambda group: len(_credited(group, window))


def _units(window: int) -> Figure:
    return lambda group: sum(units for _, units, _ in _credited(group, window))


def _sales(window: int) -> Figure:
    return lambda group: float(sum((sum_ for _, _, sum_ in _credited(group, window)), Decimal()))


TRAFFIC: Final[dict[str, Figure]] = {
    "impressions": _impressions,
    "clicks": _clicks,
    "cost": _cost,
}
RATIOS: Final[dict[str, Figure]] = {
    "spend": _cost,
    "costPerClick": lambda group: _ratio(_cost(group), _clicks(group)),
    "clickThroughRate": lambda group: _ratio(_clicks(group), _impressions(group)),
}
"""Of Sponsored Products only."""
CAMPAIGN: Final[dict[str, Figure]] = {
    "campaignId": lambda group: int(group[-1].campaign_id),
    "campaignName": lambda group: group[-1].campaign,
    "campaignStatus": lambda group: group[-1].campaign_status,
    "campaignBudgetAmount": lambda group: float(group[-1].budget),
    "campaignBudgetType": lambda _: "DAILY_BUDGET",
    "campaignBudgetCurrencyCode": lambda group: group[-1].currency,
}
AD: Final[dict[str, Figure]] = {
    "adGroupId": lambda group: int(group[-1].ad_group_id),
    "adGroupName": lambda group: group[-1].ad_group,
    "adId": lambda group: int(group[-1].ad_id or 0),
}
BY_WINDOW: Final[dict[str, Figure]] = {
    f"{name}{window}d": figure(window)
    for window in (1, 7, 14, 30)
    for name, figure in (("purchases", _orders), ("unitsSoldClicks", _units), ("sales", _sales))
}
FOURTEEN: Final[dict[str, Figure]] = {
    f"{name}{suffix}": figure(14)
    for suffix in ("", "Clicks")
    for name, figure in (("purchases", _orders), ("unitsSold", _units), ("sales", _sales))
}
