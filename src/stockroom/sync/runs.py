"""The runs of one account, read and written whole: every step starts from what is stored here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from stockroom.core.errors import NotFoundError
from stockroom.spec.fact import table_of
from stockroom.spec.run import OPEN_STATES, Run

Connection = AsyncConnection[Any]

_COLUMNS = [column.key for column in table_of(Run).columns]
_NAMES = sql.SQL(sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)).as_string(None))
"""Written out once: a run is read and written at every step, and quoting costs more than asking."""
_KEYS = ("account_id", "id")
_SAVE = (
    sql.SQL(
        "insert into app.runs ({names}) values ({values}) "
        "on conflict (account_id, id) do update set {changes}"
    )
    .format(
        names=_NAMES,
        values=sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
        changes=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name in _COLUMNS
            if name not in _KEYS
        ),
    )
    .as_bytes(None)
)


def _adapted(run: Run) -> dict[str, Any]:
    return {
        name: Jsonb(value) if isinstance(value, Mapping) else value
        for name, value in run.values().items()
    }


async def save(connection: Connection, *runs: Run) -> None:
    """Store runs as they are now."""
    async with connection.cursor() as cursor:
        await cursor.executemany(_SAVE, [_adapted(run) for run in runs])


async def select(
    connection: Connection, where: sql.Composable, params: Mapping[str, Any] | None = None
) -> list[Run]:
    """The account's runs that fulfil a condition, newest window first."""
    statement = sql.SQL(
        "select {names} from app.runs where {where} order by last_day desc, created_at, id"
    ).format(names=_NAMES, where=where)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, params)
        return [Run(**row) for row in await cursor.fetchall()]


async def find(connection: Connection, run_id: UUID) -> Run:
    """One run.

    Raises:
        NotFoundError: The account has no such run.
    """
    found = await select(connection, sql.SQL("id = %(id)s"), {"id": run_id})
    if not found:
        raise NotFoundError(f"There is no run {run_id}.")
    return found[0]


async def still_open(connection: Connection, datasets: Iterable[str]) -> list[Run]:
    """Runs of these datasets with steps still to take."""
    return await select(
        connection,
        sql.SQL("state = any(%(states)s) and dataset = any(%(datasets)s)"),
        {"states": [state.value for state in OPEN_STATES], "datasets": list(datasets)},
    )


async def report_ids(connection: Connection) -> set[str]:
    """Reports at Amazon that a run of ours has used."""
    cursor = await connection.execute("select report_id from app.runs where report_id is not null")
    return {row[0] for row in await cursor.fetchall()}
