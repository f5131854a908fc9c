"""Everything an account has, as files: one folder per schema, one file or more per table.

Read in one transaction, so that the tables agree with each other, and a batch at a
time, so that memory is bounded. Secrets (hidden columns) and raw documents, which are
sealed, are not part of it. The files appear under their name only when all are written.
"""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow
from sqlalchemy import Table

from stockroom.core.errors import InvalidInputError
from stockroom.db.base import Base, access_of
from stockroom.db.engine import Database
from stockroom.tenancy.registry import KnownAccount

_BATCH = 50_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by spreadsheets; listing titles and buyers' words may."""
_COLUMN_TYPES: Mapping[type, Any] = {
    str: pl.String,
    int: pl.Int64,
    float: pl.Float64,
    bool: pl.Boolean,
    date: pl.Date,
    datetime: pl.Datetime("us", "UTC"),
    Decimal: pl.Decimal(38, 12),
    bytes: pl.Binary,
}
"""Of what Postgres holds; everything else (ids, lists, objects) is written as text."""

Batch = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Exported:
    """One table that was written."""

    table: str
    rows: int
    files: int


async def export_account(
    database: Database, account: KnownAccount, folder: Path, *, as_csv: bool
) -> AsyncIterator[Exported]:
    """Write every table of an account into a new folder; yields each when it is written.

    Raises:
        InvalidInputError: The folder is there already, or cannot be written.
    """
    unfinished = _begun(folder)
    write = _csv if as_csv else _parquet
    async with database.connection(account.id, still=True) as connection:
        for table in _tables():
            yield await _write(connection, table, unfinished, write)
    unfinished.rename(folder)


def _begun(folder: Path) -> Path:
    unfinished = folder.with_name(folder.name + ".unfinished")
    why = "it is there already" if folder.exists() else None
    try:
        if why is None:
            unfinished.mkdir(parents=True)
    except OSError as error:
        why = error.strerror
    if why is not None:
        raise InvalidInputError(
            f"{folder} cannot be written: {why}.",
            field="folder",
            next_step="Name a folder that does not exist, in one that you may write.",
        )
    return unfinished


def _tables() -> list[Table]:
    kept = (table for table in Base.metadata.tables.values() if access_of(table).tenant)
    return sorted((table for table in kept if table.schema != "raw"), key=str)


async def _write(
    connection: AsyncConnection[TupleRow],
    table: Table,
    folder: Path,
    write: Callable[[Path, Table, list[str], Batch, int], None],
) -> Exported:
    hidden = access_of(table).hidden
    names = [column.name for column in table.columns if column.name not in hidden]
    place = folder / str(table.schema) / table.name
    place.parent.mkdir(exist_ok=True)
    rows = files = 0
    async with connection.cursor(f"export_{table.name}") as cursor:
        await cursor.execute(
            sql.SQL("select {} from {}").format(
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.Identifier(str(table.schema), table.name),
            )
        )
        while batch := await cursor.fetchmany(_BATCH):
            write(place, table, names, batch, files)
            rows, files = rows + len(batch), files + 1
    if not files:
        write(place, table, names, [], 0)
    return Exported(str(table), rows, max(files, 1))


def _parquet(place: Path, table: Table, names: list[str], batch: Batch, part: int) -> None:
    kinds = {name: _COLUMN_TYPES.get(_python_type(table, name), pl.String) for name in names}
    text = [kinds[name] == pl.String for name in names]
    rows = [
        tuple(_plain(value) if plain else value for value, plain in zip(row, text, strict=True))
        for row in batch
    ]
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    place.mkdir(exist_ok=True)
    frame.write_parquet(place / f"part-{part:04}.parquet")


def _csv(place: Path, _: Table, names: list[str], batch: Batch, part: int) -> None:
    with place.with_suffix(".csv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if part == 0:
            writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in batch)


def _cell(value: Any) -> Any:
    plain = _plain(value)
    harmful = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{plain}" if harmful else plain


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, ensure_ascii=False)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def _python_type(table: Table, name: str) -> type:
    return table.columns[name].type.python_type
