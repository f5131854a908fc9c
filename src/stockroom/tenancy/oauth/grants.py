"""Grants: a program's question, a person's answer to it, and the list of what was granted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError, NotFoundError
from stockroom.core.ids import uuid7
from stockroom.core.scope import Scope
from stockroom.db.engine import Database
from stockroom.tenancy.keys import key_hash
from stockroom.tenancy.oauth.models import OAuthClient, OAuthGrant, OAuthRequest, OAuthToken
from stockroom.tenancy.oauth.redirects import host_of
from stockroom.tenancy.oauth.tokens import CODE, CODE_LIVES
from stockroom.tenancy.people import Member

_ANSWERED_WITHIN = timedelta(minutes=15)
_MOST_OPEN = 10_000


@dataclass(frozen=True, slots=True)
class Question:
    """What a program asks, after its address and the rules were checked."""

    client_id: str
    redirect_uri: str
    redirect_named: bool
    state: str | None
    scopes: frozenset[Scope]
    code_challenge: str
    resource: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person grants: whatever they left of what was asked.

    Args:
        organisation_id: Where they are a member.
        person_id: Who.
        email: Their address.
        account_ids: Accounts, of those granted to them.
        marketplaces: Only these marketplaces of those; None: all.
        scopes: What the program may do there.
    """

    organisation_id: UUID
    person_id: UUID
    email: str
    account_ids: Sequence[UUID]
    marketplaces: Sequence[str] | None
    scopes: frozenset[Scope]


class Grants:
    """Asks, answers, lists and ends."""

    def __init__(self, database: Database, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock

    async def ask(self, question: Question) -> str:
        """Keep a question until somebody answers it.

        Returns:
            The id of the page that asks.

        Raises:
            BusyError: Too many are open.
        """
        now = self._clock.now()
        request = OAuthRequest(
            id=secrets.token_urlsafe(24),
            client_id=question.client_id,
            redirect_uri=question.redirect_uri,
            redirect_named=question.redirect_named,
            state=question.state,
            scopes=sorted(question.scopes),
            code_challenge=question.code_challenge,
            resource=question.resource,
            expires_at=now + _ANSWERED_WITHIN,
        )
        async with self._database.system_session() as session:
            await session.execute(delete(OAuthRequest).where(OAuthRequest.expires_at <= now))
            open_now = await session.scalar(select(func.count()).select_from(OAuthRequest))
            if (open_now or 0) >= _MOST_OPEN:
                raise BusyError(
                    "Too many programs ask at once.",
                    next_step="Try again in some minutes.",
                    retry_after_s=_ANSWERED_WITHIN.total_seconds(),
                )
            session.add(request)
        return request.id

    async def question(self, request_id: str) -> tuple[OAuthRequest, OAuthClient]:
        """An open question, and who asks.

        Raises:
            NotFoundError: It was answered, has lapsed, or never was.
        """
        asked = (
            select(OAuthRequest, OAuthClient)
            .join(OAuthClient, OAuthClient.id == OAuthRequest.client_id)
            .where(OAuthRequest.id == request_id, OAuthRequest.expires_at > self._clock.now())
        )
        async with self._database.system_session() as session:
            found = (await session.execute(asked)).one_or_none()
        if found is None:
            raise _answered()
        return found[0], found[1]

    async def deny(self, request_id: str) -> OAuthRequest:
        """Close a question without a grant.

        Raises:
            NotFoundError: It is not open.
        """
        async with self._database.system_session() as session:
            return await self._close(session, request_id)

    async def give(self, request_id: str, consent: Consent) -> tuple[OAuthRequest, str]:
        """Answer a question with a grant.

        Returns:
            The question as it was, and the code that its program gets.

        Raises:
            NotFoundError: It is not open, or the person is no member any more.
        """
        now = self._clock.now()
        code = CODE.fresh()
        async with self._database.organisation_session(consent.organisation_id) as session:
            request = await self._close(session, request_id)
            client = await session.get_one(OAuthClient, request.client_id)
            client.granted_at = now
            grant = OAuthGrant(
                id=uuid7(now),
                organisation_id=consent.organisation_id,
                member_id=await _member(session, consent.person_id),
                email=consent.email,
                client_id=client.id,
                client_name=client.name,
                client_host=host_of(request.redirect_uri),
                redirect_uri=request.redirect_uri,
                redirect_named=request.redirect_named,
                code_challenge=request.code_challenge,
                account_ids=list(consent.account_ids),
                marketplaces=None if consent.marketplaces is None else list(consent.marketplaces),
                scopes=sorted(consent.scopes),
                resource=request.resource,
                created_at=now,
                expires_at=now + CODE_LIVES,
            )
            session.add(grant)
            await session.flush()
            session.add(
                OAuthToken(
                    id=uuid7(now),
                    organisation_id=consent.organisation_id,
                    grant_id=grant.id,
                    kind=CODE.text,
                    hash=key_hash(code, self._pepper),
                    scopes=grant.scopes,
                    created_at=now,
                    expires_at=now + CODE_LIVES,
                )
            )
        return request, code

    async def of(self, organisation_id: UUID, person_id: UUID | None = None) -> list[OAuthGrant]:
        """What is granted in an organisation (by one person), and still good; newest first."""
        living = (
            select(OAuthGrant)
            .where(OAuthGrant.revoked_at.is_(None), OAuthGrant.expires_at > self._clock.now())
            .order_by(OAuthGrant.id.desc())
        )
        if person_id is not None:
            living = living.join(Member, Member.id == OAuthGrant.member_id)
            living = living.where(Member.person_id == person_id)
        async with self._database.organisation_session(organisation_id) as session:
            return list(await session.scalars(living))

    async def end(self, organisation_id: UUID, grant_id: UUID, *, by: str) -> None:
        """Revoke a grant and all its tokens, within a second.

        Args:
            organisation_id: Where it was given.
            grant_id: Which.
            by: Who does.

        Raises:
            NotFoundError: There is no such grant.
        """
        ended = (
            update(OAuthGrant)
            .where(OAuthGrant.id == grant_id, OAuthGrant.revoked_at.is_(None))
            .values(revoked_at=self._clock.now(), revoked_by=by)
            .returning(OAuthGrant.id)
        )
        async with self._database.organisation_session(organisation_id) as session:
            if await session.scalar(ended) is None:
                raise no_such_grant()

    async def _close(self, session: AsyncSession, request_id: str) -> OAuthRequest:
        open_one = delete(OAuthRequest).where(
            OAuthRequest.id == request_id, OAuthRequest.expires_at > self._clock.now()
        )
        request: OAuthRequest | None = await session.scalar(open_one.returning(OAuthRequest))
        if request is None:
            raise _answered()
        return request


def no_such_grant() -> NotFoundError:
    """There is none, or none of theirs: the same answer."""
    return NotFoundError(
        "There is no such connected client.",
        next_step="Look at the list again: it may be disconnected already.",
    )


async def _member(session: AsyncSession, person_id: UUID) -> UUID:
    member = await session.scalar(select(Member.id).where(Member.person_id == person_id))
    if member is None:
        raise NotFoundError(
            "There is no such organisation among yours.", next_step="Choose one of yours."
        )
    return member


def _answered() -> NotFoundError:
    return NotFoundError(
        "This question was answered already, or was left open too long.",
        next_step="Begin again in the program that wants to connect.",
    )
