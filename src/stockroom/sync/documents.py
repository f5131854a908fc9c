"""Documents as they are kept: redacted, compressed, cut into chunks, encrypted.

The bytes pass through once and are never whole in memory, neither on the way in
nor on the way out. Both digests are taken: of what Amazon sent, and of what is
kept.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from psycopg import sql

from stockroom.core.errors import BadDocumentError
from stockroom.db.engine import Database
from stockroom.spec.fact import table_of
from stockroom.spec.run import CHUNK_PURPOSE, Document
from stockroom.sync.runs import Connection

CHUNK_BYTES = 4_000_000
"""Compressed bytes in a chunk; encryption adds a few."""
BLOCK_BYTES = 2 << 20
"""Decompressed bytes handled at a time."""


class Cipher(Protocol):
    """Encrypts bytes that belong to one account."""

    def encrypt(self, plain: bytes, *, purpose: str, account_id: UUID) -> bytes:
        """Sealed for this purpose and account alone."""
        ...

    def decrypt(self, sealed: bytes, *, purpose: str, account_id: UUID) -> bytes:
        """Opened again; refuses another purpose or account."""
        ...


def _purpose(document_id: UUID, seq: int) -> str:
    return CHUNK_PURPOSE.format(document_id=document_id, seq=seq)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A finished piece."""

    seq: int
    body: bytes


class Keeping:
    """Turns bytes to keep into chunks.

    Args:
        cipher: Seals each chunk.
        account_id: Whose document it is.
        document_id: Its id.
    """

    def __init__(self, cipher: Cipher, account_id: UUID, document_id: UUID) -> None:
        self._cipher = cipher
        self._account_id = account_id
        self._document_id = document_id
        self._compress = zlib.compressobj(level=4)
        self._pending = bytearray()
        self._seq = 0
        self._source = hashlib.sha256()
        self._kept = hashlib.sha256()
        self.bytes_source = 0
        self.bytes_kept = 0

    def add(self, source: bytes, kept: bytes) -> list[Chunk]:
        """Take in the next bytes; returns the chunks that are full.

        Args:
            source: As Amazon sent them: only counted.
            kept: What is left of them.
        """
        self._source.update(source)
        self._kept.update(kept)
        self.bytes_source += len(source)
        self.bytes_kept += len(kept)
        self._pending += self._compress.compress(kept)
        return list(self._full())

    def finish(self) -> list[Chunk]:
        """The chunks that are left."""
        self._pending += self._compress.flush()
        return [*self._full(), *([self._sealed(len(self._pending))] if self._pending else [])]

    def digests(self) -> tuple[str, str]:
        """SHA-256 (hex) of what came and of what is kept."""
        return self._source.hexdigest(), self._kept.hexdigest()

    def _full(self) -> Iterator[Chunk]:
        while len(self._pending) >= CHUNK_BYTES:
            yield self._sealed(CHUNK_BYTES)

    def _sealed(self, size: int) -> Chunk:
        plain = bytes(self._pending[:size])
        del self._pending[:size]
        purpose = _purpose(self._document_id, self._seq)
        body = self._cipher.encrypt(plain, purpose=purpose, account_id=self._account_id)
        chunk = Chunk(self._seq, body)
        self._seq += 1
        return chunk


async def forget(connection: Connection, document_id: UUID) -> None:
    """Remove a document, also one that was only begun."""
    await connection.execute(
        "delete from raw.document_chunks where document_id = %s", [document_id]
    )
    await connection.execute("delete from raw.documents where id = %s", [document_id])


async def store_chunks(
    connection: Connection, account_id: UUID, document_id: UUID, chunks: list[Chunk]
) -> None:
    """Store finished chunks."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into raw.document_chunks (account_id, document_id, seq, body) "
            "values (%s, %s, %s, %s)",
            [(account_id, document_id, chunk.seq, chunk.body) for chunk in chunks],
        )


_COLUMNS = tuple(column.key for column in table_of(Document).columns)
_STORE = sql.SQL("insert into raw.documents ({names}) values ({values})").format(
    names=sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
    values=sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
)


async def store(connection: Connection, values: Mapping[str, Any]) -> None:
    """Store the description of a document whose chunks are all there."""
    await connection.execute(_STORE, values)


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored document, ready to be read."""

    content_type: str
    dropped_rows: int
    bytes_kept: int


async def describe(connection: Connection, document_id: UUID) -> Kept:
    """What is stored about a document.

    Raises:
        BadDocumentError: It is not there (any more).
    """
    cursor = await connection.execute(
        "select content_type, dropped_rows, bytes_kept from raw.documents where id = %s",
        [document_id],
    )
    row = await cursor.fetchone()
    if row is None:
        raise BadDocumentError("The stored document is gone: it was kept long enough.")
    return Kept(*row)


async def chunks(
    database: Database, cipher: Cipher, account_id: UUID, document_id: UUID
) -> AsyncIterator[bytes]:
    """The compressed bytes of a document, chunk by chunk."""
    seq = 0
    while True:
        async with database.connection(account_id) as connection:
            cursor = await connection.execute(
                "select body from raw.document_chunks where document_id = %s and seq = %s",
                [document_id, seq],
            )
            row = await cursor.fetchone()
        if row is None:
            return
        purpose = _purpose(document_id, seq)
        yield cipher.decrypt(row[0], purpose=purpose, account_id=account_id)
        seq += 1


class Opening:
    """Decompresses chunks into blocks of bounded size."""

    def __init__(self) -> None:
        self._decompress = zlib.decompressobj()

    def blocks(self, chunk: bytes) -> Iterator[bytes]:
        """The blocks in one chunk."""
        while chunk:
            block = self._decompress.decompress(chunk, BLOCK_BYTES)
            chunk = self._decompress.unconsumed_tail
            if block:
                yield block
            elif not chunk:
                return
