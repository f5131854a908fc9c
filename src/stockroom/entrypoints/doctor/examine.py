"""The examination: from what needs nothing to what needs everything, and no look stops the next."""

from __future__ import annotations

import json

from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError, StockroomError
from stockroom.db.server import locate
from stockroom.entrypoints.doctor import database, queue
from stockroom.entrypoints.doctor.connections import connection
from stockroom.entrypoints.doctor.finding import Finding, Verdict, failed, warn
from stockroom.entrypoints.doctor.machine import amazons_clock, disk, secrets
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main

_NEEDS_DATABASE = ("migrations", "roles", "worker", "queue", "connections")
_NEEDS_HOUSE = ("worker", "queue", "connections")


def run(settings: Settings, *, account: str | None, as_json: bool) -> int:
    """Examine, print; returns 1 when something does not work, else 0.

    Raises:
        NotFoundError: There is no such account.
    """
    findings = run_main(examine(settings, account))
    if as_json:
        print(json.dumps([one.values() for one in findings]))
    else:
        print(*(one.line() for one in findings), sep="\n")
    return 1 if any(one.verdict is Verdict.FAIL for one in findings) else 0


async def examine(settings: Settings, account: str | None = None) -> list[Finding]:
    """Everything there is to look at; without a database, what can be seen without one.

    Raises:
        NotFoundError: There is no such account.
    """
    found = [disk(settings), *secrets(settings), *await amazons_clock(settings)]
    return found + await _database(settings, account)


async def _database(settings: Settings, account: str | None) -> list[Finding]:
    try:
        async with locate(settings) as place:
            found = await database.server(place)
            found.append(await database.migrations(place))
            found += [one async for one in database.roles(place)]
    except StockroomError as error:
        return [failed("database", error), *_unseen(_NEEDS_DATABASE)]
    return found + await _inside(settings, account)


async def _inside(settings: Settings, account: str | None) -> list[Finding]:
    try:
        async with open_house(settings) as house:
            return [*await queue.worker(house.database), *await _connections(house, account)]
    except NotFoundError:
        raise
    except StockroomError as error:
        return [failed("installation", error), *_unseen(_NEEDS_HOUSE)]


async def _connections(house: House, slug: str | None) -> list[Finding]:
    chosen = [await house.registry.account(slug)] if slug else await house.registry.accounts()
    found = [one for account in chosen for one in await connection(house, account)]
    if not chosen:
        return [warn("connections", "No seller is connected.", "Run stockroom account add.")]
    return found


def _unseen(checks: tuple[str, ...]) -> list[Finding]:
    return [warn(check, "Not looked at.", "Mend what failed first.") for check in checks]
