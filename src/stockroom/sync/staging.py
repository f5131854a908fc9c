"""From a kept document into a temporary table: parsed in a thread, copied, counted.

COPY into a table under row security is refused, so rows are staged; that is
also where they are judged before anything is replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import polars as pl
from psycopg import AsyncCopy, sql
from sqlalchemy.dialects import postgresql

from stockroom.core.errors import BadDocumentError
from stockroom.spec.fact import Ordinal, sources
from stockroom.spec.report import Report
from stockroom.sync import documents
from stockroom.sync.documents import Kept, Opening
from stockroom.sync.normalize import Normalizer, as_csv
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
    async with work.bench.database.connection(work.account.id) as reading:
        assert work.run.document_id is not None
        kept = await documents.describe(reading, work.run.document_id)
    normalizer = Normalizer(work.report, work.asking(), kept.content_type)
    names = sql.SQL(", ").join(map(sql.Identifier, normalizer.columns))
    statement = sql.SQL("copy incoming ({}) from stdin (format csv)").format(names)
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        await _copy_all(work, kept, normalizer, copy)
    if kept.dropped_rows:
        normalizer.tally.rejected["row: too many cells"] += kept.dropped_rows
    return normalizer.tally


async def _copy_all(work: Work, kept: Kept, normalizer: Normalizer, copy: AsyncCopy) -> None:
    opening, read = Opening(), 0
    assert work.run.document_id is not None
    async for chunk in documents.chunks(
        work.bench.database, work.bench.cipher, work.account.id, work.run.document_id
    ):
        for block in opening.blocks(chunk):
            read += len(block)
            await _copy(normalizer.feed(block), copy)
    if read != kept.bytes_kept:
        raise BadDocumentError("The stored document is not whole.")
    await _copy(normalizer.finish(), copy)


async def _copy(frames: Iterator[pl.DataFrame], copy: AsyncCopy) -> None:
    """Parsing runs in a thread: a blocked loop would let the queue declare the job dead."""
    while (ready := await asyncio.to_thread(_next_csv, frames)) is not None:
        await copy.write(ready)


def _next_csv(frames: Iterator[pl.DataFrame]) -> memoryview | None:
    frame = next(frames, None)
    return None if frame is None else as_csv(frame)


def _create(report: Report) -> sql.Composed:
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(column.key), sql.SQL(column.type.compile(_DIALECT)))
        for column, source in sources(report.fills)
        if not isinstance(source, Ordinal)
    ]
    return sql.SQL(
        "create temp table incoming (line bigint generated always as identity, {}) on commit drop"
    ).format(sql.SQL(", ").join(columns))
