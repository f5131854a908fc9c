"""When and from where a grant was last used: written down once a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.db.base import ORGANISATION
from stockroom.db.engine import enter
from stockroom.tenancy.oauth.models import OAuthGrant
from stockroom.tenancy.principal import Principal

_GRAIN = timedelta(minutes=1)
_MOST_NOTED = 10_000


class GrantUses:
    """Notes uses, of all server processes together."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: dict[UUID, datetime] = {}

    async def note(self, session: AsyncSession, principal: Principal, address: str | None) -> None:
        """Note that a token of this principal's grant was presented."""
        now, grant_id = self._clock.now(), principal.key_id
        assert grant_id is not None  # it presented a token
        if now - self._noted.get(grant_id, now - _GRAIN) < _GRAIN:
            return
        if len(self._noted) >= _MOST_NOTED:
            self._noted.clear()
        self._noted[grant_id] = now
        stale = or_(OAuthGrant.last_used_at.is_(None), OAuthGrant.last_used_at < now - _GRAIN)
        await enter(session, ORGANISATION, principal.organisation_id)
        await session.execute(
            update(OAuthGrant)
            .where(OAuthGrant.id == grant_id, stale)
            .values(last_used_at=now, last_used_from=address)
        )
