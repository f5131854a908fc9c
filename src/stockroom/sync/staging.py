"""From a kept document into a temporary table: parsed in a thread, copied, counted.

COPY into a table under row security is refused, so rows are staged; that is
also where they are judged before anything is replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from psycopg import sql
from sqlalchemy.dialects import postgresql

from stockroom.spec.fact import Ordinal, sources
from stockroom.spec.report import Report
from stockroom.sync.normalize import as_csv
from stockroom.sync.reading import Reading, ahead
from stockroom.sync.runs import Connection
from stockroom.sync.values import Tally
from stockroom.sync.work import Work

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy types it no better


async def stage(connection: Connection, work: Work) -> Tally:
    """Make the temporary table ``incoming`` and fill it with the document's rows.

    Raises:
        DriftError: The document is not what the declaration describes.
        BadDocumentError: It cannot be read, or is gone.
    """
    await connection.execute(_create(work.report))
    reading = await Reading.of(work)
    names = sql.SQL(", ").join(map(sql.Identifier, reading.columns))
    statement = sql.SQL("copy incoming ({}) from stdin (format csv)").format(names)
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        async for block in ahead(_as_csv(reading)):
            await copy.write(block)
    return reading.tally


async def _as_csv(reading: Reading) -> AsyncIterator[memoryview]:
    async for frame in reading.frames():
        yield await asyncio.to_thread(as_csv, frame)


def _create(report: Report) -> sql.Composed:
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(column.key), sql.SQL(column.type.compile(_DIALECT)))
        for column, source in sources(report.fills)
        if not isinstance(source, Ordinal)
    ]
    return sql.SQL("create temp table incoming (line int, {}) on commit drop").format(
        sql.SQL(", ").join(columns)
    )
