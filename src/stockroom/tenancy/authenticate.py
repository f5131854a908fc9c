"""From the text of a key, or of an access token, to a principal.

A good answer is remembered for half a second, so that a revoked key, and a switch that
is turned, count within one everywhere; a bad one is never remembered. Looking up is one
round trip, and no request waits for its use to be written down. What must be read before an
account is known goes through the database's own ``app.authenticate`` and
``app.authenticate_token``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
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
from stockroom.tenancy.oauth.reach import reachable
from stockroom.tenancy.oauth.tokens import ACCESS
from stockroom.tenancy.oauth.uses import GrantUses
from stockroom.tenancy.principal import Account, Principal
from stockroom.tenancy.roles import Role
from stockroom.tenancy.uses import KeyUses

REMEMBERED_S = 0.5
_MOST_REMEMBERED = 10_000

_log = logger("tenancy.keys")


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    expires_at: datetime | None
    until: float
    resource: str | None = None
    """Where a token is good; None: a key, which is good everywhere."""


class Authenticator:
    """Knows who a key or an access token belongs to.

    Args:
        database: Where they are kept, hashed.
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
        self._grant_uses = GrantUses(clock)

    async def principal(
        self, text: str, address: str | None = None, *, resource: str | None = None
    ) -> Principal | None:
        """Who presents this credential; None when it is unknown, revoked or expired.

        Args:
            text: The key or access token as it was presented.
            address: Where the request came from, when over a network.
            resource: The address it was presented at: a token is good at the one it was issued for
                alone. None: only keys are.
        """
        hashed = key_hash(text, self._pepper)
        known = self._known.get(hashed)
        if known is None or known.until <= self._clock.monotonic():
            known = await self._ask(text, hashed, address)
        elif known.principal.key_id and not known.principal.granted:
            self.uses.count(known.principal.key_id)
        if known is None or (known.expires_at and known.expires_at <= self._clock.now()):
            return None
        if known.resource is not None and known.resource != resource:
            return None
        return known.principal

    async def _ask(self, text: str, hashed: bytes, address: str | None) -> _Known | None:
        self._known.pop(hashed, None)
        known = None
        if well_formed(text):
            known = await self._ask_of_key(hashed, address)
        elif ACCESS.fits(text):
            known = await self._ask_of_token(hashed, address)
        if known is not None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[hashed] = known
        return known

    async def _ask_of_key(self, hashed: bytes, address: str | None) -> _Known | None:
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
            self._later(key_id, self._write(organisation_id, key_id, address))
        return _Known(principal, expires_at, self._clock.monotonic() + REMEMBERED_S)

    async def _ask_of_token(self, hashed: bytes, address: str | None) -> _Known | None:
        found = await self._database.known_by("authenticate_token", hashed)
        if found is None:
            return None
        principal, expires_at = _read_token(found)
        grant_id = UUID(found["grant_id"])
        if self._grant_uses.is_due(grant_id) and grant_id not in self._writing:
            self._later(grant_id, self._note(principal.organisation_id, grant_id, address))
        until = self._clock.monotonic() + REMEMBERED_S
        return _Known(principal, expires_at, until, found["resource"])

    def _later(self, key_id: UUID, writing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(writing)
        self._writing[key_id] = task
        task.add_done_callback(lambda _: self._writing.pop(key_id))

    async def settled(self) -> None:
        """Wait until all uses that were counted at a look-up are written down."""
        await asyncio.gather(*self._writing.values())

    async def _write(self, organisation_id: UUID, key_id: UUID, address: str | None) -> None:
        try:
            async with self._database.organisation_session(organisation_id) as session:
                await self.uses.write(session, organisation_id, key_id, address)
        except DatabaseUnavailableError:
            _log.warning("uses not written down", key_id=str(key_id))

    async def _note(self, organisation_id: UUID, grant_id: UUID, address: str | None) -> None:
        try:
            async with self._database.organisation_session(organisation_id) as session:
                await self._grant_uses.note(session, grant_id, address)
        except DatabaseUnavailableError:
            _log.warning("use not written down", grant_id=str(grant_id))


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
                settings=row["settings"],
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


def _read_token(found: dict[str, Any]) -> tuple[Principal, datetime]:
    within = reachable(Role(found["role"]))
    scopes = frozenset(map(Scope, found["scopes"])) & within
    principal = Principal(
        key_id=UUID(found["grant_id"]),
        organisation_id=UUID(found["organisation_id"]),
        name=found["name"],
        accounts=accounts_of(found),
        scopes=scopes,
        person=found["person"],
        attainable=within - scopes,
    )
    return principal, datetime.fromisoformat(found["expires_at"])
