"""What is stored of changes and their audit, as the read tools may ask for it.

The tables belong to the gate, which tools never meet: here they are only names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, column, or_, select, table
from sqlalchemy.types import DateTime, Integer, Text, Uuid

from stockroom.core.text import plain
from stockroom.db.query import Query

_STORED = [
    *("id", "tool", "state", "before", "after", "fingerprint", "proposed_at", "expires_at"),
    *("problem_kind", "problem", "summary", "reason", "warnings", "proposed_by", "confirmed_by"),
    *("confirmed_at", "delegated", "executed_at", "verified_at", "target", "amazon_says"),
    *("costs", "irreversible", "local", "last_verdict", "batch_id"),
    *("rejected_by", "rejected_at", "rejected_because"),
]
_TRAIL = ["seq", "at", "action", "actor"]
_changes = table("changes", *map(column, _STORED), schema="app")
_audit = table("audit", *map(column, [*_TRAIL, "change_id"]), schema="app")
_state = bindparam("state", None, type_=Text)
_id = bindparam("id", None, type_=Uuid)
_after = bindparam("after", None, type_=Uuid)
_lapsed = and_(
    or_(_changes.c.state == "proposed", _changes.c.state == "confirmed"),
    _changes.c.expires_at <= bindparam("now", type_=DateTime(timezone=True)),
)
_shown_state = case((_lapsed, "expired"), else_=_changes.c.state).label("state")
"""Right at once, also before anybody has put it down."""


def _those(which: ColumnElement[bool]) -> Query:
    return Query(
        select(*(_shown_state if one.name == "state" else one for one in _changes.c))
        .where(
            or_(_state.is_(None), _shown_state.element == _state),
            which,
            or_(_after.is_(None), _changes.c.id < _after),
        )
        .order_by(_changes.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


CHANGES = _those(or_(_id.is_(None), _changes.c.id == _id))
BATCH = _those(_changes.c.batch_id == bindparam("id", type_=Uuid))
"""Those that were shown together, in their order: their numbers descend."""
TRAIL = Query(
    select(*(_audit.c[name] for name in _TRAIL))
    .where(_audit.c.change_id == _id)
    .order_by(_audit.c.seq)
)


def values_of(row: Sequence[Any], trail: Sequence[Sequence[Any]] | None) -> dict[str, Any]:
    """One row of ``CHANGES`` by column, as JSON values; ``trail`` are the rows of ``TRAIL``."""
    values = {name: _plain(value) for name, value in zip(CHANGES.columns, row, strict=True)}
    target = values.pop("target")
    values["sku"], values["marketplace"] = target.get("sku"), target.get("marketplace")
    values["seen"] = (values.pop("last_verdict") or {}).get("live")
    values["trail"] = None if trail is None else [[_plain(v) for v in step] for step in trail]
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, UUID):
        return str(value)
    return plain(value, 1000) if isinstance(value, str) else value
