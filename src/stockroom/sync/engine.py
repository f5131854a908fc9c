"""The sync engine: runs declarations it has never seen, one stored step at a time.

    planned → requested → ready → landed → filled → done

``advance`` takes one step and stores it, so that a worker killed anywhere goes
on where it was. ``plan`` says what is due. ``sync`` drives one account to its
end and is what the command line uses; the worker attends to it in the same way,
a moment at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError, StockroomError
from stockroom.core.log import logger
from stockroom.db.engine import Database
from stockroom.spec.account import AccountFacts
from stockroom.spec.metric import Metric
from stockroom.spec.report import Report
from stockroom.spec.run import Run, RunState
from stockroom.sync import runs
from stockroom.sync.adoption import adopt
from stockroom.sync.attend import Attendance
from stockroom.sync.claims import Claims
from stockroom.sync.derive import derive
from stockroom.sync.documents import Cipher
from stockroom.sync.forecast import Forecast
from stockroom.sync.foresight import foresee
from stockroom.sync.layout import DriftError
from stockroom.sync.listed import look
from stockroom.sync.plan import BACKFILL, NIGHTLY, Wish, plan, turn
from stockroom.sync.progress import Board, Summary, Watch
from stockroom.sync.quarantine import RECHECK, withhold
from stockroom.sync.retry import after_failure, ended, waits_its_turn
from stockroom.sync.sharing import claim
from stockroom.sync.ways import step
from stockroom.sync.work import Bench, Work

_LOOK_AGAIN = timedelta(seconds=2)
_EVER = datetime.min.replace(tzinfo=UTC)

_log = logger("sync.engine")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at a time.

    Args:
        fills: Windows parsed and loaded at once by this process.
        patience: ``sync`` leaves what is open for later when no step is due within that time.
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
        self.bench = Bench(
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
        return tuple(self.bench.reports)

    def report(self, dataset: str) -> Report:
        """The declaration of a dataset.

        Raises:
            InvalidInputError: There is none by that name.
        """
        if dataset not in self.bench.reports:
            raise InvalidInputError(
                f"'{dataset}' is not a dataset.",
                field="dataset",
                next_step=f"Use one of: {', '.join(self.datasets)}.",
            )
        return self.bench.reports[dataset]

    def priority(self, run: Run) -> int:
        """How urgent a run is among others: larger first, history last."""
        patience, rank = turn(self.bench.reports, run)
        return -50 * patience - rank

    async def plan(
        self,
        account: AccountFacts,
        *,
        datasets: Iterable[str] | None = None,
        reason: str = NIGHTLY,
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
            self.report(name)
        return await plan(self.bench, account, chosen, Wish(reason, days))

    async def adopt(
        self, account: AccountFacts, open_runs: Sequence[Run], amazon: SellingPartner
    ) -> list[Run]:
        """Look at what Amazon made by itself, and use what it already has instead of asking again."""
        seen = await look(self.bench, account, open_runs, amazon)
        return await adopt(self.bench, account, seen, amazon)

    async def foresee(self, account: AccountFacts) -> Forecast:
        """What the night that is due, else the coming one, will ask of Amazon. Stores nothing."""
        return await foresee(self.bench, account)

    async def advance(self, account: AccountFacts, run: Run, amazon: SellingPartner) -> Run:
        """Take one step; the result is stored, also when the step failed.

        A run that has moved on meanwhile, or that another process has in hand, is
        returned as it is stored. So is one whose document is being fetched for another.
        """
        async with self._claims.hold(claim(run)) as ours:
            stored = await self.find(account, run.id)
            if not ours:
                return stored.but(next_at=max(stored.next_at or _EVER, self._now() + _LOOK_AGAIN))
            if claim(stored) != claim(run) or stored.state != run.state or not stored.open:
                return stored
            return await self._step(account, stored, amazon)

    async def _step(self, account: AccountFacts, run: Run, amazon: SellingPartner) -> Run:
        if run.state == RunState.FILLED:
            await self.derive(account)
            return await self.find(account, run.id)
        work = Work(self.bench, account, self.bench.reports[run.dataset], run, amazon)
        try:
            return await step(work)
        except DriftError as error:
            left = await withhold(work, await self.find(account, run.id), error)
        except StockroomError as error:
            left = after_failure(await self.find(account, run.id), error, work.now)
            if waits_its_turn(error):
                return await work.saved(left)
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
        async with self.bench.filling:
            return await derive(self.bench, account)

    async def find(self, account: AccountFacts, run_id: UUID) -> Run:
        """The run as it is stored.

        Raises:
            NotFoundError: The account has no such run.
        """
        async with self.bench.database.connection(account.id) as connection:
            return await runs.find(connection, run_id)

    async def attendance(self, account: AccountFacts, amazon: SellingPartner) -> Attendance:
        """The account's open runs, to be attended to.

        Raises:
            DatabaseUnavailableError: Postgres does not answer.
        """
        async with self.bench.database.connection(account.id) as connection:
            open_runs = await runs.still_open(connection, self.datasets)
        return self._attendance(account, amazon, open_runs, Board(account.slug, None))

    def _attendance(
        self, account: AccountFacts, amazon: SellingPartner, chosen: Sequence[Run], board: Board
    ) -> Attendance:
        async def advance(run: Run) -> Run:
            after = await self.advance(account, run, amazon)
            board.note(after)
            if after.state == RunState.QUARANTINED and RECHECK in after.remarks:
                again = await self.find(account, UUID(after.remarks[RECHECK]))
                board.add(again)
                attendance.add(again)
            return after

        attendance = Attendance(
            chosen,
            reports=self.bench.reports,
            clock=self.bench.clock,
            priority=self.priority,
            advance=advance,
        )
        return attendance

    async def sync(
        self,
        account: AccountFacts,
        amazon: SellingPartner,
        *,
        datasets: Iterable[str] | None = None,
        reason: str = NIGHTLY,
        days: int | None = None,
        urgent: bool = False,
        progress: Watch | None = None,
    ) -> Summary:
        """Bring one account up to date: the newest days first, then the rest.

        Args:
            account: Whose data.
            amazon: That seller's connection.
            datasets: Only these; default: all.
            reason: ``nightly`` or ``manual``.
            days: At most that many days back.
            urgent: Only what is needed first; the rest stays planned, for the worker.
            progress: Called after every step.

        Raises:
            InvalidInputError: There is no dataset by that name.
        """
        board = Board(account.slug, progress)
        planned = await self.plan(account, datasets=datasets, reason=reason, days=days)
        planned = [run for run in planned if not urgent or self.priority(run) >= 0]
        while planned := [run for run in planned if board.add(run)]:
            adopted = await self.adopt(account, planned, amazon)
            attendance = self._attendance(account, amazon, adopted, board)
            await attendance.see_through(self._limits.patience)
            if not any(run.reason == BACKFILL and board.good(run) for run in planned):
                break
            # What became due meanwhile is for the next sync: this one only finishes the history.
            more = await self.plan(account, datasets=datasets, reason=NIGHTLY, days=days)
            planned = [run for run in more if run.reason == BACKFILL]
        return Summary.of(board.runs.values())

    def _now(self) -> datetime:
        return self.bench.clock.now()
