"""One database after another test: what was written is taken out, what was changed is made anew.

A copy of the migrated database costs little, but everything in it is cold: each connection
reads the whole catalogue again. A test therefore gets the database of the test before it,
emptied. What Postgres says of tables, columns, rights, policies and functions tells whether
it is still the one that was migrated; if not, it is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from stockroom.db.place import Place

_SHAPE = """
    with ours as (
        select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    )
    select md5(concat(
        (select string_agg(concat_ws(' ', c.oid, c.relname, c.relowner, c.relacl, c.relrowsecurity,
                                     c.relforcerowsecurity, c.relnatts), ',' order by c.oid)
         from pg_class c where c.relnamespace in (select oid from ours)),
        (select string_agg(concat_ws(' ', p.oid, p.polname, p.polrelid, p.polroles, p.polqual), ',' order by p.oid)
         from pg_policy p),
        (select string_agg(concat_ws(' ', f.oid, f.proname, f.proacl, f.prosrc), ',' order by f.oid)
         from pg_proc f where f.pronamespace in (select oid from ours)),
        (select string_agg(concat_ws(' ', t.oid, t.tgenabled), ',' order by t.oid)
         from pg_trigger t),
        (select string_agg(concat_ws(' ', k.oid, k.conname), ',' order by k.oid)
         from pg_constraint k),
        (select string_agg(concat_ws(' ', s.setrole, s.setconfig), ',' order by s.setrole)
         from pg_db_role_setting s
         where s.setdatabase in (0, (select oid from pg_database where datname = current_database())))
    ))
"""
_WRITTEN = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and pg_relation_size(c.oid) > 0
"""
_ALONE = """
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Lent:
    """A database that goes from test to test.

    Args:
        place: Where it is.
        shape: What its catalogue said when it was new, and the tables that the migrations filled.
        kept: Those tables.
        connection: The superuser's, kept open between the tests.
    """

    place: Place
    shape: Sequence[object]
    kept: Sequence[tuple[str, str]]
    connection: psycopg.Connection

    @classmethod
    def fresh(cls, template: Place, administrator: psycopg.Connection) -> Lent:
        """A new copy."""
        place = copy_of(template, administrator)
        connection = psycopg.connect(place.conninfo(place.admin), autocommit=True)
        kept = sorted(_written(connection))
        return cls(place, _shape(connection, kept), kept, connection)

    def emptied(self) -> bool:
        """Take out what a test wrote; False: it is no longer what was migrated."""
        try:
            self.connection.execute(_ALONE)
            if _shape(self.connection, self.kept) != self.shape:
                return False
            if written := set(_written(self.connection)).difference(self.kept):
                tables = SQL(", ").join(Identifier(*table) for table in sorted(written))
                self.connection.execute(SQL("truncate {} restart identity cascade").format(tables))
        except psycopg.Error:
            return False
        return True

    def drop(self, administrator: psycopg.Connection) -> None:
        """It is not needed any more."""
        self.connection.close()
        drop(self.place, administrator)


class Lender:
    """Has as many databases as are lent at one time; mostly one."""

    def __init__(self, template: Place, administrator: psycopg.Connection) -> None:
        self._template, self._administrator = template, administrator
        self._idle: list[Lent] = []

    @contextmanager
    def lend(self) -> Iterator[Place]:
        """A database as the migrations leave it, while the block runs."""
        lent = self._idle.pop() if self._idle else Lent.fresh(self._template, self._administrator)
        try:
            yield lent.place
        finally:
            if lent.emptied():
                self._idle.append(lent)
            else:
                lent.drop(self._administrator)

    def close(self) -> None:
        """The last test is over."""
        for lent in self._idle:
            lent.drop(self._administrator)


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


def _written(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(_WRITTEN).fetchall()
