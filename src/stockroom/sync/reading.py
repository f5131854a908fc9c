"""Reading a kept document: decrypted, decompressed and parsed, one block at a time.

Parsing runs in a thread: a blocked loop would let the queue declare the job
dead. While one block is on its way to the database the next is parsed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

import polars as pl

from stockroom.core.errors import BadDocumentError
from stockroom.sync import documents
from stockroom.sync.documents import Kept, Opening
from stockroom.sync.normalize import Normalizer
from stockroom.sync.values import Tally
from stockroom.sync.work import Work

_T = TypeVar("_T")


class Reading:
    """One document, to be read once.

    Args:
        work: Whose run has it.
        kept: What is stored about it.

    Attributes:
        tally: What was found; complete when all frames have been read.
    """

    def __init__(self, work: Work, kept: Kept) -> None:
        self._work = work
        self._kept = kept
        self._normalizer = Normalizer(work.report, work.asking(), kept.content_type)
        self.columns = self._normalizer.columns

    @classmethod
    async def of(cls, work: Work) -> Reading:
        """The document of a run.

        Raises:
            BadDocumentError: It is gone.
        """
        assert work.run.document_id is not None
        async with work.bench.database.connection(work.account.id) as connection:
            return cls(work, await documents.describe(connection, work.run.document_id))

    @property
    def tally(self) -> Tally:
        """What was found so far."""
        return self._normalizer.tally

    async def frames(self) -> AsyncIterator[pl.DataFrame]:
        """Typed rows.

        Raises:
            DriftError: The document is not what the declaration describes.
            BadDocumentError: It cannot be read.
        """
        async for block in self._blocks():
            async for frame in unhurried(self._normalizer.feed(block)):
                yield frame
        async for frame in unhurried(self._normalizer.finish()):
            yield frame
        if self._kept.dropped_rows:
            self.tally.rejected["row: too many cells"] += self._kept.dropped_rows

    async def _blocks(self) -> AsyncIterator[bytes]:
        work, opening, read = self._work, Opening(), 0
        assert work.run.document_id is not None
        async for chunk in documents.chunks(
            work.bench.database, work.bench.cipher, work.account.id, work.run.document_id
        ):
            async for block in unhurried(opening.blocks(chunk)):
                read += len(block)
                yield block
        if read != self._kept.bytes_kept:
            raise BadDocumentError("The stored document is not whole.")


async def unhurried(items: Iterator[_T]) -> AsyncIterator[_T]:
    """Items that are made in a thread."""
    while True:
        ready = await asyncio.to_thread(_next, items)
        if not ready:
            return
        yield ready[0]


def _next(items: Iterator[_T]) -> tuple[_T, ...]:
    for item in items:
        return (item,)
    return ()


async def ahead(items: AsyncIterator[_T]) -> AsyncIterator[_T]:
    """The same items; while one is used, the next is being made."""
    coming = asyncio.ensure_future(anext(items, None))
    try:
        while (item := await coming) is not None:
            coming = asyncio.ensure_future(anext(items, None))
            yield item
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
