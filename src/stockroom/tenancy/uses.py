"""How often keys were used: counted in memory, written down when a key is looked up again.

A key that is in use is looked up twice a second (see ``authenticate``); then the counts are
written down beside the request, which waits for it only where the key has a daily quota.
What one process counted within a second when it was killed, or at midnight, is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.tenancy.models import ApiKey, KeyUse

_GRAIN = timedelta(minutes=1)


@dataclass(slots=True)
class _Count:
    day: date
    stored: int = 0
    writing: int = 0
    pending: int = 0


class KeyUses:
    """Counts the requests of each key per UTC day, over all server processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[UUID, _Count] = {}
        self._noted: dict[UUID, datetime] = {}

    def count(self, key_id: UUID) -> None:
        """Count one request."""
        self._of(key_id).pending += 1

    def today(self, key_id: UUID) -> int:
        """Requests of this UTC day: what was written down, and what this process saw since."""
        count = self._of(key_id)
        return count.stored + count.writing + count.pending

    async def write(
        self, session: AsyncSession, organisation_id: UUID, key_id: UUID, address: str | None
    ) -> None:
        """Write down what was counted, and once a minute when and from where the key was used.

        The session is inside the key's organisation.
        """
        count = self._of(key_id)
        written, count.pending = count.pending, 0
        count.writing += written
        stored = None
        try:
            stored = await _store(session, organisation_id, key_id, count.day, written)
        finally:
            count.writing -= written
            if stored is None:
                count.pending += written
            else:
                count.stored = stored
        await self._note(session, key_id, address)

    async def _note(self, session: AsyncSession, key_id: UUID, address: str | None) -> None:
        now = self._clock.now()
        if now - self._noted.get(key_id, now - _GRAIN) < _GRAIN:
            return
        self._noted[key_id] = now
        stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - _GRAIN)
        await session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, stale)
            .values(last_used_at=now, last_used_from=address)
        )

    def _of(self, key_id: UUID) -> _Count:
        today = self._clock.now().astimezone(UTC).date()
        count = self._counts.get(key_id)
        if count is None or count.day != today:
            count = self._counts[key_id] = _Count(today)
        return count


async def _store(
    session: AsyncSession, organisation_id: UUID, key_id: UUID, day: date, requests: int
) -> int:
    """Add requests to a key's day; how many there are now, over all processes."""
    fresh = insert(KeyUse).values(
        organisation_id=organisation_id, key_id=key_id, day=day, requests=requests
    )
    total = fresh.on_conflict_do_update(
        index_elements=["key_id", "day"],
        set_={"requests": KeyUse.requests + fresh.excluded.requests},
    ).returning(KeyUse.requests)
    return (await session.scalars(total)).one()
