"""What the doctor sees of Postgres: does it answer, is it new enough, is it ours, who may what."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg

from stockroom.core.clock import Clock
from stockroom.core.errors import ConfigurationError
from stockroom.db import migrate
from stockroom.db.place import Place
from stockroom.db.startup import refuse_power, unreachable
from stockroom.entrypoints.doctor.finding import Finding, fail, failed, ok, warn
from stockroom.entrypoints.doctor.machine import skew

_LEAST = 15
_ABOUT = "select current_setting('server_version_num')::int / 10000, clock_timestamp()"


async def server(place: Place) -> list[Finding]:
    """Reached as the role that reads: its version and its clock.

    Raises:
        ConfigurationError: It does not let us in.
        DatabaseUnavailableError: It does not answer.
    """
    try:
        connection = await psycopg.AsyncConnection.connect(place.conninfo(place.reader))
    except psycopg.OperationalError as error:
        raise unreachable(place, error) from None
    async with connection:
        before = Clock().now()
        row = await (await connection.execute(_ABOUT)).fetchone()
        after = Clock().now()
    assert row is not None
    version, theirs = row
    says = f"PostgreSQL {version} answers: {place}."
    remedy = f"Stockroom needs PostgreSQL {_LEAST} or newer: upgrade the server."
    found = ok("database", says) if version >= _LEAST else fail("database", says, remedy)
    return [found, skew("clock and database", before + (after - before) / 2 - theirs)]


async def migrations(place: Place) -> Finding:
    """Whether the schema is this version's."""
    found = await migrate.status_at(place)
    if found.up_to_date:
        return ok("migrations", f"At {found.current}, the newest.")
    if found.current is not None and found.head is not None and found.current > found.head:
        says = f"At {found.current}: a newer version of Stockroom has been here."
        return warn("migrations", says, "Upgrade this installation, too.")
    says = f"At {found.current or 'none'}, the newest is {found.head}."
    return fail("migrations", says, "Run stockroom db upgrade.")


async def roles(place: Place) -> AsyncIterator[Finding]:
    """Whether row security holds for both roles whatever they try."""
    for login in (place.writer, place.reader):
        check = f"role {login.name}"
        try:
            await refuse_power(place, login)
        except ConfigurationError as error:
            yield failed(check, error)
        else:
            yield ok(check, "It cannot pass row security.")
