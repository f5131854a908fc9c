"""When: one worker leads, and its schedule wakes every account.

What is due is computed from what is covered, in the account's own zone, so the
schedule only says "look", and at which datasets: a night that was missed is still
missing at the next look, what failed is asked again when it has cooled down, and a
change of leader loses nothing. The lead is an advisory lock that ends with its
connection.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from procrastinate import App

from stockroom.core.clock import Clock
from stockroom.core.log import logger
from stockroom.core.marketplaces import marketplace
from stockroom.entrypoints.house import House
from stockroom.entrypoints.raw_retention import forget_old_documents
from stockroom.entrypoints.runtime import is_ending
from stockroom.reports import all_reports
from stockroom.spec.account import AccountFacts
from stockroom.sync.jobs import defer_account

_A_DAY = timedelta(days=1)
_LOOK_S = 15 * 60
_LOOK_OFTEN_S = 60
"""Short beside the shortest cadence: a look just before a load is due would miss it by a whole turn."""
_SWEEP_S = 5 * 60
_SIGN_S = 3600
_ACCOUNTS_S = 60
_RETENTION_S = 24 * 3600
_JITTER = 0.1
_BEAT_S = 1.0
LEAD = "stockroom schedule"
"""The name of the leader's lock."""
_LOCK = "select pg_try_advisory_lock(hashtext(%s))"
_KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""Over a network, a dead leader's lock must not wait for TCP to give up."""

_log = logger("worker.schedule")


async def lead(app: App, house: House) -> None:
    """Try to lead; lead while the lock's connection lives; try again."""
    while True:
        try:
            await _term(app, house)
        except psycopg.OperationalError:
            _log.warning("lost the lead: the database does not answer")
            if is_ending():
                raise asyncio.CancelledError from None
        await asyncio.sleep(_BEAT_S)


async def _term(app: App, house: House) -> None:
    """One term as leader; returns or raises when it is over, or never began."""
    connection = await psycopg.AsyncConnection.connect(
        house.database.writer_conninfo, autocommit=True, **_KEEPALIVE
    )
    async with connection:
        while not await _locked(connection):  # noqa: ASYNC110 - a freed lock tells nobody
            await asyncio.sleep(_BEAT_S)
        _log.info("leading")
        schedule = Schedule(app, house)
        schedule.start()
        try:
            while True:
                # On this very connection: when it is gone, so is the lock.
                await connection.execute("select 1")
                await asyncio.sleep(_BEAT_S)
        finally:
            schedule.stop()


async def _locked(connection: psycopg.AsyncConnection) -> bool:
    row = await (await connection.execute(_LOCK, [LEAD])).fetchone()
    return bool(row and row[0])


class Schedule:
    """Looks at every account, each at its own moments.

    Datasets that want a load more often than once a day are looked at all the time;
    the rest from the account's night on.
    """

    def __init__(self, app: App, house: House) -> None:
        self._app = app
        self._house = house
        self._frequent = [report.name for report in all_reports() if report.every < _A_DAY]
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin; accounts that are there already are looked at soon."""
        self._every(_ACCOUNTS_S, self._meet_accounts, "accounts")
        self._every(_RETENTION_S, forget_old_documents, "retention", self._house)
        self._scheduler.start()

    def stop(self) -> None:
        """End."""
        self._scheduler.shutdown(wait=False)

    async def _meet_accounts(self) -> None:
        """Schedule new accounts; forget those that are gone."""
        known = {str(account.id): account.id for account in await self._house.registry.accounts()}
        scheduled = {job.id.partition(":")[2] for job in self._scheduler.get_jobs()} - {""}
        for name in known.keys() - scheduled:
            # Whatever the hour: a night may have been missed, or the account be new.
            await defer_account(self._app, known[name])
            self._every(_LOOK_OFTEN_S, self._look_often, f"often:{name}", known[name])
            self._every(_LOOK_S, self._look, f"night:{name}", known[name])
            self._every(_SWEEP_S, self._house.gate.sweep, f"sweep:{name}", known[name])
            self._every(_SIGN_S, self._house.gate.sign_head, f"sign:{name}", known[name])
        for name in scheduled - known.keys():
            for kind in ("often", "night", "sweep", "sign"):
                self._scheduler.remove_job(f"{kind}:{name}")

    async def _look_often(self, account_id: UUID) -> None:
        await defer_account(self._app, account_id, datasets=self._frequent)

    async def _look(self, account_id: UUID) -> None:
        facts = await self._house.grounds.facts(account_id)
        if night_has_begun(facts, self._house.clock.now(), self._house.settings.night_hour):
            await defer_account(self._app, account_id)

    def _every(self, seconds: int, function: object, name: str, *arguments: object) -> None:
        clock: Clock = self._house.clock
        machine_seconds = max(1, round(seconds / clock.rate))
        self._scheduler.add_job(
            function,
            IntervalTrigger(seconds=machine_seconds, jitter=round(machine_seconds * _JITTER)),
            args=arguments,
            id=name,
            next_run_time=Clock().now(),
        )


def night_has_begun(account: AccountFacts, now: datetime, hour: int) -> bool:
    """Whether an account's night of the day that is going on has begun.

    It begins at ``hour`` in its home marketplace, spread by account over the hour that
    follows: accounts of one zone do not all come at once.
    """
    local = now.astimezone(marketplace(account.primary_marketplace).zone)
    return (local.hour - hour) * 60 + local.minute >= account.id.int % 60
