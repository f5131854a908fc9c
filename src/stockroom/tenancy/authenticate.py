"""From the text of a key, or of an access token, to a principal.

A good answer is remembered for at most one second, so that a revoked key stops
working within it; a bad one is never remembered. What must be read before an
account is known goes through the database's own ``app.authenticate`` and
``app.authenticate_token``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import Region
from stockroom.core.scope import Scope
from stockroom.db.base import ORGANISATION
from stockroom.db.engine import Database, enter
from stockroom.tenancy.keys import key_hash, well_formed
from stockroom.tenancy.oauth.reach import reachable
from stockroom.tenancy.oauth.tokens import ACCESS
from stockroom.tenancy.oauth.uses import GrantUses
from stockroom.tenancy.principal import Account, Principal
from stockroom.tenancy.roles import Role
from stockroom.tenancy.uses import KeyUses

_REMEMBERED_S = 1.0
_MOST_REMEMBERED = 10_000


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
        async with self._database.system_session() as session:
            found = await session.scalar(select(func.app.authenticate(hashed)))
            if found is None:
                return None
            principal, expires_at = _read(found)
            key_id = UUID(found["key_id"])
            self.uses.count(key_id)
            await enter(session, ORGANISATION, principal.organisation_id)
            await self.uses.write(session, principal.organisation_id, key_id, address)
        return _Known(principal, expires_at, self._clock.monotonic() + _REMEMBERED_S)

    async def _ask_of_token(self, hashed: bytes, address: str | None) -> _Known | None:
        async with self._database.system_session() as session:
            found = await session.scalar(select(func.app.authenticate_token(hashed)))
            if found is None:
                return None
            principal, expires_at = _read_token(found)
            await self._grant_uses.note(session, principal, address)
        until = self._clock.monotonic() + _REMEMBERED_S
        return _Known(principal, expires_at, until, found["resource"])


def accounts_of(found: dict[str, Any]) -> tuple[Account, ...]:
    """The accounts a credential reaches, from the database's description of it."""
    return tuple(
        Account(
            id=UUID(row["id"]),
            slug=row["slug"],
            name=row["name"],
            seller_id=row["seller_id"],
            region=Region(row["region"]),
            marketplaces=tuple(row["marketplaces"]),
        )
        for row in found["accounts"]
    )


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
