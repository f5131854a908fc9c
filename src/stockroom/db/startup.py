"""What is checked before a process serves: that it could not pass row security if it tried.

Whether the database fits this version is also asked while it serves (``/readyz``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import TupleRow, dict_row

from stockroom.core.errors import ConfigurationError, DatabaseUnavailableError
from stockroom.db.credentials import Login
from stockroom.db.place import Address, Place
from stockroom.db.versions import newest

_UPGRADE = "Run stockroom db upgrade."
_POWERS = """
    select r.rolsuper as "is a superuser",
           r.rolbypassrls as "bypasses row security",
           exists (
               select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname in ('raw', 'core', 'metrics', 'app') and c.relkind in ('r', 'p')
                 and pg_has_role(current_user, c.relowner, 'member')
           ) as "owns tables"
    from pg_roles r where r.rolname = current_user
"""


async def check(place: Place) -> None:
    """Log in as writer and reader, look at what they may, and whether the tables are ours.

    Raises:
        ConfigurationError: A role is superuser, bypasses row security or owns tables; or the
            database was never set up, or not brought to this version.
        DatabaseUnavailableError: The server does not answer.
    """
    await refuse_power(place, place.writer)
    async with logged_in(place, place.reader) as reading:
        await _refuse_power(reading, place.reader)
        await refuse_older(reading, place)


@asynccontextmanager
async def logged_in(place: Place, login: Login) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection for as long as the block lasts.

    Raises:
        ConfigurationError: The role is not let in.
        DatabaseUnavailableError: The server does not answer.
    """
    try:
        connection = await AsyncConnection.connect(place.conninfo(login))
    except psycopg.OperationalError as error:
        raise unreachable(place, error) from None
    async with connection:
        yield connection


async def refuse_power(place: Place, login: Login) -> None:
    """Log in as a role and look at what it may.

    Raises:
        ConfigurationError: It could pass row security, or is not let in.
        DatabaseUnavailableError: The server does not answer.
    """
    async with logged_in(place, login) as connection:
        await _refuse_power(connection, login)


async def _refuse_power(connection: AsyncConnection[TupleRow], login: Login) -> None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        powers = await (await cursor.execute(_POWERS)).fetchone()
    assert powers is not None
    for power, has in powers.items():
        if has:
            raise ConfigurationError(
                f"The role {login.name} {power}: it would see every account.",
                field="DATABASE_URL",
                next_step="Let stockroom db upgrade make the roles, and use those.",
            )


async def refuse_older(connection: AsyncConnection[Any], place: Place) -> None:
    """A newer database is let be: while an installation is upgraded, both versions run.

    Raises:
        ConfigurationError: It was never set up, or not brought to this version.
    """
    try:
        found = await connection.execute("select version_num from app.alembic_version")
        row = await found.fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName, errors.InsufficientPrivilege):
        row = None
    current = row[0] if row else None
    if current is None or current < newest():
        state = f"at migration {current}, not {newest()}" if current else "not set up"
        raise ConfigurationError(
            f"The database {place} is {state}.", field="DATABASE_URL", next_step=_UPGRADE
        )


def unreachable(
    place: Place | Address, error: psycopg.OperationalError
) -> ConfigurationError | DatabaseUnavailableError:
    """Why a login failed: the server is down, or it is there and does not know us."""
    said = str(error)
    if "authentication failed" in said or "does not exist" in said or "no password" in said:
        return ConfigurationError(
            f"PostgreSQL at {place.host}:{place.port} does not let us into {place.database}.",
            field="DATABASE_URL",
            next_step=f"Check its user, password and database. {_UPGRADE}",
        )
    return DatabaseUnavailableError(
        f"PostgreSQL at {place.host}:{place.port} does not answer.",
        field="DATABASE_URL",
        next_step="Start it, or correct DATABASE_URL.",
        retry_after_s=5,
    )
