"""Verify: accepted is not done. Amazon is read until it shows the change, or three days passed.

The next look is a job of its own, further away each time; nobody waits. The same
looks settle a change of which nobody knows whether Amazon heard it. What cannot be read at
all is not settled by that: after three days the looks end, and its state stays.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from stockroom.core.errors import (
    AmazonRefusedError,
    BusyError,
    InvalidInputError,
    NotFoundError,
    StockroomError,
)
from stockroom.core.text import storable
from stockroom.db.reach import EVERYWHERE
from stockroom.spec.change import Seen, Verdict
from stockroom.writes import jobs
from stockroom.writes.audit import Journal
from stockroom.writes.means import Means, change_of
from stockroom.writes.models import ChangeRow
from stockroom.writes.problems import NO_PROBLEM, problem
from stockroom.writes.states import State, step
from stockroom.writes.told import told_of

GIVES_UP = timedelta(hours=72)
"""After this Amazon is not going to show it."""

_PAUSES = tuple(
    timedelta(seconds=s) for s in (10, 10, 10, 10, 10, 10, 20, 40, 60, 120, 300, 900, 3600)
)
"""Even for a minute: an inbound plan is read back step by step, each a look after the last."""
_LAST_PAUSE = timedelta(hours=3)
_SLACK = timedelta(seconds=2)
"""The queue runs on the machine's clock and may come a little before ours says so."""

NEVER_SHOWN = "Amazon took the change and did not show it within 72 hours."
RULED_OUT = "Amazon reports an issue that rules the change out."
NEVER_READ = (
    "For 72 hours it could not be read back, and nobody looks any more: whether it is in force is "
    "not known."
)
NEVER_HEARD = "Amazon never showed the change within 72 hours: it did not happen."


def pause_after(looks: int) -> timedelta:
    """How long to wait after that many looks."""
    return _PAUSES[looks] if looks < len(_PAUSES) else _LAST_PAUSE


async def verify(means: Means, account_id: UUID, change_id: UUID) -> None:
    """Read a sent (or unknown) change back once when it is time, and settle it or come back later."""
    row = await means.find(account_id, change_id)
    if row.state not in {State.SENT, State.UNKNOWN} or _too_early(row, means.clock.now()):
        return
    verdict = await _look(means, row)
    async with means.journal(account_id) as journal:
        await _settle(means, journal, row, verdict)


def _too_early(row: ChangeRow, now: datetime) -> bool:
    """A second chain of looks, begun while the first was only late, ends here."""
    return row.next_look_at is not None and now < row.next_look_at - _SLACK


async def _look(means: Means, row: ChangeRow) -> Verdict:
    """What Amazon shows; a look that failed saw nothing new, and there will be another.

    That what was changed is gone, or is something else by now, is an answer, not a failure.
    """
    change = change_of(row)
    try:
        async with means.ground(row.account_id, EVERYWHERE) as ground:
            return await means.sender(row.tool).verify(change, ground)
    except (NotFoundError, InvalidInputError):
        return Verdict(Seen.PENDING, change.seen)
    except StockroomError as failure:
        return Verdict(Seen.NOTHING, change.seen, (f"The read-back failed: {failure.summary}",))


async def _settle(means: Means, journal: Journal, row: ChangeRow, verdict: Verdict) -> None:
    seen = storable({**asdict(verdict), "problems": list(verdict.problems)})
    end = _end_of(row, verdict, journal.at)
    if end is None:
        over = _is_over(row, journal.at)
        await (_leave_it(journal, row, seen) if over else _come_back(means, journal, row, seen))
        return
    to, why = end
    await step(
        journal,
        row.id,
        State(row.state),
        to,
        details={"seen": seen, **why},
        last_verdict=seen,
        looks=row.looks + 1,
        next_look_at=None,
        verified_at=journal.at if to is State.VERIFIED else None,
        **why,
    )


def _end_of(row: ChangeRow, verdict: Verdict, now: datetime) -> tuple[State, dict[str, Any]] | None:
    """Where a look ends the change and why, or None to look again."""
    heard = row.state == State.SENT
    no = State.REJECTED if heard else State.FAILED
    if verdict.seen is Seen.APPLIED:
        return State.VERIFIED, NO_PROBLEM
    if verdict.seen is Seen.NOTHING:
        return None  # three days of silence do not say that it is not in force
    if verdict.seen is Seen.REFUSED:
        return no, problem(AmazonRefusedError.kind, RULED_OUT, verdict.problems)
    if _is_over(row, now):
        why = NEVER_SHOWN if heard else NEVER_HEARD
        return no, problem(AmazonRefusedError.kind, why, verdict.problems)
    return None


def _is_over(row: ChangeRow, now: datetime) -> bool:
    assert row.taken_at is not None  # nothing is read back that was not taken
    return now >= row.taken_at + GIVES_UP


async def _leave_it(journal: Journal, row: ChangeRow, seen: dict[str, Any]) -> None:
    why = problem(BusyError.kind, NEVER_READ)
    looked = await _looked(journal, row, last_verdict=seen, next_look_at=None, **why)
    if looked is not None:
        told = {"change": told_of(looked), "seen": seen, **why}
        await journal.write("unseen", row.id, told)


async def _come_back(means: Means, journal: Journal, row: ChangeRow, seen: dict[str, Any]) -> None:
    pause = pause_after(row.looks)
    await _looked(journal, row, last_verdict=seen, next_look_at=journal.at + pause)
    await jobs.defer(journal.session, means.clock, jobs.VERIFY, row.account_id, row.id, after=pause)


async def _looked(journal: Journal, row: ChangeRow, **values: Any) -> ChangeRow | None:
    """Count a look that ends nothing; None: somebody else's look ended it meanwhile."""
    looked: ChangeRow | None = await journal.session.scalar(
        update(ChangeRow)
        .where(
            ChangeRow.account_id == row.account_id,
            ChangeRow.id == row.id,
            ChangeRow.state == row.state,
        )
        .values(looks=row.looks + 1, **values)
        .returning(ChangeRow),
        execution_options={"synchronize_session": False},
    )
    return looked
