"""What one step is given: the bench it works at, and the one run in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import Clock, day_end, day_start
from stockroom.core.marketplaces import Marketplace, marketplace
from stockroom.db.engine import Database
from stockroom.spec.account import AccountFacts
from stockroom.spec.fact import Asking
from stockroom.spec.load import Replaces
from stockroom.spec.metric import Metric
from stockroom.spec.report import Report, SpApiReport
from stockroom.spec.run import Run
from stockroom.sync import runs
from stockroom.sync.calendar import today, zones_of
from stockroom.sync.documents import Cipher

_DATES = ZoneInfo("UTC")
"""Where a date is written as an instant and not converted."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share.

    Args:
        database: Where everything is stored.
        clock: The installation's time.
        cipher: Seals documents.
        reports: The declared datasets by name.
        metrics: The declared metrics.
        filling: Bounds how many windows are parsed and loaded at once.
    """

    database: Database
    clock: Clock
    cipher: Cipher
    reports: Mapping[str, Report]
    metrics: Sequence[Metric]
    filling: asyncio.Semaphore


@dataclass(frozen=True, slots=True)
class Work:
    """One run, with what it needs."""

    bench: Bench
    account: AccountFacts
    report: Report
    run: Run
    amazon: SellingPartner

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.bench.clock.now()

    def on(self, run: Run) -> Work:
        """The same work on the run as it has become."""
        return replace(self, run=run)

    def places(self) -> tuple[Marketplace, ...]:
        """The marketplaces that are named in the question."""
        if self.run.marketplace:
            return (marketplace(self.run.marketplace),)
        return self.report.stores(self.account)

    def interval(self) -> tuple[datetime, datetime]:
        """What the run's days are as instants to ask for; never beyond the present."""
        zones = zones_of(self.account, self.run.marketplace)
        window, request = self.run.window, self.report.request
        if isinstance(request, SpApiReport) and request.by_date:
            return day_start(window.first, _DATES), day_start(window.last, _DATES)
        start = min(day_start(window.first, zone) for zone in zones)
        end = max(day_end(window.last, zone) for zone in zones)
        return start, min(end, self.now.replace(microsecond=0))

    def asking(self) -> Asking:
        """What was asked, for the rules of the declaration."""
        asked_at = self.run.requested_at or self.now
        place = marketplace(self.run.marketplace) if self.run.marketplace else None
        zones = zones_of(self.account, self.run.marketplace)
        snapshot = self.report.load.replaces is Replaces.SNAPSHOT
        day = self.run.first_day if snapshot else today(asked_at, zones)
        interval = None if snapshot else self.interval()
        return Asking(self.account, place, day, asked_at, interval)

    async def saved(self, run: Run) -> Run:
        """Store the run as the step left it."""
        async with self.bench.database.connection(self.account.id) as connection:
            await runs.save(connection, run)
        return run
