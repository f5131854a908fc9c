"""Replaying: tables made again from the documents that are kept, without asking Amazon.

After a repaired parser, or a table that was damaged. Every day has one run that
loaded it last, and only that run's document is read for it, so that a table
which is right already is never made older on the way: the same rows are written
nowhere. Orders replace each other by their own instant of update and are read
in the order in which they were loaded.

The guard is not asked: each of these documents was believed once, and what it
would be compared with may be the damage. What was withheld owns no day and stays
out. A day whose document is no longer kept keeps the rows it has. Rows that are
written name the run that loaded the day, hence Amazon's report; a row that was
the same in two loads may so name the later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import psycopg
from psycopg import sql

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import BadDocumentError
from stockroom.spec.account import AccountFacts
from stockroom.spec.load import Replaces
from stockroom.spec.report import Report
from stockroom.spec.run import GOOD_STATES, Run, RunState
from stockroom.spec.window import Window, windows
from stockroom.sync import runs
from stockroom.sync.engine import SyncEngine
from stockroom.sync.fill import alone, ensure_months
from stockroom.sync.progress import Progress, Watch
from stockroom.sync.retry import told
from stockroom.sync.runs import Connection
from stockroom.sync.staging import stage
from stockroom.sync.swap import Swap
from stockroom.sync.work import Work

_OWNED = """
    select l.run_id, l.marketplace, l.day, exists (
        select from app.runs r join raw.documents d on d.id = r.document_id where r.id = l.run_id)
    from app.loaded_days l where l.dataset = %s and l.day >= %s
"""
_STILL_OWNED = """
    select count(*) from app.loaded_days
    where run_id = %s and dataset = %s and day between %s and %s
"""
_LOADED = sql.SQL(
    "dataset = %(dataset)s and state = any(%(good)s) and last_day >= %(since)s"
    " and exists (select from raw.documents d where d.id = app.runs.document_id)"
)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay of one dataset of one account did.

    Args:
        documents: Documents that were read.
        rows: Rows read from them.
        changed_days: Days whose rows were different.
        gone: Days that were loaded and have no document any more, by marketplace (empty: region).
        refused: Windows whose document cannot be read any more, each with the reason.
    """

    documents: int
    rows: int
    changed_days: int
    gone: tuple[tuple[str, Window], ...]
    refused: tuple[tuple[str, Window, str], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Days that a document is read for."""

    run: Run
    window: Window


class Replay:
    """Replays datasets of one account.

    Args:
        engine: Fills and derives.
        account: Whose tables.
        amazon: The seller's connection; it is never asked.
        watch: Told of every document.
    """

    def __init__(
        self,
        engine: SyncEngine,
        account: AccountFacts,
        amazon: SellingPartner,
        watch: Watch | None = None,
    ) -> None:
        self._engine = engine
        self._account = account
        self._amazon = amazon
        self._watch = watch

    async def of(self, dataset: str, since: date | None = None) -> Replayed:
        """Make a dataset's table again, and what is derived of it.

        Args:
            dataset: Its name.
            since: Leave older days alone.

        Raises:
            InvalidInputError: There is no such dataset.
        """
        report = self._engine.report(dataset)
        first = since or date.min
        owned, gone = await self._owned(report, first)
        pieces = await self._pieces(report, first, owned)
        rows, changed = 0, set[date]()
        refused: list[tuple[str, Window, str]] = []
        for done, piece in enumerate(pieces, 1):
            try:
                read, days = await self._again(report, piece)
            except (BadDocumentError, psycopg.DataError, psycopg.IntegrityError) as error:
                why = told(str(error))
                refused.append((piece.run.marketplace, piece.window, why))
                self._tell(piece, done, len(pieces), None, why)
                continue
            rows += read
            changed.update(days)
            self._tell(piece, done, len(pieces), read, None)
        await self._engine.derive(self._account)
        documents = len({piece.run.id for piece in pieces}) - len(refused)
        return Replayed(documents, rows, len(changed), tuple(gone), tuple(refused))

    async def _owned(
        self, report: Report, since: date
    ) -> tuple[dict[UUID, list[date]], list[tuple[str, Window]]]:
        """Days by the run that loaded them last; and the days whose document is gone."""
        async with self._engine.bench.database.connection(self._account.id) as connection:
            cursor = await connection.execute(_OWNED, [report.name, since])
            found = await cursor.fetchall()
        owned: dict[UUID, list[date]] = {}
        lost: dict[str, list[date]] = {}
        for run_id, marketplace, day, kept in found:
            if kept:
                owned.setdefault(run_id, []).append(day)
            else:
                lost.setdefault(marketplace, []).append(day)
        gone = [
            (code, window) for code, days in lost.items() for window in windows(days, len(days))
        ]
        return owned, gone

    async def _pieces(
        self, report: Report, since: date, owned: dict[UUID, list[date]]
    ) -> Sequence[Piece]:
        """What is read for which days, in the order of the first loading."""
        where = {
            "dataset": report.name,
            "since": since,
            "good": [state.value for state in GOOD_STATES],
        }
        async with self._engine.bench.database.connection(self._account.id) as connection:
            loaded = await runs.select(connection, _LOADED, where)
        # Loaded together, the newer window went first (see ``sync.fill``).
        loaded.sort(key=lambda run: (run.finished_at or _LATEST, -run.last_day.toordinal()))
        return [piece for run in loaded for piece in _pieces_of(report, run, owned)]

    async def _again(self, report: Report, piece: Piece) -> tuple[int, list[date]]:
        """Fill from a document once more; returns the rows read and the days that changed.

        Days of which a sync has loaded something newer meanwhile are that load's now.
        """
        bench = self._engine.bench
        run = piece.run.but(first_day=piece.window.first, last_day=piece.window.last)
        work = Work(bench, self._account, report, run, self._amazon)
        async with bench.filling, bench.database.connection(self._account.id) as connection:
            await alone(work, connection)
            if not await _still_owned(connection, work):
                return 0, []
            tally = await stage(connection, work)
            swap = Swap(connection, work, tally.days)
            await swap.arrange()
            await ensure_months(work, await swap.days())
            changed = await swap.exchange()
            if changed:
                now = await runs.find(connection, run.id)
                stale = sorted({*now.dirty_days, *changed})
                await runs.save(connection, now.but(state=RunState.FILLED.value, dirty_days=stale))
        return tally.rows, changed

    def _tell(
        self, piece: Piece, done: int, total: int, rows: int | None, error: str | None
    ) -> None:
        if self._watch is None:
            return
        self._watch(
            Progress(
                account=self._account.slug,
                dataset=piece.run.dataset,
                marketplace=piece.run.marketplace,
                window=piece.window,
                reason="replay",
                state="failed" if error else "done",
                done=done,
                total=total,
                rows=rows,
                error=error,
            )
        )


def _pieces_of(report: Report, run: Run, owned: dict[UUID, list[date]]) -> Iterator[Piece]:
    if report.load.replaces is Replaces.GROUP:
        yield Piece(run, run.window)
        return
    days = owned.get(run.id, [])
    for window in windows(days, max(1, len(days))):
        yield Piece(run, window)


async def _still_owned(connection: Connection, work: Work) -> bool:
    """Nothing newer came in since the days were shared out; groups look after themselves."""
    if work.report.load.replaces is Replaces.GROUP:
        return True
    run = work.run
    cursor = await connection.execute(
        _STILL_OWNED, [run.id, run.dataset, run.first_day, run.last_day]
    )
    row = await cursor.fetchone()
    return row is not None and row[0] == len(run.window)
