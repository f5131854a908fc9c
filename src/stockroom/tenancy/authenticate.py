"""From the text of a key to a principal.

A good answer is remembered for at most one second, so that a revoked key stops
working within it; a bad one is never remembered. What must be read before an
account is known goes through the database's own ``app.authenticate``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import Region
from stockroom.core.scope import Scope
from stockroom.db.engine import Database
from stockroom.tenancy.keys import key_hash, well_formed
from stockroom.tenancy.models import ApiKey
from stockroom.tenancy.principal import Account, Principal

_REMEMBERED_S = 1.0
_MOST_REMEMBERED = 10_000
_USED_GRAIN = timedelta(minutes=1)


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
        self._used: dict[UUID, datetime] = {}

    async def principal(self, text: str) -> Principal | None:
        """Who presents this key; None when it is unknown, revoked or expired."""
        hashed = key_hash(text, self._pepper)
        known = self._known.get(hashed)
        if known is None or known.until <= self._clock.monotonic():
            known = await self._ask(hashed) if well_formed(text) else None
        if known is None or (known.expires_at and known.expires_at <= self._clock.now()):
            return None
        return known.principal

    async def _ask(self, hashed: bytes) -> _Known | None:
        self._known.pop(hashed, None)
        async with self._database.system_session() as session:
            rate = select(ApiKey.requests_per_minute).where(ApiKey.hash == hashed)
            asked = select(func.app.authenticate(hashed), rate.scalar_subquery())
            found, per_minute = (await session.execute(asked)).one()
            if found is None:
                return None
            principal, expires_at = _read(found, per_minute)
            await self._note_use(session, principal.key_id)
        known = _Known(principal, expires_at, self._clock.monotonic() + _REMEMBERED_S)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[hashed] = known
        return known

    async def _note_use(self, session: Any, key_id: UUID | None) -> None:
        now = self._clock.now()
        if key_id is None or now - self._used.get(key_id, now - _USED_GRAIN) < _USED_GRAIN:
            return
        self._used[key_id] = now
        stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - _USED_GRAIN)
        await session.execute(
            update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=now)
        )


def _read(found: dict[str, Any], per_minute: int | None) -> tuple[Principal, datetime | None]:
    accounts = tuple(
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
    tools = found["tools"]
    principal = Principal(
        key_id=UUID(found["key_id"]),
        organisation_id=UUID(found["organisation_id"]),
        name=found["name"],
        accounts=accounts,
        scopes=frozenset(map(Scope, found["scopes"])),
        tools=None if tools is None else frozenset(tools),
        limits=found["limits"],
        requests_per_minute=per_minute,
    )
    expires = found["expires_at"]
    return principal, None if expires is None else datetime.fromisoformat(expires)
