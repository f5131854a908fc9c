"""``changes``: what was proposed, where it stands, and what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import bindparam, column, or_, select, table
from sqlalchemy.types import Integer, Text, Uuid

from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer, Column, decode_cursor, encode_cursor
from stockroom.spec.tool import CursorArgument, DetailArgument, LimitArgument, read_tool

COLUMNS = (
    Column("id", "The change; confirm_change, cancel_change and revert_change take it."),
    Column("tool", "The write tool that previewed it."),
    Column("state", "proposed, confirmed, executing, sent, unknown, or how it ended."),
    Column("sku", "Seller SKU it touches, if any."),
    Column("marketplace", "Country code, if any."),
    Column("before", "Live values it would replace, or replaced.", "object"),
    Column("after", "Values it would set, or set.", "object"),
    Column("fingerprint", "What confirm_change needs beside id."),
    Column("proposed_at", "When it was previewed.", "instant"),
    Column("expires_at", "When the preview, or the confirmation, lapses.", "instant"),
    Column("problem_kind", "Why it did not happen, as an error kind."),
    Column("problem", "Why it did not happen; may quote Amazon, as data."),
    Column("summary", "The change in one line.", full=True),
    Column("reason", "Why, in the proposer's words.", full=True),
    Column("warnings", "What to know before confirming.", "list", full=True),
    Column("proposed_by", "Name, client and address of the proposer.", "object", full=True),
    Column("confirmed_by", "The same of whoever confirmed.", "object", full=True),
    Column("confirmed_at", "When it was confirmed.", "instant", full=True),
    Column("delegated", "Confirmed by a key instead of a person.", "bool", full=True),
    Column("executed_at", "When Amazon answered the call.", "instant", full=True),
    Column("verified_at", "When Amazon showed the new values.", "instant", full=True),
    Column("trail", "Audit rows, [seq, at, action, actor]; only with id.", "list", full=True),
)

STATES = Literal[
    "proposed",
    "confirmed",
    "executing",
    "sent",
    "unknown",
    "verified",
    "rejected",
    "failed",
    "expired",
    "cancelled",
    "blocked",
]

_STORED = [one.name for one in COLUMNS if one.name not in {"sku", "marketplace", "trail"}]
_TRAIL = ["seq", "at", "action", "actor"]
_changes = table("changes", *map(column, [*_STORED, "target"]), schema="app")
_audit = table("audit", *map(column, [*_TRAIL, "change_id"]), schema="app")
_state = bindparam("state", None, type_=Text)
_id = bindparam("id", None, type_=Uuid)
_after = bindparam("after", None, type_=Uuid)

CHANGES = Query(
    select(*_changes.c)
    .where(
        or_(_state.is_(None), _changes.c.state == _state),
        or_(_id.is_(None), _changes.c.id == _id),
        or_(_after.is_(None), _changes.c.id < _after),
    )
    .order_by(_changes.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
TRAIL = Query(
    select(*(_audit.c[name] for name in _TRAIL))
    .where(_audit.c.change_id == _id)
    .order_by(_audit.c.seq)
)
QUERIES = (CHANGES, TRAIL)


@read_tool(scope=Scope.AUDIT_READ, title="Changes and their history", columns=COLUMNS)
async def changes(
    db: ReadSession,
    *,
    state: Annotated[STATES | None, Field(description="Only changes in this state.")] = None,
    id: Annotated[UUID | None, Field(description="One change, with its trail.")] = None,  # noqa: A002 - the argument's public name
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Proposed changes, newest first: their state, values before and after, and problems.

    Use it after confirm_change to learn the result, or to find a preview's fingerprint again.
    It shows nothing that happened at Amazon without this server.
    """
    wanted = {"state": state, "id": id, "after": _position(cursor), "limit": limit + 1}
    rows, trail = await db.many((CHANGES, wanted), (TRAIL, {"id": id}))
    page = [_values(row, trail if id else None) for row in rows[:limit]]
    more = len(rows) > limit
    shown = [one.name for one in COLUMNS if detail == "full" or not one.full]
    return Answer(
        columns=shown,
        rows=[[values[name] for name in shown] for values in page],
        as_of={},
        notes=() if page else (_why_empty(state, id, cursor),),
        next_cursor=encode_cursor(page[-1]["id"]) if more else None,
    )


def _position(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, 1)[0])
    except (ValueError, AttributeError, TypeError):
        raise InvalidInputError("The cursor is not one of this tool.", field="cursor") from None


def _values(row: Sequence[Any], trail: Sequence[Sequence[Any]] | None) -> dict[str, Any]:
    values = {name: _plain(value) for name, value in zip(CHANGES.columns, row, strict=True)}
    target = values.pop("target")
    values["sku"], values["marketplace"] = target.get("sku"), target.get("marketplace")
    values["trail"] = None if trail is None else [[_plain(v) for v in step] for step in trail]
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, UUID):
        return str(value)
    return plain(value, 1000) if isinstance(value, str) else value


def _why_empty(state: str | None, change_id: UUID | None, cursor: str | None) -> str:
    if cursor is not None:
        return "There are no more changes."
    if change_id is not None:
        return "There is no such change within this key's reach, or it is in another state."
    return f"No change is {state}." if state else "Nothing was ever proposed for this account."
