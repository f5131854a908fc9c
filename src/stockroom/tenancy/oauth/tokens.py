"""Tokens: a code becomes a pair of them, a refresh token the next pair, and each is good once.

Whoever presents a code or refresh token a second time holds a stolen one, or was
stolen from: which of both cannot be told, so the whole grant ends. There is no grace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.ids import uuid7
from stockroom.core.log import logger
from stockroom.db.engine import Database
from stockroom.tenancy.directory import hashed_name, holder_of
from stockroom.tenancy.keys import Brand, key_hash
from stockroom.tenancy.oauth.models import OAuthGrant, OAuthToken

CODE = Brand("st_code_")
ACCESS = Brand("st_access_")
REFRESH = Brand("st_refresh_")

CODE_LIVES = timedelta(seconds=60)
ACCESS_LIVES = timedelta(hours=1)
REFRESH_LIVES = timedelta(days=30)

_log = logger("oauth")


@dataclass(frozen=True, slots=True)
class Presented:
    """A good code or refresh token that somebody presented, and the grant behind it."""

    id: UUID
    organisation_id: UUID
    grant_id: UUID
    client_id: str
    scopes: tuple[str, ...]
    resource: str
    redirect_uri: str
    redirect_named: bool
    code_challenge: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh pair; the texts exist nowhere else."""

    access: str
    refresh: str
    expires_in_s: int
    scopes: tuple[str, ...]


class Tokens:
    """Knows tokens by their hashes, and makes new ones of them."""

    def __init__(self, database: Database, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock

    async def presented(self, text: str, brand: Brand, client_id: str) -> Presented | None:
        """The code or refresh token of that text, of that program; None: it is not good (any more).

        One that was used before ends its grant.
        """
        found = await self._holder(text, brand)
        if found is None:
            return None
        organisation_id, hashed = found
        async with self._database.organisation_session(organisation_id) as session:
            token, grant = await _of(session, hashed)
            if token is None or grant is None or grant.client_id != client_id:
                return None
            if token.used_at is not None:
                await self._give_up(session, grant.id, brand)
                return None
            if grant.revoked_at is not None or token.expires_at <= self._clock.now():
                return None
            return Presented(
                id=token.id,
                organisation_id=organisation_id,
                grant_id=grant.id,
                client_id=grant.client_id,
                scopes=tuple(token.scopes),
                resource=grant.resource,
                redirect_uri=grant.redirect_uri,
                redirect_named=grant.redirect_named,
                code_challenge=grant.code_challenge,
            )

    async def exchange(
        self, presented: Presented, brand: Brand, scopes: Sequence[str]
    ) -> Issued | None:
        """A pair of tokens for a code or refresh token; None: somebody was faster, or it ended.

        Args:
            presented: What is given for it: never good again.
            brand: What it is.
            scopes: What the access token may do, of what was granted.
        """
        now = self._clock.now()
        async with self._database.organisation_session(presented.organisation_id) as session:
            # One at a time per grant: who comes second sees that the token was used.
            grant = await session.get(OAuthGrant, presented.grant_id, with_for_update=True)
            if grant is None or grant.revoked_at is not None:
                return None
            used = (
                update(OAuthToken)
                .where(OAuthToken.id == presented.id, OAuthToken.used_at.is_(None))
                .values(used_at=now)
                .returning(OAuthToken.id)
            )
            if await session.scalar(used) is None:
                await self._give_up(session, grant.id, brand)
                return None
            await self._forget(session, grant.id)
            access, refresh = ACCESS.fresh(), REFRESH.fresh()
            session.add(self._row(grant, ACCESS, access, scopes))
            session.add(self._row(grant, REFRESH, refresh, grant.scopes))
            grant.expires_at = now + REFRESH_LIVES
        return Issued(access, refresh, round(ACCESS_LIVES.total_seconds()), tuple(scopes))

    async def revoke(self, text: str, client_id: str) -> None:
        """End the grant behind a token (RFC 7009); one that is not this program's is left alone."""
        for brand in (REFRESH, ACCESS):
            found = await self._holder(text, brand)
            if found is None:
                continue
            organisation_id, hashed = found
            async with self._database.organisation_session(organisation_id) as session:
                _, grant = await _of(session, hashed)
                if grant is not None and grant.client_id == client_id:
                    await _end(session, grant.id, self._clock, "the program itself")

    async def _holder(self, text: str, brand: Brand) -> tuple[UUID, bytes] | None:
        if not brand.fits(text):
            return None
        hashed = key_hash(text, self._pepper)
        holder = await holder_of(self._database, "oauth_tokens", hashed_name(hashed))
        return None if holder is None else (holder, hashed)

    async def _give_up(self, session: AsyncSession, grant_id: UUID, brand: Brand) -> None:
        _log.warning("used twice, grant revoked", grant_id=str(grant_id), what=brand.text)
        await _end(session, grant_id, self._clock, f"second use of a {_NAMES[brand]}")

    async def _forget(self, session: AsyncSession, grant_id: UUID) -> None:
        """Drop what is over. Used ones stay for long: their second use must be recognised."""
        now = self._clock.now()
        over = or_(
            and_(OAuthToken.kind == ACCESS.text, OAuthToken.expires_at <= now),
            OAuthToken.expires_at <= now - REFRESH_LIVES,
        )
        await session.execute(delete(OAuthToken).where(OAuthToken.grant_id == grant_id, over))

    def _row(self, grant: OAuthGrant, brand: Brand, text: str, scopes: Sequence[str]) -> OAuthToken:
        now = self._clock.now()
        return OAuthToken(
            id=uuid7(now),
            organisation_id=grant.organisation_id,
            grant_id=grant.id,
            kind=brand.text,
            hash=key_hash(text, self._pepper),
            scopes=list(scopes),
            created_at=now,
            expires_at=now + _LIVES[brand],
        )


_LIVES = {ACCESS: ACCESS_LIVES, REFRESH: REFRESH_LIVES}
_NAMES = {CODE: "code", REFRESH: "refresh token"}


async def _of(
    session: AsyncSession, hashed: bytes
) -> tuple[OAuthToken, OAuthGrant] | tuple[None, None]:
    found = (
        await session.execute(
            select(OAuthToken, OAuthGrant)
            .join(OAuthGrant, OAuthGrant.id == OAuthToken.grant_id)
            .where(OAuthToken.hash == hashed)
        )
    ).one_or_none()
    return (None, None) if found is None else (found[0], found[1])


async def _end(session: AsyncSession, grant_id: UUID, clock: Clock, by: str) -> None:
    living = update(OAuthGrant).where(OAuthGrant.id == grant_id, OAuthGrant.revoked_at.is_(None))
    await session.execute(living.values(revoked_at=clock.now(), revoked_by=by))
