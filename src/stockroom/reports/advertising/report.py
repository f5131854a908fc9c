"""How advertising reports are asked for, whatever they are about."""

from __future__ import annotations

from datetime import timedelta

from stockroom.spec.fact import Fact
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import REPLACE
from stockroom.spec.report import MARKETPLACE, AdsReport, Guard, Report

LONGEST = 31
"""Days that one request may span."""
_SPARE = 4
"""Days at the end of what Amazon keeps that are not asked for: they go while a request waits."""
_ROLE = "Advertising API"
"""No role of the selling application: an approval of its own."""


def advertising(name: str, fills: type[Fact], request: AdsReport, *, kept_days: int) -> Report:
    """A dataset of the advertising API.

    Args:
        name: The house's word for it.
        fills: The table.
        request: What is asked.
        kept_days: How far back Amazon answers.
    """
    return Report(
        name=name,
        fills=fills,
        request=request,
        scope=MARKETPLACE,
        format=JSON_PAGES,
        load=REPLACE,
        rank=1,
        settles=timedelta(hours=12),
        lags=timedelta(hours=24),
        window=LONGEST,
        newest=LONGEST,
        history=kept_days - _SPARE,
        restated=14,
        restated_weekly=30,  # orders are credited to the click for a month
        role=_ROLE,
        # Campaigns begin and end as the seller likes; the traffic of a day hardly changes.
        guard=Guard(least=0.3, most=10, overlap=0.3, foreign=1.0, may_be_empty=True),
    )
