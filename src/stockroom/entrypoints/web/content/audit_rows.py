"""What the audit pages ask: an account's trail, newest first, with the change each step belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSON, distinct_on

from stockroom.db.query import Query
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import reading
from stockroom.spec.fact import table_of
from stockroom.tenancy.principal import Account
from stockroom.writes.models import AuditRow, ChangeRow

_MOST_STEPS = 100
_audit, _change = table_of(AuditRow), table_of(ChangeRow)
# Postgres reads no JSON that holds NUL, and whoever is refused may have sent one: it is taken
# out, so that such a row neither breaks the list nor hides from it.
_NUL = r"(?<!\\)((?:\\\\)*)\\u0000"
_details = cast(func.regexp_replace(_audit.c.details, _NUL, r"\1", "g"), JSON)
_WHO = func.concat_ws(" ", _audit.c.actor, _details["by"]["name"].astext)
_TOOL = func.coalesce(_change.c.tool, _details["tool"].astext)
_who, _tool, _action = (bindparam(name, None, type_=Text()) for name in ("who", "tool", "action"))
_id = bindparam("id", None, type_=Uuid())
_since, _before = (
    bindparam(name, None, type_=DateTime(timezone=True)) for name in ("since", "before")
)
_BOTH = _audit.outerjoin(
    _change, (_change.c.account_id == _audit.c.account_id) & (_change.c.id == _audit.c.change_id)
)
_STEP = (
    *(_audit.c[name] for name in ("seq", "at", "actor", "action", "change_id", "details")),
    _TOOL.label("tool"),
    *(_change.c[name] for name in ("summary", "target", "before", "after")),
)

TRAIL = Query(
    select(
        *_STEP,
        func.count().over().label("total"),
    )
    .select_from(_BOTH)
    .where(
        or_(_id.is_(None), _audit.c.change_id == _id),
        or_(_who.is_(None), func.strpos(func.lower(_WHO), func.lower(_who)) > 0),
        or_(_tool.is_(None), _tool == _TOOL),
        or_(_action.is_(None), _audit.c.action == _action),
        or_(_since.is_(None), _audit.c.at >= _since),
        or_(_before.is_(None), _audit.c.at < _before),
    )
    .order_by(_audit.c.seq.desc())
    .limit(bindparam("limit", type_=Integer()))
    .offset(bindparam("offset", 0, type_=Integer()))
)
LAST_REFUSALS = Query(
    select(*_STEP)
    .ext(distinct_on(_audit.c.change_id))
    .select_from(_BOTH)
    .where(_change.c.batch_id == _id, _audit.c.action == "refused")
    .order_by(_audit.c.change_id, _audit.c.seq.desc())
)
FACETS = Query(select(_audit.c.action).distinct().order_by(_audit.c.action))
"""What has happened in the account, to choose from."""

WAITING = Query(
    select(func.count())
    .select_from(_change)
    .where(_change.c.state == "proposed")
    .where(_change.c.expires_at > bindparam("now", type_=DateTime(timezone=True)))
)
"""How many changes wait for a person."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the trail.

    Args:
        seq: Its number in the account's chain.
        at: When.
        actor: Who, as the chain says it.
        action: What.
        change_id: The change it belongs to.
        tool: Of that change, or of what was refused.
        summary: Of that change.
        target: What that change touches.
        before: Values it replaces.
        after: Values it sets.
        details: What else the chain says.
    """

    seq: int
    at: datetime
    actor: str
    action: str
    change_id: UUID | None
    tool: str | None
    summary: str | None
    target: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    details: Mapping[str, Any]

    @property
    def who(self) -> str:
        """Who, as people say it."""
        by = self.details.get("by")
        name = by.get("name") if isinstance(by, dict) else None
        return str(name) if name else self.actor

    @property
    def means(self) -> str | None:
        """With which program and from where, as far as it is known."""
        by = self.details.get("by")
        told = [by.get("client"), by.get("address")] if isinstance(by, dict) else []
        return ", ".join(str(one) for one in told if one) or None

    @property
    def rulings(self) -> Sequence[Mapping[str, Any]]:
        """The guardrails it was held against."""
        found = self.details.get("guardrails")
        return [one for one in found or () if isinstance(one, dict)]

    @property
    def words(self) -> str | None:
        """What it says in a sentence: why it was refused, or why it was done."""
        told = (self.details.get(name) for name in ("summary", "reason", "problem"))
        return next((str(one) for one in told if one), None)


def step_of(row: Mapping[str, Any]) -> Step:
    """One row of ``TRAIL`` by column."""
    told: dict[str, Any] = {name: row[name] for name in Step.__slots__ if name != "details"}
    values = {name: told[name] or {} for name in ("target", "before", "after")}
    return Step(**told | values, details=json.loads(row["details"]))


async def steps_of(house: House, account: Account, change_id: UUID) -> list[Step]:
    """The trail of one change, oldest first."""
    async with reading(house, account) as db:
        rows = await db.rows(TRAIL, id=change_id, limit=_MOST_STEPS)
    return [step_of(dict(zip(TRAIL.columns, row, strict=True))) for row in reversed(rows)]


async def last_refusals_of(house: House, account: Account, batch_id: UUID) -> dict[str, Step]:
    """What was last refused of each change of a batch, by the change's number."""
    async with reading(house, account) as db:
        rows = await db.rows(LAST_REFUSALS, id=batch_id)
    steps = [step_of(dict(zip(LAST_REFUSALS.columns, row, strict=True))) for row in rows]
    return {str(step.change_id): step for step in steps}
