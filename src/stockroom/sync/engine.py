"""The sync engine: runs declarations it has never seen, one stored step at a time.

    planned → requested → ready → landed → filled → done

``advance`` takes one step and stores it, so that a worker killed anywhere goes
on where it was. ``plan`` says what is due. ``sync`` drives one account to its
end and is what the command line uses; the worker's jobs call the same steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import Clock
from stockroom.core.errors import AmazonError, InvalidInputError, StockroomError
from stockroom.core.log import logger
from stockroom.db.engine import Database
from stockroom.spec.account import AccountFacts
from stockroom.spec.metric import Metric
from stockroom.spec.report import Report, SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.sync import runs
from stockroom.sync.calendar import settled_at, zones_of
from stockroom.sync.claims import Claims
from stockroom.sync.derive import derive
from stockroom.sync.documents import Cipher
from stockroom.sync.fill import fill
from stockroom.sync.land import land
from stockroom.sync.plan import BACKFILL, Wish, plan
from stockroom.sync.progress import Board, Summary, Watch
from stockroom.sync.request import KEPT_BY_AMAZON, adoptable, adopted, poll, request
from stockroom.sync.retry import after_failure, ended
from stockroom.sync.work import Bench, Work

Step = Callable[[Work], Awaitable[Run]]

_STEPS: Mapping[str, Step] = {
    RunState.PLANNED: request,
    RunState.REQUESTED: poll,
    RunState.READY: land,
    RunState.LANDED: fill,
}

_LOOK_AGAIN = timedelta(seconds=2)
_EVER = datetime.min.replace(tzinfo=UTC)

_log = logger("sync.engine")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at a time.

    Args:
        fills: Windows parsed and loaded at once by this process.
        patience: ``sync`` leaves a run for later when its next step is further away.
    """

    fills: int = 2
    patience: timedelta = timedelta(minutes=10)


class SyncEngine:
    """Fills tables from Amazon.

    Args:
        database: Where everything is stored.
        clock: The installation's time.
        reports: The declared datasets.
        metrics: The declared metrics.
        cipher: Seals stored documents.
        limits: How much at a time.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        reports: Sequence[Report],
        metrics: Sequence[Metric],
        cipher: Cipher,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._claims = Claims(database)
        self._bench = Bench(
            database=database,
            clock=clock,
            cipher=cipher,
            reports={report.name: report for report in reports},
            metrics=tuple(metrics),
            filling=asyncio.Semaphore(self._limits.fills),
        )

    @property
    def datasets(self) -> tuple[str, ...]:
        """Names of the declared datasets."""
        return tuple(self._bench.reports)

    async def plan(
        self,
        account: AccountFacts,
        *,
        datasets: Iterable[str] | None = None,
        reason: str = "nightly",
        days: int | None = None,
    ) -> list[Run]:
        """Store what is due; returns all open runs, in the order to take them.

        Args:
            account: Whose data.
            datasets: Only these; default: all.
            reason: ``nightly``, or ``manual`` when a person asks for fresher data.
            days: At most that many days back.

        Raises:
            InvalidInputError: There is no dataset by that name.
        """
        chosen = self.datasets if datasets is None else tuple(datasets)
        for name in chosen:
            if name not in self._bench.reports:
                raise InvalidInputError(
                    f"'{name}' is not a dataset.",
                    field="dataset",
                    next_step=f"Use one of: {', '.join(self.datasets)}.",
                )
        return await plan(self._bench, account, chosen, Wish(reason, days))

    async def adopt(
        self, account: AccountFacts, open_runs: Sequence[Run], amazon: SellingPartner
    ) -> list[Run]:
        """Use reports that Amazon already has instead of asking for them again.

        One call of the scarce getReports for all runs together; none when no run
        waits for a report of days that are over. (One that ends now cannot exist.)
        """
        waiting = {
            run.id: work for run in open_runs if (work := self._unasked(account, run, amazon))
        }
        if not waiting:
            return list(open_runs)
        types = {
            work.report.request.report_type
            for work in waiting.values()
            if isinstance(work.report.request, SpApiReport)
        }
        since = self._now() - KEPT_BY_AMAZON + timedelta(minutes=1)
        try:
            listed = await amazon.reports(sorted(types), since)
        except AmazonError as error:
            # Looking is a saving, not a need; what is wrong will show in the runs themselves.
            _log.warning("no reports to adopt", account=account.slug, error=str(error))
            return list(open_runs)
        known = await self._report_ids(account)
        result: list[Run] = []
        for run in open_runs:
            work = waiting.get(run.id)
            found = adoptable(work, listed, known) if work else None
            if work and found:
                known.add(found.report_id)
                result.append(await work.saved(adopted(run, found)))
            else:
                result.append(run)
        return result

    async def advance(self, account: AccountFacts, run: Run, amazon: SellingPartner) -> Run:
        """Take one step; the result is stored, also when the step failed.

        A run that has moved on meanwhile, or that another process has in hand, is
        returned as it is stored.
        """
        async with self._claims.hold(run.id) as ours:
            stored = await self.find(account, run.id)
            if not ours:
                return stored.but(next_at=max(stored.next_at or _EVER, self._now() + _LOOK_AGAIN))
            if stored.state != run.state or not stored.open:
                return stored
            return await self._step(account, stored, amazon)

    async def _step(self, account: AccountFacts, run: Run, amazon: SellingPartner) -> Run:
        if run.state == RunState.FILLED:
            await self.derive(account)
            return await self.find(account, run.id)
        work = Work(self._bench, account, self._bench.reports[run.dataset], run, amazon)
        try:
            return await _STEPS[run.state](work)
        except StockroomError as error:
            left = after_failure(await self.find(account, run.id), error, work.now)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            # The database refuses what the document says: no later attempt would help.
            found = await self.find(account, run.id)
            left = ended(found, work.now, RunState.FAILED, f"Refused: {error.diag.message_primary}")
        _log.warning(
            "step failed",
            account=account.slug,
            dataset=run.dataset,
            run=str(run.id),
            step=run.state,
            state=left.state,
            error=left.error,
        )
        return await work.saved(left)

    async def derive(self, account: AccountFacts) -> list[Run]:
        """Derive the metrics of everything that was filled; returns the runs that are done now."""
        return await derive(self._bench, account)

    async def find(self, account: AccountFacts, run_id: UUID) -> Run:
        """The run as it is stored.

        Raises:
            NotFoundError: The account has no such run.
        """
        async with self._bench.database.connection(account.id) as connection:
            return await runs.find(connection, run_id)

    async def sync(
        self,
        account: AccountFacts,
        amazon: SellingPartner,
        *,
        datasets: Iterable[str] | None = None,
        reason: str = "nightly",
        days: int | None = None,
        progress: Watch | None = None,
    ) -> Summary:
        """Bring one account up to date: the newest days first, then the rest.

        Args:
            account: Whose data.
            amazon: That seller's connection.
            datasets: Only these; default: all.
            reason: ``nightly`` or ``manual``.
            days: At most that many days back.
            progress: Called after every step.

        Raises:
            InvalidInputError: There is no dataset by that name.
        """
        planned = await self.plan(account, datasets=datasets, reason=reason, days=days)
        planned = await self.adopt(account, planned, amazon)
        board = Board(account.slug, planned, progress)
        for later in (False, True):
            wave = [run for run in planned if (run.reason == BACKFILL) is later]
            async with asyncio.TaskGroup() as group:
                for run in wave:
                    group.create_task(self._drive(account, run, amazon, board))
            for run in await self.derive(account):
                board.note(run)
        return Summary.of(board.runs.values())

    async def _drive(
        self, account: AccountFacts, run: Run, amazon: SellingPartner, board: Board
    ) -> None:
        clock = self._bench.clock
        while run.open and run.state != RunState.FILLED:
            if run.next_at is not None:
                wait = run.next_at - clock.now()
                if wait > self._limits.patience:
                    return
                await clock.sleep(wait.total_seconds())
            run = await self.advance(account, run, amazon)
            board.note(run)

    def _unasked(self, account: AccountFacts, run: Run, amazon: SellingPartner) -> Work | None:
        report = self._bench.reports[run.dataset]
        if run.state != RunState.PLANNED or not isinstance(report.request, SpApiReport):
            return None
        zones = zones_of(account, run.marketplace)
        if settled_at(run.last_day, zones, report.settles) > self._now():
            return None
        return Work(self._bench, account, report, run, amazon)

    def _now(self) -> datetime:
        return self._bench.clock.now()

    async def _report_ids(self, account: AccountFacts) -> set[str]:
        async with self._bench.database.connection(account.id) as connection:
            cursor = await connection.execute(
                "select report_id from app.runs where report_id is not null"
            )
            return {row[0] for row in await cursor.fetchall()}
