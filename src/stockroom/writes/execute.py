"""Execute: carry a confirmed change out, once.

Everything up to the call only reads, and may be done any number of times: the change
is worked out again from live values, and anything else than the fingerprint that was
agreed to blocks it as stale. Then it is *taken*: in one transaction everything that may
forbid it is judged for the last time, and one conditional update lets exactly one
executor through. That one makes the call, at once. So:

- death before it is taken: it is still confirmed, and the next executor goes on;
- death after: nobody knows whether Amazon heard it. It becomes ``unknown`` and is
  settled by reading back. It is never sent again.

What is only kept here is not taken but written down (``write_down``).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from stockroom.amazon.exchange import NOT_SENT
from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    StaleError,
    StockroomError,
)
from stockroom.core.text import storable
from stockroom.db.reach import EVERYWHERE
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground, LocalTool
from stockroom.writes import jobs
from stockroom.writes.expire import lapse, overdue
from stockroom.writes.guardrails import check_switch
from stockroom.writes.leaving import last_word
from stockroom.writes.means import Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.personal import marked, opened
from stockroom.writes.problems import block, problem, problem_of
from stockroom.writes.states import State, step
from stockroom.writes.write_down import write_down

CALL_ENDS = timedelta(minutes=3)
"""No call that writes lasts longer (transport timeouts are shorter)."""

FIRST_LOOK = timedelta(seconds=10)
"""When Amazon is first asked whether it shows the change."""

_NO_CLEAR_NO = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY}
"""It took too long, collided or may be tried again: Amazon may have acted, on this very call."""

_TURNED_DOWN = "Amazon did not accept the change."


async def execute(means: Means, account_id: UUID, change_id: UUID) -> None:
    """Carry a confirmed change out; whatever else its state is, send nothing.

    Raises:
        StockroomError: Something retryable happened before anything was sent.
    """
    row = await means.find(account_id, change_id)
    if row.state == State.EXECUTING:
        await settle_taken(means, row)
    if row.state != State.CONFIRMED:
        return
    if overdue(row, means.clock.now()):
        await lapse(means, row)
        return
    async with means.ground(account_id, EVERYWHERE) as ground:
        change = await _agreed(means, row, ground)
        tool = means.tools[row.tool]
        if change is None:
            return
        if isinstance(tool, LocalTool):
            await write_down(means, row, change, tool)
        elif await _take(means, row, change):
            await _call(means, row, change, ground)


async def settle_taken(means: Means, row: ChangeRow) -> None:
    """A change that someone took and never reported on: unknown, once the call must be over."""
    assert row.taken_at is not None
    left = row.taken_at + CALL_ENDS - means.clock.now()
    async with means.journal(row.account_id) as journal:
        if left > timedelta():
            await jobs.defer(
                journal.session, means.clock, jobs.EXECUTE, row.account_id, row.id, after=left
            )
            return
        unknown = await step(
            journal,
            row.id,
            State.EXECUTING,
            State.UNKNOWN,
            details={"problem": "The executor ended without reporting."},
            next_look_at=journal.at,
        )
        if unknown is not None:
            await jobs.defer(journal.session, means.clock, jobs.VERIFY, row.account_id, row.id)


async def _agreed(means: Means, row: ChangeRow, ground: Ground) -> Change | None:
    """The change worked out again, when it is still what was agreed to."""
    tool = means.tools[row.tool]
    try:
        async with means.database.session(row.account_id) as session:
            await check_switch(session, row.account_id)  # then Amazon is not even asked
        arguments = {**row.arguments, **opened(means.vault, row)}
        wanted = tool.arguments.model_validate(arguments)
        change = marked(means.marks, await tool.plan(wanted, ground), wanted)
        if change.fingerprint != row.fingerprint:
            raise StaleError(
                "The live values moved after the preview: what was agreed to is no longer what "
                "would happen. Nothing was changed.",
                next_step="Propose it again, show the fresh preview, and confirm that.",
            )
    except StockroomError as refusal:
        if refusal.retryable:
            raise
        async with means.journal(row.account_id) as journal:
            await block(journal, row, refusal)
        return None
    return replace(change, id=row.id)


async def _take(means: Means, row: ChangeRow, change: Change) -> bool:
    async with means.journal(row.account_id) as journal:
        rulings = await last_word(journal, row, change, means.tools[row.tool])
        if rulings is None:
            return False
        taken = await step(
            journal,
            row.id,
            State.CONFIRMED,
            State.EXECUTING,
            details={"guardrails": [one.facts() for one in rulings]},
            taken_at=journal.at,
        )
    return taken is not None


async def _call(means: Means, row: ChangeRow, change: Change, ground: Ground) -> None:
    try:
        receipt = await means.sender(row.tool).execute(change, ground)
    except AmazonError as error:
        if _surely_nothing_happened(error):
            await _turned_away(means, row, error)
        else:
            await _silent(means, row, error)
    else:
        await _answered(means, row, receipt)


def _surely_nothing_happened(error: AmazonError) -> bool:
    """A clear no, or a call that never left; every other failure leaves it open."""
    answered = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return (answered and error.status not in _NO_CLEAR_NO) or error.code == NOT_SENT


async def _silent(means: Means, row: ChangeRow, silence: AmazonError) -> None:
    """No usable answer: Amazon may have acted. Only reading back can tell."""
    why = problem_of(silence)
    async with means.journal(row.account_id) as journal:
        await step(
            journal,
            row.id,
            State.EXECUTING,
            State.UNKNOWN,
            details={**why, "request_id": silence.request_id},
            **why,
            next_look_at=journal.at + FIRST_LOOK,
        )
        await jobs.defer(
            journal.session, means.clock, jobs.VERIFY, row.account_id, row.id, after=FIRST_LOOK
        )


async def _turned_away(means: Means, row: ChangeRow, refusal: AmazonError) -> None:
    """Nothing was changed: Amazon judged it and said no, or never looked at it."""
    why = problem_of(refusal)
    to = State.REJECTED if isinstance(refusal, AmazonRefusedError) else State.FAILED
    async with means.journal(row.account_id) as journal:
        await step(
            journal,
            row.id,
            State.EXECUTING,
            to,
            details={**why, "request_id": refusal.request_id},
            executed_at=journal.at,
            **why,
        )


async def _answered(means: Means, row: ChangeRow, receipt: Receipt) -> None:
    stored = storable({**asdict(receipt), "problems": list(receipt.problems)})
    async with means.journal(row.account_id) as journal:
        if not receipt.accepted:
            await step(
                journal,
                row.id,
                State.EXECUTING,
                State.REJECTED,
                details={"receipt": stored},
                receipt=stored,
                executed_at=journal.at,
                **problem(AmazonRefusedError.kind, _TURNED_DOWN, receipt.problems),
            )
            return
        await step(
            journal,
            row.id,
            State.EXECUTING,
            State.SENT,
            details={"receipt": stored},
            receipt=stored,
            executed_at=journal.at,
            next_look_at=journal.at + FIRST_LOOK,
        )
        await jobs.defer(
            journal.session, means.clock, jobs.VERIFY, row.account_id, row.id, after=FIRST_LOOK
        )
