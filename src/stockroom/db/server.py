"""The server of this installation: the home's own, or the one ``DATABASE_URL`` names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.credentials import FILE, invent, recall
from stockroom.db.embedded import running
from stockroom.db.home import exclusive, prepare
from stockroom.db.place import Address, Place, read_address
from stockroom.db.startup import unreachable


@asynccontextmanager
async def locate(settings: Settings, *, create: bool = False) -> AsyncIterator[Place]:
    """Where the database is, while the block runs; an embedded server is kept running for it.

    Args:
        settings: ``home``, ``database_url`` and ``database_direct_url`` count.
        create: Set up what is missing: the embedded cluster, the passwords of our roles.

    Raises:
        ConfigurationError: It was never set up (and ``create`` is off), or cannot be.
        DatabaseUnavailableError: The server that ``DATABASE_URL`` names does not answer.
    """
    if settings.database_url is not None:
        yield await asyncio.to_thread(_elsewhere, settings, settings.database_url, create)
        return
    if settings.database_direct_url is not None:
        raise ConfigurationError(
            "DATABASE_DIRECT_URL is set, but DATABASE_URL is not.",
            field="DATABASE_DIRECT_URL",
            next_step="Set both, or neither: the embedded database has no pooler.",
        )
    embedded = running(settings.home_path, create=create)
    opening = asyncio.create_task(asyncio.to_thread(embedded.__enter__))
    try:
        yield await asyncio.shield(opening)
    finally:
        await asyncio.wait([opening])  # a start that was interrupted must still be undone
        if opening.exception() is None:
            await asyncio.to_thread(embedded.__exit__, None, None, None)


def _elsewhere(settings: Settings, database_url: str, create: bool) -> Place:  # noqa: FBT001 - for to_thread
    address, home = read_address(database_url), settings.home_path
    logins = recall(home, address.key)
    if logins is None:
        _try(address)  # a server that is down is named as such, and nothing is written for it
    if logins is None and create:
        prepare(home)
        with exclusive(home):
            names = {part: address.role(part) for part in ("writer", "reader")}
            logins = recall(home, address.key) or invent(home, address.key, names)
    if logins is None:
        raise ConfigurationError(
            f"{home / FILE} holds no passwords for {address.key}.",
            field="DATABASE_URL",
            next_step="Run stockroom db upgrade with this home, or copy the file from the home"
            " where that was done.",
        )
    return Place(
        host=address.host,
        port=address.port,
        database=address.database,
        admin=address.login,
        owner=address.role("owner"),
        writer=logins["writer"],
        reader=logins["reader"],
        options=address.options,
        direct=_direct(settings),
    )


def _direct(settings: Settings) -> Address | None:
    url = settings.database_direct_url
    return None if url is None else read_address(url, field="DATABASE_DIRECT_URL")


def _try(address: Address) -> None:
    """Knock as the login that ``DATABASE_URL`` names; its database may be still to be made."""
    try:
        psycopg.connect(address.conninfo()).close()
    except psycopg.OperationalError as error:
        if f'database "{address.database}" does not exist' not in str(error):
            raise unreachable(address, error) from None
