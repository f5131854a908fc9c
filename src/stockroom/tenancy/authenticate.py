"""From the text of a key to a principal.

A good answer is remembered for half a second, so that a revoked key, and a switch that
is turned, count within one everywhere; a bad one is never remembered. Looking up is one
round trip, and no request waits for its use to be written down. What must be read before an
account is known goes through the database's own ``app.authenticate``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from stockroom.core.clock import Clock
from stockroom.core.errors import DatabaseUnavailableError
from stockroom.core.log import logger
from stockroom.core.marketplaces import Region
from stockroom.core.scope import Scope
from stockroom.db.engine import Database
from stockroom.db.reach import EVERYWHERE, Reach
from stockroom.tenancy.keys import key_hash, well_formed
from stockroom.tenancy.principal import Account, Principal
from stockroom.tenancy.uses import KeyUses

REMEMBERED_S = 0.5
_MOST_REMEMBERED = 10_000

_log = logger("tenancy.keys")


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    expires_at: datetime | None
    until: float


class Authenticator:
    """Knows who a key belongs to.

    Args:
        database: Where keys are kept, hashed.
        pepper: The key of those hashes.
        clock: Decides when a key has expired and when to ask again.
    """

    def __init__(self, database: Database, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._writing: dict[UUID, asyncio.Task[None]] = {}
        self.uses = KeyUses(clock)

    async def principal(self, text: str, address: str | None = None) -> Principal | None:
        """Who presents this key; None when it is unknown, revoked or expired.

        Args:
            text: The key as it was presented.
            address: Where the request came from, when over a network.
        """
        hashed = key_hash(text, self._pepper)
        known = self._known.get(hashed)
        if known is None or known.until <= self._clock.monotonic():
            known = await self._ask(hashed, address) if well_formed(text) else None
        elif known.principal.key_id:
            self.uses.count(known.principal.key_id)
        if known is None or (known.expires_at and known.expires_at <= self._clock.now()):
            return None
        return known.principal

    async def _ask(self, hashed: bytes, address: str | None) -> _Known | None:
        self._known.pop(hashed, None)
        found = await self._database.known_by("authenticate", hashed)
        if found is None:
            return None
        principal, expires_at = _read(found)
        key_id = UUID(found["key_id"])
        self.uses.count(key_id)
        organisation_id = principal.organisation_id
        if principal.requests_per_day is not None:
            # What all processes together have answered is known only then.
            await self._write(organisation_id, key_id, address)
        elif key_id not in self._writing:
            task = asyncio.create_task(self._write(organisation_id, key_id, address))
            self._writing[key_id] = task
            task.add_done_callback(lambda _: self._writing.pop(key_id))
        known = _Known(principal, expires_at, self._clock.monotonic() + REMEMBERED_S)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[hashed] = known
        return known

    async def settled(self) -> None:
        """Wait until all uses that were counted at a look-up are written down."""
        await asyncio.gather(*self._writing.values())

    async def _write(self, organisation_id: UUID, key_id: UUID, address: str | None) -> None:
        try:
            async with self._database.organisation_session(organisation_id) as session:
                await self.uses.write(session, organisation_id, key_id, address)
        except DatabaseUnavailableError:
            _log.warning("uses not written down", key_id=str(key_id))


def accounts_of(found: dict[str, Any]) -> tuple[Account, ...]:
    """The accounts a credential reaches, from the database's description of it.

    An account that sells in none of the credential's marketplaces is not among them.
    """
    limits = found["marketplaces"]
    accounts = []
    for row in found["accounts"]:
        sold_in = tuple(row["marketplaces"])
        marketplaces = sold_in if limits is None else tuple(c for c in sold_in if c in limits)
        if limits is not None and not marketplaces:
            continue
        alone = limits is not None and marketplaces == sold_in
        accounts.append(
            Account(
                id=UUID(row["id"]),
                slug=row["slug"],
                name=row["name"],
                seller_id=row["seller_id"],
                region=Region(row["region"]),
                marketplaces=marketplaces,
                reach=EVERYWHERE if limits is None else Reach(marketplaces, alone=alone),
                agents_stopped=found["agents_stopped"] or row["agents_stopped"],
            )
        )
    return tuple(accounts)


def _read(found: dict[str, Any]) -> tuple[Principal, datetime | None]:
    tools = found["tools"]
    principal = Principal(
        key_id=UUID(found["key_id"]),
        organisation_id=UUID(found["organisation_id"]),
        name=found["name"],
        accounts=accounts_of(found),
        scopes=frozenset(map(Scope, found["scopes"])),
        tools=None if tools is None else frozenset(tools),
        limits=found["limits"],
        networks=tuple(map(ip_network, found["networks"])),
        requests_per_minute=found["requests_per_minute"],
        requests_per_day=found["requests_per_day"],
    )
    expires = found["expires_at"]
    return principal, None if expires is None else datetime.fromisoformat(expires)
