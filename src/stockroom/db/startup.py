"""What is checked before a process serves: that it could not pass row security if it tried."""

from __future__ import annotations

import psycopg

from stockroom.core.errors import ConfigurationError, DatabaseUnavailableError
from stockroom.db.place import Place

_UPGRADE = "Run stockroom db upgrade."
_POWERS = """
    select r.rolsuper as "is a superuser",
           r.rolbypassrls as "bypasses row security",
           exists (
               select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname in ('raw', 'core', 'metrics', 'app') and c.relkind in ('r', 'p')
                 and pg_has_role(current_user, c.relowner, 'member')
           ) as "owns tables",
           not exists (
               select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'app' and c.relname = 'accounts'
           ) as "empty"
    from pg_roles r where r.rolname = current_user
"""


async def check_roles(place: Place) -> None:
    """Log in as writer and reader and look at what they may.

    Raises:
        ConfigurationError: A role is superuser, bypasses row security or owns tables; or the
            database was never set up.
        DatabaseUnavailableError: The server does not answer.
    """
    for login in (place.writer, place.reader):
        try:
            connection = await psycopg.AsyncConnection.connect(place.conninfo(login))
        except psycopg.OperationalError as error:
            raise unreachable(place, error) from None
        async with connection:
            cursor = await connection.execute(_POWERS)
            row = await cursor.fetchone()
            assert row is not None
            assert cursor.description is not None
        *powers, empty = (
            (column.name, value) for column, value in zip(cursor.description, row, strict=True)
        )
        for power, has in powers:
            if has:
                raise ConfigurationError(
                    f"The role {login.name} {power}: it would see every account.",
                    field="DATABASE_URL",
                    next_step="Let stockroom db upgrade make the roles, and use those.",
                )
        if empty[1]:
            raise ConfigurationError(
                f"The database {place} is not set up.", field="DATABASE_URL", next_step=_UPGRADE
            )


def unreachable(
    place: Place, error: psycopg.OperationalError
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
