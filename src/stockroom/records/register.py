"""A register: the one way in which records are read and written.

Facts travel as JSON values (days as ISO text, numbers as plain decimals), as changes
keep them; here they become what their columns hold, and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, bindparam, func, insert, select, update

from stockroom.db.base import Base
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.records.said import OWN_COLUMNS
from stockroom.spec.fact import table_of
from stockroom.spec.tool import Entry


@dataclass(frozen=True, slots=True)
class OnFile:
    """What is on file of one key.

    Args:
        version: Of what was said last; 0 when nothing ever was.
        facts: JSON values by column; all null when nothing is on file.
    """

    version: int
    facts: Mapping[str, Any]


class Register:
    """One table of records.

    Args:
        model: Its mapped class, a kind of ``Said``.
    """

    def __init__(self, model: type[Base]) -> None:
        self._table = table_of(model)
        own = [column for column in self._table.c if column.name not in OWN_COLUMNS]
        self._key = {column.name: column for column in own if column.primary_key}
        self._facts = {column.name: column for column in own if not column.primary_key}
        table = self._table.c
        self._latest = Query(
            select(table.version, table.withdrawn, *self._facts.values())
            .where(*(column == bindparam(name) for name, column in self._key.items()))
            .order_by(table.version.desc())
            .limit(1)
        )

    async def read(self, db: ReadSession, keys: Sequence[Mapping[str, Any]]) -> list[OnFile]:
        """What is on file of each key, in one round trip."""
        found = await db.many(*((self._latest, dict(key)) for key in keys))
        return [self._on_file(rows) for rows in found]

    async def write(
        self, entry: Entry, key: Mapping[str, Any], facts: Mapping[str, Any] | None
    ) -> None:
        """Say something of a key; None takes back what is on file.

        The account's turn is the writer's: between reading the last version and adding the next
        nobody else adds one, and should they, the primary key refuses.
        """
        table = self._table
        here: list[ColumnElement[bool]] = [table.c[name] == value for name, value in key.items()]
        here.append(table.c.account_id == entry.account_id)
        last = await entry.session.scalar(select(func.max(table.c.version)).where(*here))
        await entry.session.execute(
            update(table)
            .where(*here, table.c.superseded_at.is_(None))
            .values(superseded_at=entry.at)
        )
        typed = {name: _typed((facts or {}).get(name), one) for name, one in self._facts.items()}
        await entry.session.execute(
            insert(table).values(
                account_id=entry.account_id,
                **key,
                version=(last or 0) + 1,
                withdrawn=facts is None,
                said_by=entry.said_by,
                said_at=entry.at,
                change_id=entry.change_id,
                **typed,
            )
        )

    def _on_file(self, rows: list[tuple[Any, ...]]) -> OnFile:
        if not rows:
            return OnFile(0, dict.fromkeys(self._facts))
        version, withdrawn, *values = rows[0]
        facts = dict(zip(self._facts, map(_told, values), strict=True))
        return OnFile(version, dict.fromkeys(self._facts) if withdrawn else facts)


def _typed(value: Any, column: ColumnElement[Any]) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return Decimal(str(value)) if isinstance(column.type, Numeric) else value


def _told(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return plain_decimal(value) if isinstance(value, Decimal) else value


def plain_decimal(value: Decimal) -> str:
    """A number without exponent and without zeros that say nothing."""
    return format(value.normalize() + 0, "f")
