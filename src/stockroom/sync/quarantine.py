"""Withheld documents: kept, asked for again, released by a second one like them, or by a person.

A document that is not believed stays with its run, and its headline figures
with it. After Amazon's refresh interval the same is asked for once more. When a
document of another report says the same within two percent, both are right and
the newer is loaded; when one that is believed comes in, the withheld is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import sql

from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.ids import uuid7
from stockroom.spec.load import Replaces
from stockroom.spec.report import ListedReport, Report
from stockroom.spec.run import GOOD_STATES, Run, RunState
from stockroom.sync import documents, runs
from stockroom.sync.layout import DriftError
from stockroom.sync.retry import ended
from stockroom.sync.runs import Connection
from stockroom.sync.work import Work

RECHECK = "recheck"
IMPORT = "import"
"""The reason of runs whose document a person brought."""
RELEASED = "released"
"""The remark that lets a document pass the guard, with who let it."""
_RECHECKS = 3
_ONE_NIGHT = timedelta(hours=36)
_SLACK = timedelta(minutes=1)
_SHORTEST_REFRESH = timedelta(minutes=5)
_AGREE = 0.02
_SAME_SKUS = 0.9

_SAME_PLACE = "dataset = %(dataset)s and marketplace = %(marketplace)s and id <> %(run)s"
_WITHHELD = sql.SQL("state = 'quarantined'")
_WITNESSES = sql.SQL(
    _SAME_PLACE + " and state = 'quarantined' and finished_at > %(since)s and remarks ? 'figures'"
    " and document_id is not null and (report_id is distinct from %(report)s or report_id is null)"
    " and reason <> %(import)s"
)
_READ_BY_OTHERS = sql.SQL("id <> %(run)s and document_id = %(document)s")
_NEWER = sql.SQL(
    _SAME_PLACE + " and state = any(%(good)s) and requested_at > %(asked)s"
    " and first_day <= %(last)s and last_day >= %(first)s"
)
_SETTLE = """
    update app.runs set state = 'discarded',
        remarks = remarks || jsonb_build_object('settled_by', %(run)s::text)
    where dataset = %(dataset)s and marketplace = %(marketplace)s and id <> %(run)s
        and state = 'quarantined' and last_day <= %(last)s
        and (%(snapshot)s or last_day >= %(first)s)
"""


def _where(run: Run, **more: Any) -> dict[str, Any]:
    return {
        "dataset": run.dataset,
        "marketplace": run.marketplace,
        "run": run.id,
        "report": run.report_id,
        "document": run.document_id,
        "first": run.first_day,
        "last": run.last_day,
        "asked": run.requested_at,
        "good": [state.value for state in GOOD_STATES],
        **more,
    }


# --- withholding ----------------------------------------------------------------------------------


async def withhold(work: Work, run: Run, error: DriftError) -> Run:
    """Quarantine a run and ask for the same again after Amazon's refresh interval."""
    held = ended(run, work.now, RunState.QUARANTINED, error)
    held = held.but(remarks={**run.remarks, **error.remarks})
    again = _recheck(work, held)
    if again is not None:
        held = held.but(remarks={**held.remarks, RECHECK: str(again.id)})
    async with work.bench.database.connection(work.account.id) as connection:
        await runs.save(connection, held, *([again] if again else []))
    return held


def _recheck(work: Work, held: Run) -> Run | None:
    times = int(held.remarks.get("rechecks", 0)) + 1
    if times > _RECHECKS or held.reason == IMPORT or _apart(work.report):
        return None
    refresh = max(work.report.request.refresh, _SHORTEST_REFRESH)
    return Run(
        account_id=held.account_id,
        id=uuid7(work.now),
        dataset=held.dataset,
        marketplace=held.marketplace,
        first_day=held.first_day,
        last_day=held.last_day,
        reason=RECHECK,
        state=RunState.PLANNED.value,
        dirty_days=[],
        remarks={"rechecks": times},
        attempts=0,
        next_at=max(work.now, (held.requested_at or work.now) + refresh) + _SLACK,
        created_at=work.now,
    )


# --- agreeing -------------------------------------------------------------------------------------


async def witness(connection: Connection, work: Work, found: Mapping[str, Any]) -> UUID | None:
    """A run of the same night whose withheld document, of another report, says the same.

    What a person brings stands for nothing and nothing for it: the same file may come twice.

    Args:
        connection: The fill's.
        work: The run that is not believed.
        found: Its remarks: ``figures`` and ``sketch``.
    """
    if _apart(work.report) or work.run.reason == IMPORT:
        return None
    where = _where(work.run, since=work.now - _ONE_NIGHT) | {"import": IMPORT}
    snapshot = work.report.load.replaces is Replaces.SNAPSHOT
    for other in await runs.select(connection, _WITNESSES, where):
        same_days = snapshot or other.window == work.run.window
        if same_days and agree(found, other.remarks):
            return other.id
    return None


def agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents are alike: figures within two percent, and the same SKUs."""
    for name in ("rows", "units", "skus"):
        ours, theirs = (int(side["figures"][name]) for side in (one, other))
        if abs(ours - theirs) > _AGREE * max(abs(ours), abs(theirs)):
            return False
    ours_, theirs_ = (set(side.get("sketch", ())) for side in (one, other))
    return len(ours_ & theirs_) >= _SAME_SKUS * max(len(ours_), len(theirs_))


async def settle(connection: Connection, run: Run, report: Report) -> None:
    """A good load has come in: what was withheld for the same days is settled."""
    if _apart(report):
        return
    snapshot = report.load.replaces is Replaces.SNAPSHOT
    await connection.execute(_SETTLE, _where(run, snapshot=snapshot))


def _apart(report: Report) -> bool:
    """Whether documents of the same days have nothing of each other: those that Amazon lists."""
    return isinstance(report.request, ListedReport)


# --- by a person ------------------------------------------------------------------------------------


async def withheld(connection: Connection) -> list[Run]:
    """The account's withheld documents, newest window first."""
    return await runs.select(connection, _WITHHELD)


async def open_gate(connection: Connection, report: Report, run: Run, now: datetime) -> Run:
    """Let a withheld document pass: its run stands where it was before the guard.

    Raises:
        InvalidInputError: It is not withheld, or something newer has been loaded since.
    """
    _require_withheld(run)
    if not _apart(report) and await runs.select(connection, _NEWER, _where(run)):
        raise InvalidInputError(
            f"A newer document of {run.dataset} has been loaded since.",
            field="run",
            next_step="Discard this one.",
        )
    released = run.but(
        state=RunState.LANDED.value,
        remarks={**run.remarks, RELEASED: "a person"},
        error=None,
        error_kind=None,
        finished_at=None,
        next_at=now,
    )
    await runs.save(connection, released)
    return released


async def discard(connection: Connection, run: Run, now: datetime) -> Run:
    """Forget a withheld document.

    Raises:
        InvalidInputError: It is not withheld.
    """
    _require_withheld(run)
    if run.document_id is not None and not await runs.select(
        connection, _READ_BY_OTHERS, _where(run)
    ):
        await documents.forget(connection, run.document_id)
    gone = run.but(state=RunState.DISCARDED.value, document_id=None, finished_at=now)
    await runs.save(connection, gone)
    return gone


def _require_withheld(run: Run) -> None:
    if run.state != RunState.QUARANTINED:
        raise InvalidInputError(
            f"Run {run.id} is {run.state}, not quarantined.",
            field="run",
            next_step="See 'stockroom quarantine list'.",
        )
    if run.document_id is None:
        raise NotFoundError(f"The document of run {run.id} is no longer kept.")
