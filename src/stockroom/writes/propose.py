"""Propose: work a change out from live values, judge it, store it, show it.

Nothing at Amazon changes here. The preview that comes back is what will be done, to
the byte: its fingerprint covers the live values it was computed from and the body
that would be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import (
    AmazonRefusedError,
    GuardrailError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StaleError,
    StoppedError,
)
from stockroom.core.ids import uuid7
from stockroom.core.ruling import Ruling
from stockroom.core.text import storable
from stockroom.spec.change import Change
from stockroom.spec.personal import set_apart
from stockroom.spec.tool import ChangeTool, LocalTool
from stockroom.writes.asker import Asker
from stockroom.writes.entitled import check_reads
from stockroom.writes.expire import lapse, overdue
from stockroom.writes.guardrails import Case, check_change, check_moment
from stockroom.writes.limits import Limits
from stockroom.writes.means import PREVIEW_LASTS, Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.personal import ABOUT, mark_of, marked, sealed
from stockroom.writes.recall import recall
from stockroom.writes.refusals import remember
from stockroom.writes.rivals import check_rivals, done_before
from stockroom.writes.shown import Preview
from stockroom.writes.states import State
from stockroom.writes.told import sources_of, told_of

REFUSALS = (GuardrailError, StoppedError, NotAllowedError, StaleError, AmazonRefusedError)
"""Answers that leave a row in the audit although nothing was stored."""


class _Asked(NamedTuple):
    """A tool and its arguments, as JSON values; of what is personal among them the mark."""

    tool: str
    arguments: dict[str, Any]
    about: str

    @classmethod
    def of(cls, row: ChangeRow) -> _Asked:
        """What a change was asked as."""
        return cls(row.tool, row.arguments, row.observed.get(ABOUT, ""))


async def propose(
    means: Means,
    asker: Asker,
    tool_name: str,
    arguments: Mapping[str, Any] | BaseModel,
    *,
    reason: str | None = None,
    idempotency_key: str | None = None,
    reverts: UUID | None = None,
) -> Preview:
    """Store a proposal and show it.

    Args:
        means: The gate's surroundings.
        asker: Who proposes, for which account.
        tool_name: Which write tool.
        arguments: The tool's own arguments.
        reason: Why, in the asker's words.
        idempotency_key: The same key with the same arguments gives the first result again.
        reverts: The change whose old values this one puts back.

    Raises:
        InvalidInputError: An argument cannot be used.
        NotAllowedError: The key may not use this tool.
        NotFoundError: What it would change is not in a marketplace of the key.
        GuardrailError: A limit forbids it.
        StoppedError: The account's stop switch is on.
        StaleError: Another change of the same target is on its way.
        AmazonRefusedError: Amazon's own validation says no.
        BusyError: The key previews too fast.
    """
    tool = tool_of(means, tool_name)
    wanted = arguments_of(tool, arguments)
    told, personal = set_apart(wanted)
    about = mark_of(means.marks, asker.account_id, personal)
    asked = _Asked(tool.name, storable(told), about)
    asked_for = {"tool": tool.name, "arguments": asked.arguments, "reason": reason}
    try:
        limits = entitled(asker, tool)
        await means.pace.take(asker, "propose", asked_for)
        first = await _earlier(means, asker, asked, idempotency_key)
        if first is not None:
            return first
        case = Case(asker.account_id, asker.key_id, limits, means.clock.now())
        change, moment = await _planned(means, asker, tool, wanted, case)
        row = row_of(change, tool, asker, asked.arguments)
        row.personal = sealed(means.vault, row.account_id, personal)
        row.reason, row.idempotency_key, row.reverts = reason, idempotency_key, reverts
        facts = {"by": asker.facts, "reason": reason, **sources_of(change)}
        return await _stored(means, asker, row, _Judged(case, change, moment), facts)
    except REFUSALS as refusal:
        async with means.journal(asker.account_id, asker.actor) as journal:
            await remember(journal, asker, "propose", refusal, more=asked_for)
        raise


def tool_of(means: Means, name: str) -> ChangeTool:
    """The write tool of that name.

    Raises:
        InvalidInputError: There is none.
    """
    tool = means.tools.get(name)
    if tool is None:
        raise InvalidInputError(
            f"There is no write tool '{name[:60]}'.",
            field="tool",
            next_step="Use a tool of the tool list.",
        )
    return tool


def arguments_of(
    tool: ChangeTool, arguments: Mapping[str, Any] | BaseModel, *, place: str = ""
) -> BaseModel:
    """The tool's arguments, checked; ``place`` is said before the name of one at fault.

    Raises:
        InvalidInputError: One cannot be used.
    """
    if isinstance(arguments, BaseModel):
        return arguments
    try:
        return tool.arguments.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = place + ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"{name}: {first['msg']}.",
            field=name,
            next_step="Correct it as the tool's input schema says.",
        ) from None


def entitled(asker: Asker, tool: ChangeTool) -> Limits:
    """The limits of an asker who may propose with the tool.

    Raises:
        NotAllowedError: It may not.
        GuardrailError: Its limits cannot be understood.
    """
    if not asker.may(tool.name, tool.scope):
        raise NotAllowedError(
            f"This key may not use {tool.name}.",
            next_step=f"It needs the scope {tool.scope}; an owner of the account can issue a key that has it.",
        )
    return Limits.read(asker.limits)


async def worked_out(
    means: Means,
    asker: Asker,
    tool: ChangeTool,
    wanted: BaseModel,
    limits: Limits,
) -> tuple[Change, list[dict[str, Any]]]:
    """The change from live values, and the guardrails it passed."""
    case = Case(asker.account_id, asker.key_id, limits, means.clock.now())
    change, moment = await _planned(means, asker, tool, wanted, case)
    async with means.database.session(asker.account_id) as session:
        rulings = moment + await check_change(session, case, change)
    return change, [one.facts() for one in rulings]


async def _planned(
    means: Means, asker: Asker, tool: ChangeTool, wanted: BaseModel, case: Case
) -> tuple[Change, list[Ruling]]:
    """The change from live values, and what the moment passed; what it would do is still to be judged."""
    check_reads(asker, tool, wanted)
    async with means.database.session(asker.account_id) as session:
        moment = await check_moment(session, case)
    async with means.ground(asker.account_id, asker.reach) as ground:
        change = marked(means.marks, await tool.plan(wanted, ground), wanted)
    if not asker.reaches(change.target):
        raise NotFoundError(
            "There is nothing of that name within this key's reach.",
            next_step="Call accounts to see the marketplaces of this key.",
        )
    return change, moment


def row_of(change: Change, tool: ChangeTool, asker: Asker, asked: dict[str, Any]) -> ChangeRow:
    """A proposal as it is stored; when and under which number is still to be said."""
    return ChangeRow(
        account_id=asker.account_id,
        tool=change.tool,
        state=State.PROPOSED,
        fingerprint=change.fingerprint,
        arguments=asked,
        target=storable(change.target),
        before=storable(change.before),
        after=storable(change.after),
        observed=storable(change.observed),
        payload=storable(change.payload),
        measures=storable(change.measures),
        summary=change.summary,
        warnings=list(change.warnings),
        reversible=change.reversible,
        costs=None if change.costs is None else asdict(change.costs),
        irreversible=change.irreversible,
        local=isinstance(tool, LocalTool),
        key_id=asker.key_id,
        proposed_by=asker.facts,
    )


class _Judged(NamedTuple):
    """A change that waits for its last judgement: by which limits, and what the moment passed."""

    case: Case
    change: Change
    moment: list[Ruling]


async def _stored(
    means: Means, asker: Asker, row: ChangeRow, judged: _Judged, told: Mapping[str, Any]
) -> Preview:
    async with means.journal(asker.account_id, asker.actor) as journal:
        # Two proposals with one idempotency key may both have planned: the turn decides.
        first = await same_key(journal.session, asker, row.idempotency_key)
        if first is not None:
            return Preview.of(_repeat(first, _Asked.of(row)), means.base_url)
        case = judged.case
        rulings = judged.moment + await check_change(journal.session, case, judged.change)
        await check_rivals(journal.session, row.account_id, row.tool, row.target, since=case.now)
        row.id = uuid7(journal.at)
        row.proposed_at = journal.at
        row.expires_at = journal.at + PREVIEW_LASTS
        await recall(journal.session, row, journal.at)
        if earlier := await done_before(journal.session, row):
            row.warnings = [*row.warnings, earlier]
        journal.session.add(row)
        passed = {"guardrails": [one.facts() for one in rulings]}
        await journal.write("proposed", row.id, {"change": told_of(row), **told, **passed})
        return Preview.of(row, means.base_url)


async def _earlier(
    means: Means, asker: Asker, asked: _Asked, idempotency_key: str | None
) -> Preview | None:
    if idempotency_key is None:
        return None
    async with means.database.session(asker.account_id) as session:
        first = await same_key(session, asker, idempotency_key)
    if first is None:
        return None
    if overdue(_repeat(first, asked), means.clock.now()):
        first = await lapse(means, first)
    return Preview.of(first, means.base_url)


async def same_key(
    session: AsyncSession, asker: Asker, idempotency_key: str | None
) -> ChangeRow | None:
    """What the asker proposed first under that key; of a batch, its first item."""
    if idempotency_key is None:
        return None
    row: ChangeRow | None = await session.scalar(
        select(ChangeRow).where(
            ChangeRow.account_id == asker.account_id,
            ChangeRow.key_id.is_not_distinct_from(asker.key_id),
            ChangeRow.idempotency_key == idempotency_key,
        )
    )
    return row


def _repeat(first: ChangeRow, asked: _Asked) -> ChangeRow:
    if first.batch_id is not None or _Asked.of(first) != asked:
        raise InvalidInputError(
            "This idempotency_key was used for a change with other arguments.",
            field="idempotency_key",
            next_step="Use a new key for a new change.",
        )
    return first
