"""Propose several items in one call: each is worked out alone, all are stored and shown together.

An item that cannot be done (an unknown SKU, a limit, Amazon's validation) does not stop the
others: it is stored as ``blocked`` and says why. A call in which nothing can be done is refused
with the first reason, and stores nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import InvalidInputError, StaleError, StockroomError
from stockroom.core.ids import canonical, uuid7
from stockroom.core.text import storable
from stockroom.spec.personal import personal_in
from stockroom.spec.tool import ChangeTool, LocalTool, TakesSeveral
from stockroom.writes.asker import Asker
from stockroom.writes.audit import Journal
from stockroom.writes.batch import REFUSED, Batch, of_batch
from stockroom.writes.expire import lapse, overdue
from stockroom.writes.limits import Limits
from stockroom.writes.means import PREVIEW_LASTS, Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.problems import problem_of
from stockroom.writes.propose import (
    REFUSALS,
    arguments_of,
    entitled,
    row_of,
    same_key,
    tool_of,
    worked_out,
)
from stockroom.writes.recall import recall
from stockroom.writes.refusals import remember
from stockroom.writes.rivals import check_rivals
from stockroom.writes.states import State
from stockroom.writes.told import sources_of, told_of

_AT_ONCE = 4
"""Items worked out side by side: Amazon's pace allows no more."""


class _Item(NamedTuple):
    """An item that can be done.

    Args:
        row: As it is stored.
        told: What its row in the audit tells besides: the guardrails it passed, where its figures
            come from.
    """

    row: ChangeRow
    told: Mapping[str, Any]


Planned = _Item | StockroomError


async def propose_batch(
    means: Means,
    asker: Asker,
    tool_name: str,
    items: Sequence[Mapping[str, Any] | BaseModel],
    *,
    reason: str | None = None,
    idempotency_key: str | None = None,
    reverts: Sequence[UUID | None] = (),
) -> Batch:
    """Store several proposals under one number and show them.

    Args:
        means: The gate's surroundings.
        asker: Who proposes, for which account.
        tool_name: Which write tool.
        items: The tool's own arguments, item by item.
        reason: Why, in the asker's words.
        idempotency_key: The same key with the same items gives the first result again.
        reverts: Per item, the change whose old values it puts back.

    Raises:
        InvalidInputError: The tool takes one at a time, an item is malformed, or two are about the
            same thing.
        StockroomError: None of the items can be done: why the first cannot.
        BusyError: The key previews too fast, or so many items at once.
    """
    tool = _taking_several(tool_of(means, tool_name))
    named = enumerate(items)
    wanted = [arguments_of(tool, item, place=f"items.{number}.") for number, item in named]
    asked = [storable(one.model_dump(mode="json")) for one in wanted]
    asked_for = {"tool": tool.name, "items": asked, "reason": reason}
    try:
        limits = entitled(asker, tool)
        await means.pace.take(asker, "propose", asked_for)
        first = await _earlier(means, asker, tool, asked, idempotency_key)
        if first is not None:
            return first
        await means.pace.take_items(asker, len(wanted), asked_for)
        begun = means.clock.now()
        planned = await _planned(means, asker, tool, wanted, limits)
        rows = [
            _refused(tool, asker, arguments, one, planned)
            if isinstance(one, StockroomError)
            else one.row
            for arguments, one in zip(asked, planned, strict=True)
        ]
        for row, undone in zip(rows, reverts, strict=False):
            row.reverts = undone
        rows[0].idempotency_key = idempotency_key
        told = [{} if isinstance(one, StockroomError) else one.told for one in planned]
        return await _stored(means, asker, rows, told, begun, reason=reason)
    except REFUSALS as refusal:
        async with means.journal(asker.account_id, asker.actor) as journal:
            await remember(journal, asker, "propose", refusal, more=asked_for)
        raise


def _taking_several(tool: ChangeTool) -> ChangeTool:
    """``tool``, if its changes may be shown and agreed to together.

    What is personal is sealed, shown and forgotten change by change: nobody is among several.

    Raises:
        InvalidInputError: They may not.
    """
    if not isinstance(tool, TakesSeveral) or personal_in(tool.arguments):
        raise InvalidInputError(
            f"{tool.name} takes one change at a time.",
            field="items",
            next_step="Call it once for each of them.",
        )
    return tool


async def _planned(
    means: Means, asker: Asker, tool: ChangeTool, wanted: Sequence[BaseModel], limits: Limits
) -> list[Planned]:
    """Each item worked out, or why it cannot be.

    Raises:
        StockroomError: None can be, or Amazon does not answer.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def plan(one: BaseModel) -> Planned:
        async with turns:
            try:
                change, rulings = await worked_out(means, asker, tool, one, limits)
            except StockroomError as refusal:
                return refusal
        row = row_of(change, tool, asker, storable(one.model_dump(mode="json")))
        return _Item(row, {"guardrails": rulings, **sources_of(change)})

    planned = await asyncio.gather(*map(plan, wanted))
    good = [one.row for one in planned if not isinstance(one, StockroomError)]
    refusals = [one for one in planned if isinstance(one, StockroomError)]
    for refusal in refusals:
        if refusal.retryable or not good:
            raise refusal
    if len({canonical(row.target) for row in good}) < len(good):
        raise InvalidInputError(
            "Two items are about the same thing.", field="items", next_step="Name each once."
        )
    return planned


def _refused(
    tool: ChangeTool,
    asker: Asker,
    asked: dict[str, Any],
    why: StockroomError,
    planned: list[Planned],
) -> ChangeRow:
    """An item that cannot be done, as it stands beside the others."""
    sibling = next(one.row for one in planned if not isinstance(one, StockroomError))
    names = tool.several.named if isinstance(tool, TakesSeveral) else ()
    place = {"marketplace": sibling.target.get("marketplace")}
    return ChangeRow(
        account_id=asker.account_id,
        tool=tool.name,
        state=State.BLOCKED,
        fingerprint=REFUSED,
        arguments=asked,
        target=place | {name: asked[name] for name in names if asked.get(name) is not None},
        before={},
        after={},
        observed={},
        payload={},
        measures={},
        summary="Refused at the preview.",
        warnings=[],
        reversible=False,
        irreversible="",
        local=isinstance(tool, LocalTool),
        key_id=asker.key_id,
        proposed_by=asker.facts,
        **problem_of(why),
    )


async def _stored(
    means: Means,
    asker: Asker,
    rows: Sequence[ChangeRow],
    told: Sequence[Mapping[str, Any]],
    begun: datetime,
    *,
    reason: str | None,
) -> Batch:
    async with means.journal(asker.account_id, asker.actor) as journal:
        # Two calls with one idempotency key may both have planned: the turn decides.
        asked = [row.arguments for row in rows]
        first = await same_key(journal.session, asker, rows[0].idempotency_key)
        if first is not None:
            rows = await _repeat(journal.session, asker, first, rows[0].tool, asked)
            return Batch.of(rows, means.base_url)
        batch_id = uuid7(journal.at)
        # Changes are listed from the highest number down; items keep the order they came in.
        numbers = sorted((uuid7(journal.at) for _ in rows), reverse=True)
        for number, row, own in zip(numbers, rows, told, strict=True):
            row.id, row.batch_id = number, batch_id
            row.reason, row.proposed_at = reason, journal.at
            row.expires_at = journal.at + PREVIEW_LASTS
            await _compared(journal, row, begun)
            journal.session.add(row)
            facts = {"by": asker.facts, "reason": reason, "batch": batch_id, **own}
            why = {"problem_kind": row.problem_kind, "problem": row.problem}
            refused = why if row.state == State.BLOCKED else {}
            await journal.write(row.state, row.id, {"change": told_of(row), **facts, **refused})
        return Batch.of(rows, means.base_url)


async def _compared(journal: Journal, row: ChangeRow, begun: datetime) -> None:
    """Hold an item that can be done against other changes: on their way, and turned down."""
    if row.state == State.BLOCKED:
        return
    try:
        await check_rivals(journal.session, row.account_id, row.tool, row.target, since=begun)
    except StaleError as refusal:
        row.state, row.fingerprint = State.BLOCKED, REFUSED
        for name, value in problem_of(refusal).items():
            setattr(row, name, value)
    else:
        await recall(journal.session, row, journal.at)


async def _earlier(
    means: Means,
    asker: Asker,
    tool: ChangeTool,
    asked: list[dict[str, Any]],
    idempotency_key: str | None,
) -> Batch | None:
    if idempotency_key is None:
        return None
    async with means.database.session(asker.account_id) as session:
        first = await same_key(session, asker, idempotency_key)
        if first is None:
            return None
        rows = await _repeat(session, asker, first, tool.name, asked)
    now = means.clock.now()
    rows = [await lapse(means, row) if overdue(row, now) else row for row in rows]
    return Batch.of(rows, means.base_url)


async def _repeat(
    session: AsyncSession, asker: Asker, first: ChangeRow, tool: str, asked: list[dict[str, Any]]
) -> Sequence[ChangeRow]:
    rows: list[ChangeRow] = []
    if first.batch_id is not None:
        rows = list(await session.scalars(of_batch(asker.account_id, first.batch_id)))
    if (first.tool, [row.arguments for row in rows]) != (tool, asked):
        raise InvalidInputError(
            "This idempotency_key was used for a change with other arguments.",
            field="idempotency_key",
            next_step="Use a new key for a new change.",
        )
    return rows
