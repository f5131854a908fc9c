"""Reports that Amazon makes by itself: nobody asked for them, and they are on the list.

Settlements follow from the calendar, so they are worked out and not written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.documents import settlement
from stockroom.simulator.documents.view import Ask
from stockroom.simulator.wire.report_jobs import Report
from stockroom.simulator.world import World
from stockroom.simulator.world.settlements import settlements


class AutomaticReports:
    """What Amazon has made for the sellers of a world.

    Args:
        world: Whose sellers.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, account: str, now: datetime) -> Iterator[Report]:
        """Every report that was there at ``now``, also those no longer kept."""
        seller, first_day = self._world.sellers[account], self._world.options.first_day
        for one in settlements(seller, first_day, now):
            if one.made_at > now:
                continue
            markets = (MARKETPLACES[one.marketplace],)
            yield Report(
                id=one.id,
                account=account,
                type=settlement.VIEW.report_type,
                ask=Ask(seller.region, markets, one.start, one.end, {}),
                created_at=one.made_at,
                started_at=one.made_at,
                finished_at=one.made_at,
                outcome="DONE",
            )

    def find(self, report_id: str, now: datetime) -> Report | None:
        """The report of that id, whosever it is."""
        found = (one for account in self._world.sellers for one in self.of(account, now))
        return next((one for one in found if one.id == report_id), None)
