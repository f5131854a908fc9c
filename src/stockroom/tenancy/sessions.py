"""Where people are signed in: one row per browser, found by a keyed hash of its cookie.

A session ends twelve hours after it began, two hours after it was last used, or when
it is ended. What a cookie stands for is remembered for half a second, so a session
that was ended, and a role that was taken away, are gone everywhere within one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from stockroom.core.clock import Clock
from stockroom.core.ids import uuid7
from stockroom.core.text import plain
from stockroom.db.engine import Database
from stockroom.tenancy.directory import hashed_name, holder_of
from stockroom.tenancy.keys import key_hash
from stockroom.tenancy.people import Person, Session
from stockroom.tenancy.visitors import Visitor, read_memberships

ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(hours=2)
_KEPT = timedelta(days=30)
"""How long a session that is over stays on record."""
_REMEMBERED_S = 0.5
_MOST_REMEMBERED = 10_000
_NOTED_EVERY = timedelta(minutes=1)
_TOKEN_BYTES = 32
_LONGEST_TOKEN = 64


@dataclass(frozen=True, slots=True)
class _Known:
    visitor: Visitor
    until: float


class Sessions:
    """Begins, knows and ends sessions.

    Args:
        database: Where they are kept.
        pepper: The key of their hashes.
        clock: Decides when they are over.
    """

    def __init__(self, database: Database, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock
        self._known: dict[bytes, _Known] = {}

    async def begin(
        self,
        person_id: UUID,
        *,
        agent: str,
        address: str | None,
        proved_at: datetime | None = None,
    ) -> str:
        """Sign a person in; returns the cookie's value, which is kept nowhere.

        Args:
            person_id: Who has just proved to be that person.
            agent: The browser, as it names itself.
            address: Where it is.
            proved_at: When they proved who they are; None: now.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock.now()
        row = Session(
            id=uuid7(now),
            person_id=person_id,
            hash=self._hash(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE,
            proved_at=proved_at or now,
            agent=plain(agent),
            address=address,
        )
        forgotten = delete(Session).where(Session.expires_at < now - _KEPT)
        async with self._database.person_session(person_id) as session:
            await session.execute(forgotten)
            session.add(row)
        return token

    async def visitor(self, token: str) -> Visitor | None:
        """Whose cookie this is; None when nobody's, or the session is over."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        hashed = self._hash(token)
        known = self._known.get(hashed)
        if known is not None and known.until > self._clock.monotonic():
            return known.visitor
        self._known.pop(hashed, None)
        visitor = await self._ask(hashed)
        if visitor is not None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[hashed] = _Known(visitor, self._clock.monotonic() + _REMEMBERED_S)
        return visitor

    async def _ask(self, hashed: bytes) -> Visitor | None:
        person_id = await holder_of(self._database, "sessions", hashed_name(hashed))
        if person_id is None:
            return None
        now = self._clock.now()
        live = (
            Session.ended_at.is_(None),
            Session.expires_at > now,
            Session.last_seen_at > now - IDLE,
        )
        question = (
            select(Session, Person, func.app.memberships(person_id))
            .join(Person, Person.id == Session.person_id)
            .where(Session.hash == hashed, *live)
        )
        async with self._database.person_session(person_id) as session:
            found = (await session.execute(question)).one_or_none()
            if found is None:
                return None
            seen, person, memberships = found
            if seen.last_seen_at <= now - _NOTED_EVERY:
                seen.last_seen_at = now
        return Visitor(
            person_id=person.id,
            email=person.email,
            name=person.name,
            session_id=seen.id,
            proved_at=seen.proved_at,
            memberships=read_memberships(memberships),
        )

    async def live(self, person_id: UUID) -> list[Session]:
        """The sessions of a person that are not over, last used first."""
        now = self._clock.now()
        question = (
            select(Session)
            .where(Session.ended_at.is_(None), Session.expires_at > now)
            .where(Session.last_seen_at > now - IDLE)
            .order_by(Session.last_seen_at.desc())
        )
        async with self._database.person_session(person_id) as session:
            return list(await session.scalars(question))

    async def end(self, person_id: UUID, session_id: UUID) -> None:
        """End one session of a person; one that is over, or not theirs, changes nothing."""
        await self._end(person_id, Session.id == session_id)

    async def end_others(self, person_id: UUID, kept: UUID) -> None:
        """End all sessions of a person but one."""
        await self._end(person_id, Session.id != kept)

    async def end_all(self, person_id: UUID) -> None:
        """End all sessions of a person."""
        await self._end(person_id)

    async def _end(self, person_id: UUID, *which: ColumnElement[bool]) -> None:
        ending = update(Session).where(Session.ended_at.is_(None), *which)
        async with self._database.person_session(person_id) as session:
            await session.execute(ending.values(ended_at=self._clock.now()))
        self._known.clear()

    async def prove(self, visitor: Visitor) -> None:
        """Note that the person has just proved again who they are."""
        mine = update(Session).where(Session.id == visitor.session_id)
        async with self._database.person_session(visitor.person_id) as session:
            await session.execute(mine.values(proved_at=self._clock.now()))
        self._known.clear()

    def _hash(self, token: str) -> bytes:
        return key_hash(f"session {token}", self._pepper)
