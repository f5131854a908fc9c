"""The sales and traffic document: one day of one store, seen twice.

One request gives both lists, so the datasets that read them share it. A day's
visits come in late: they are shown a day after its close and corrected for two
days more. A visitor of two products is one session of the store and one of each
product: sessions of SKUs do not add up to the store's.
"""

from __future__ import annotations

from datetime import timedelta

from stockroom.spec.report import SpApiReport

REQUEST = SpApiReport(
    "GET_SALES_AND_TRAFFIC_REPORT",
    {"dateGranularity": "DAY", "asinGranularity": "SKU"},
    refresh=timedelta(0),  # no shortest time is known of it
    by_date=True,
)
SETTLES = timedelta(hours=24)
LAGS = timedelta(hours=48)
RESTATED = 2
"""Days that are corrected after they were first shown."""
RESTATED_WEEKLY = 30
"""Days of which Amazon now and then says more, weeks later."""
ROLE = "Brand Analytics"
NEWEST = 3
HISTORY = 729
"""Days Amazon answers: two years, less one for zones."""
