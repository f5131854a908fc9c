"""When and from where a grant was last used: written down once a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.tenancy.oauth.models import OAuthGrant

_GRAIN = timedelta(minutes=1)
_MOST_NOTED = 10_000


class GrantUses:
    """Notes uses, of all server processes together."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: dict[UUID, datetime] = {}

    def is_due(self, grant_id: UUID) -> bool:
        """Whether this process wrote a use down longer than a minute ago; asked, it counts as written."""
        now = self._clock.now()
        if now - self._noted.get(grant_id, now - _GRAIN) < _GRAIN:
            return False
        if len(self._noted) >= _MOST_NOTED:
            self._noted.clear()
        self._noted[grant_id] = now
        return True

    async def note(self, session: AsyncSession, grant_id: UUID, address: str | None) -> None:
        """Write down that a token of a grant was presented; the session is inside its organisation."""
        now = self._clock.now()
        stale = or_(OAuthGrant.last_used_at.is_(None), OAuthGrant.last_used_at < now - _GRAIN)
        await session.execute(
            update(OAuthGrant)
            .where(OAuthGrant.id == grant_id, stale)
            .values(last_used_at=now, last_used_from=address)
        )
