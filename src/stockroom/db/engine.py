"""One process's access to Postgres: who may write, who may only read, always inside one account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from stockroom.core.config import Settings
from stockroom.db.base import ACCOUNT, ORGANISATION, PERSON, Holder
from stockroom.db.credentials import Login
from stockroom.db.failures import answering
from stockroom.db.place import Place
from stockroom.db.reach import Reach
from stockroom.db.server import locate
from stockroom.db.session import Pool, ReadSession
from stockroom.db.startup import check, refuse_older

_ENTER = text("select set_config(:setting, :holder, true)")
_WAIT_S = 10.0
_READY_WITHIN_S = 2.0
"""Whoever asks whether we are ready does not wait long."""


@dataclass(frozen=True, slots=True)
class Database:
    """Connections of this process, opened once and shared.

    Args:
        place: Where the database is; knows the passwords, never prints them.
        writer: SQLAlchemy's engine, as the role that fills tables.
        loader: The same role without SQLAlchemy: COPY, temporary tables, the job queue.
        reader: The role that can only read.
        meter: A few more connections of the writer, for statements of a moment: whoever waits for
            Amazon's pace may hold a loader already.
    """

    place: Place
    writer: AsyncEngine
    loader: Pool
    reader: Pool
    meter: Pool

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Database]:
        """Attach to the installation's database, starting the embedded server when it is not running.

        Never creates or migrates anything: that is ``migrate.upgrade``.

        Raises:
            ConfigurationError: There is no database yet, it is older than this version, or a role
                could pass row security.
            DatabaseUnavailableError: The server does not answer.
        """
        async with locate(settings) as place:
            await check(place)
            database = cls(
                place=place,
                writer=create_async_engine(
                    place.url(place.writer),
                    pool_size=5,
                    max_overflow=5,
                    connect_args=_preparing(place),
                ),
                loader=_pool(place, place.writer, least=0, most=8, autocommit=False),
                reader=_pool(place, place.reader, least=1, most=8, autocommit=True),
                meter=_pool(place, place.writer, least=0, most=2, autocommit=True),
            )
            pools = (database.loader, database.reader, database.meter)
            try:
                for pool in pools:
                    await pool.open()
                yield database
            finally:
                for pool in pools:
                    await pool.close()
                await database.writer.dispose()

    async def ready(self) -> None:
        """Make sure that the database answers, and has the tables of this version.

        Raises:
            ConfigurationError: It was not brought to this version.
            DatabaseUnavailableError: It does not answer.
        """
        with answering():
            try:
                await self._fits()
            except OperationalError:  # the server was restarted: idle connections died with it
                await self.reader.check()
                await self._fits()

    async def _fits(self) -> None:
        async with self.reader.connection(timeout=_READY_WITHIN_S) as connection:
            await refuse_older(connection, self.place)

    @property
    def writer_conninfo(self) -> str:
        """For what must keep one session (the job queue, locks that outlive a transaction).

        Past any pooler; holds the password.
        """
        return self.place.session_conninfo(self.place.writer)

    @asynccontextmanager
    async def session(self, account_id: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction inside one account; committed when the block succeeds."""
        async with self._session(ACCOUNT, account_id) as session:
            yield session

    @asynccontextmanager
    async def organisation_session(self, organisation_id: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction inside one organisation; committed when the block succeeds."""
        async with self._session(ORGANISATION, organisation_id) as session:
            yield session

    @asynccontextmanager
    async def person_session(self, person_id: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction inside one person; committed when the block succeeds."""
        async with self._session(PERSON, person_id) as session:
            yield session

    @asynccontextmanager
    async def _session(self, holder: Holder, holder_id: UUID) -> AsyncIterator[AsyncSession]:
        async with self.system_session() as session:
            await enter(session, holder, holder_id)
            yield session

    @asynccontextmanager
    async def system_session(self) -> AsyncIterator[AsyncSession]:
        """One transaction that entered nothing: tables of nobody, and the database's functions."""
        with answering():
            async with (
                AsyncSession(self.writer, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session

    @asynccontextmanager
    async def connection(
        self, account_id: UUID, *, still: bool = False
    ) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """A bare connection of the writer: one transaction inside one account.

        Args:
            account_id: The account.
            still: What is read does not change while it is read, whatever others commit.
        """
        with answering():
            async with self.loader.connection() as connection, connection.transaction():
                if still:
                    await connection.execute("set transaction isolation level repeatable read")
                await connection.execute(
                    "select set_config('app.account', %s, true)", (str(account_id),)
                )
                yield connection

    async def known_by(
        self, function: Literal["authenticate", "authenticate_token"], digest: bytes
    ) -> dict[str, Any] | None:
        """What the database knows of a credential, by its hash: one round trip, on every request's way.

        Always asked of the primary, and nothing is entered.
        """
        question = f"select app.{function}(%s)"
        with answering():
            try:
                return await self._asked(question, digest)
            except OperationalError as error:  # as in reading: connections may have died idle
                if error.sqlstate is not None or isinstance(error, PoolTimeout):
                    raise
                await self.reader.check()
                return await self._asked(question, digest)

    async def _asked(self, question: str, digest: bytes) -> dict[str, Any] | None:
        async with self.reader.connection() as connection:
            found = await connection.execute(question.encode(), (digest,), prepare=True)
            row = await found.fetchone()
        return None if row is None else row[0]

    @asynccontextmanager
    async def read(
        self, account_id: UUID, reach: Reach, settings: Mapping[str, Any] | None = None
    ) -> AsyncIterator[ReadSession]:
        """Reading inside one account, as far as the reader's reach.

        Whoever reads for a caller passes the caller's; ``EVERYWHERE`` is for the house itself.
        """
        yield ReadSession(self.reader, account_id, reach, settings or {})


async def enter(session: AsyncSession, holder: Holder, holder_id: UUID) -> None:
    """Enter a holder for the rest of the session's transaction: its rows begin to exist."""
    await session.execute(_ENTER, {"setting": holder.setting, "holder": str(holder_id)})


def _preparing(place: Place) -> dict[str, Any]:
    """A transaction pooler hands each transaction another session: nothing prepared is found again."""
    return {"prepare_threshold": None} if place.pooled else {}


def _pool(place: Place, login: Login, *, least: int, most: int, autocommit: bool) -> Pool:
    return AsyncConnectionPool(
        place.conninfo(login),
        connection_class=AsyncConnection[TupleRow],
        kwargs={"autocommit": autocommit, **_preparing(place)},
        min_size=least,
        max_size=most,
        timeout=_WAIT_S,
        open=False,
    )
