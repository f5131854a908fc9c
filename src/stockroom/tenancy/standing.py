"""What a credential may do at this very moment: asked again when a change is about to leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.scope import Scope
from stockroom.tenancy.models import ApiKey
from stockroom.tenancy.oauth.models import OAuthGrant
from stockroom.tenancy.oauth.reach import reachable
from stockroom.tenancy.people import Member
from stockroom.tenancy.roles import Role


@dataclass(frozen=True, slots=True)
class Standing:
    """What a key or a grant opens now.

    Args:
        account_ids: The accounts.
        marketplaces: When set, only these marketplaces of those.
        scopes: Domains and powers.
        tools: When set, only these tools.
        limits: What guardrails hold it to.
    """

    account_ids: frozenset[UUID]
    marketplaces: frozenset[str] | None
    scopes: frozenset[Scope]
    tools: frozenset[str] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)


async def standing_of(session: AsyncSession, credential_id: UUID, now: datetime) -> Standing | None:
    """What a key, or a person's grant, opens now; None: it was revoked or has ended.

    Args:
        session: Inside the organisation.
        credential_id: The key's or the grant's id.
        now: The moment.
    """
    key = await session.get(ApiKey, credential_id)
    if key is None:
        return await _of_grant(session, credential_id, now)
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    return Standing(
        account_ids=frozenset(key.account_ids),
        marketplaces=None if key.marketplaces is None else frozenset(key.marketplaces),
        scopes=frozenset(map(Scope, key.scopes)),
        tools=None if key.tools is None else frozenset(key.tools),
        limits=key.limits,
    )


async def _of_grant(session: AsyncSession, grant_id: UUID, now: datetime) -> Standing | None:
    granted = (
        select(OAuthGrant, Member)
        .join(Member, Member.id == OAuthGrant.member_id)
        .where(
            OAuthGrant.id == grant_id,
            OAuthGrant.revoked_at.is_(None),
            OAuthGrant.expires_at > now,
        )
    )
    found = (await session.execute(granted)).one_or_none()
    if found is None:
        return None
    grant, member = found
    accounts = frozenset(grant.account_ids)
    return Standing(
        account_ids=accounts if member.account_ids is None else accounts & {*member.account_ids},
        marketplaces=None if grant.marketplaces is None else frozenset(grant.marketplaces),
        scopes=frozenset(map(Scope, grant.scopes)) & reachable(Role(member.role)),
    )
