"""One database after another test: what was written is taken out, what was changed is made anew.

A copy of the migrated database costs little, but everything in it is cold: each connection
reads the whole catalogue again. A test therefore gets the database of the test before it,
emptied, and the connections to it that are still good. What Postgres says of tables, views,
policies, functions and settings tells whether it is still the one that was migrated; if not,
it is thrown away. Sequences run on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import LiteralString
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from stockroom.db.engine import Database
from stockroom.db.place import Place

Open = Callable[[Place], AbstractAsyncContextManager[Database]]

_SHAPE = """
    select count(*), sum(case when relkind in ('p', 'I') then  -- a month leaves its mark on them
               hashtext(concat_ws(' ', relname, relowner, relacl, relnatts, relrowsecurity,
                                  relforcerowsecurity))
           else xmin::text::bigint end)
    from pg_class where oid >= 16384 union all
    select count(*), sum(xmin::text::bigint) from pg_namespace where oid >= 16384 union all
    select count(*), sum(xmin::text::bigint) from pg_attrdef union all
    select count(*), sum(xmin::text::bigint) from pg_rewrite where oid >= 16384 union all
    select count(*), sum(xmin::text::bigint) from pg_policy union all
    select count(*), sum(xmin::text::bigint) from pg_proc where oid >= 16384 union all
    select count(*), sum(xmin::text::bigint) from pg_trigger union all
    select count(*), sum(xmin::text::bigint) from pg_constraint where oid >= 16384 union all
    select count(*), sum(xmin::text::bigint) from pg_statistic where starelid >= 16384 union all
    select count(*), sum(xmin::text::bigint) from pg_db_role_setting
    where setdatabase in (0, (select oid from pg_database where datname = current_database()))
"""
_WRITTEN = """
    select n.nspname, c.relname, pg_table_size(c.oid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and pg_relation_size(c.oid) > 0
"""
# Idle connections may stay: they hold no locks, and those of the next test are among them.
_BUSY = """
    select pg_terminate_backend(pid, 5000) from pg_stat_activity a
    where datname = current_database() and pid <> pg_backend_pid()
      and (state <> 'idle' or exists (
          select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory'))
"""
_PARTITIONS = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relispartition and c.relkind = 'r' and c.oid > %s
"""
_NEWEST = "select max(oid) from pg_class"
_SMALL = 256 * 1024
"""Bytes of a table, with what lies beside it, from which making it anew is worth its price."""
_CUT = """
    select sessions_killed + sessions_fatal from pg_stat_database
    where datname = current_database()
"""


@dataclass(slots=True)
class Lent:
    """A database that goes from test to test.

    Args:
        place: Where it is.
        shape: What its catalogue said when it was new, and the tables that the migrations filled.
        kept: Those tables.
        newest: The number of its newest table then; months get greater ones.
        connection: The superuser's, kept open between the tests.
        open: Opens it as the house does.
    """

    place: Place
    shape: Sequence[object]
    kept: Sequence[tuple[str, str]]
    newest: int
    connection: psycopg.Connection
    open: Open
    _opened: Database | None = None
    _to_close: AsyncExitStack = field(default_factory=AsyncExitStack)
    _cut: int = 0

    @classmethod
    def fresh(cls, template: Place, administrator: psycopg.Connection, open_: Open) -> Lent:
        """A new copy."""
        place = copy_of(template, administrator)
        connection = psycopg.connect(place.conninfo(place.admin), autocommit=True)
        connection.execute("set session_replication_role = replica")  # no trigger objects
        # Nobody else of this process runs while we wait here; whoever holds a lock is cut off then.
        connection.execute("set lock_timeout = '2s'")
        connection.execute("set statement_timeout = '30s'")
        kept = sorted(table[:2] for table in _written(connection))
        shape = _shape(connection, kept)
        return cls(place, shape, kept, _number(connection, _NEWEST), connection, open_)

    async def opened(self) -> Database:
        """Its connections, those of the test before where nobody cut them."""
        if self._opened is None:
            self._opened = await self._to_close.enter_async_context(self.open(self.place))
        return self._opened

    async def closed(self) -> None:
        """Nobody needs its connections any more."""
        self._opened = None
        await self._to_close.aclose()

    async def emptied(self) -> bool:
        """Take out what a test wrote; False: it is no longer what was migrated."""
        try:
            self.connection.execute(_BUSY)
            if (cut := _number(self.connection, _CUT)) != self._cut:
                self._cut = cut
                await self.closed()
            self._without_new_partitions()
            if _shape(self.connection, self.kept) != self.shape:
                return False
            self._empty()
        except psycopg.Error:
            return False
        return True

    def _without_new_partitions(self) -> None:
        """Months that a test filled: making them is no change of what was migrated."""
        new = self.connection.execute(_PARTITIONS, (self.newest,)).fetchall()
        if new:
            tables = SQL(", ").join(Identifier(*table) for table in new)
            self.connection.execute(SQL("drop table {}").format(tables))

    def _empty(self) -> None:
        """Deleting a few rows costs less than new files for a table, which truncating means."""
        written = [table for table in _written(self.connection) if table[:2] not in self.kept]
        few = [Identifier(*table[:2]) for table in written if table[2] <= _SMALL]
        many = [Identifier(*table[:2]) for table in written if table[2] > _SMALL]
        if few:
            self.connection.execute(SQL("; ").join(SQL("delete from {}").format(t) for t in few))
        if many:
            # No table that the migrations filled refers to one that they left empty.
            self.connection.execute(SQL("truncate {} cascade").format(SQL(", ").join(many)))
            self.shape = _shape(self.connection, self.kept)

    async def drop(self, administrator: psycopg.Connection) -> None:
        """It is not needed any more."""
        await self.closed()
        self.connection.close()
        drop(self.place, administrator)


class Lender:
    """Has as many databases as are lent at one time; mostly one."""

    def __init__(self, template: Place, administrator: psycopg.Connection, open_: Open) -> None:
        self._fresh = template, administrator, open_
        self._administrator = administrator
        self._idle: list[Lent] = []

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Lent]:
        """A database as the migrations leave it, while the block runs."""
        lent = self._idle.pop() if self._idle else Lent.fresh(*self._fresh)
        try:
            yield lent
        finally:
            if await lent.emptied():
                self._idle.append(lent)
            else:
                await lent.drop(self._administrator)

    async def close(self) -> None:
        """The last test is over."""
        for lent in self._idle:
            await lent.drop(self._administrator)


def copy_of(template: Place, administrator: psycopg.Connection) -> Place:
    """A fresh database with the roles of the template."""
    name = f"test_{uuid4().hex}"
    copy = SQL("create database {} template {} strategy file_copy")
    administrator.execute(copy.format(Identifier(name), Identifier(template.database)))
    return replace(template, database=name)


def drop(place: Place, administrator: psycopg.Connection) -> None:
    """End whoever is still connected, and remove it."""
    administrator.execute(SQL("drop database {} with (force)").format(Identifier(place.database)))


def _shape(connection: psycopg.Connection, kept: Sequence[tuple[str, str]]) -> Sequence[object]:
    rows = SQL("select string_agg(t::text, ',' order by t::text) from {} t")
    queries = [rows.format(Identifier(*table)) for table in kept]
    return [
        connection.execute(_SHAPE).fetchall(),
        *(connection.execute(query).fetchall() for query in queries),
    ]


def _number(connection: psycopg.Connection, query: LiteralString) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _written(connection: psycopg.Connection) -> list[tuple[str, str, int]]:
    return connection.execute(_WRITTEN).fetchall()
