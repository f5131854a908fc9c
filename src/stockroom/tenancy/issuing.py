"""Keys: issued, handed on, listed and revoked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.ids import uuid7
from stockroom.core.scope import CONFIRMING, Scope
from stockroom.db.engine import Database
from stockroom.tenancy.directory import holders
from stockroom.tenancy.keys import key_hash, new_key
from stockroom.tenancy.models import ApiKey
from stockroom.tenancy.principal import KnownAccount, Network

CONFIRMING_NEEDS = ("changes_per_day", "spend_per_day")
"""Limits without which no key confirms changes, asking or not."""

_SUCCEEDS = (
    "organisation_id", "name", "account_ids", "marketplaces", "scopes", "tools", "limits", "networks",
    "requests_per_minute", "requests_per_day", "purpose", "expires_at",
)  # fmt: skip
"""What a rotated key hands on: all but whose it is, which is whoever gets the new text."""
_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to issue: what it opens."""

    name: str
    accounts: Sequence[KnownAccount]
    scopes: frozenset[Scope]
    marketplaces: Sequence[str] | None = None
    tools: Sequence[str] | None = None
    limits: Mapping[str, Any] | None = None
    networks: Sequence[Network] = ()
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    expires_at: datetime | None = None
    purpose: str | None = None
    created_by: str = _OPERATOR


class Keys:
    """The keys of the installation."""

    def __init__(self, database: Database, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock

    async def issue(self, organisation_id: UUID, new: NewKey) -> str:
        """Make a key; its text is returned once and kept nowhere.

        Raises:
            InvalidInputError: An account belongs to another organisation, or the key would confirm
                changes without limits.
        """
        check_confirming(new.scopes, new.limits or {})
        strangers = [a.slug for a in new.accounts if a.organisation_id != organisation_id]
        if strangers:
            raise InvalidInputError(
                f"The account '{strangers[0]}' belongs to another organisation.",
                field="account",
                next_step="Issue one key per organisation.",
            )
        text, identity = self._fresh_text()
        row = ApiKey(
            **identity,
            organisation_id=organisation_id,
            name=new.name,
            account_ids=[account.id for account in new.accounts],
            marketplaces=None if new.marketplaces is None else list(new.marketplaces),
            scopes=sorted(new.scopes),
            tools=None if new.tools is None else list(new.tools),
            limits=dict(new.limits or {}),
            networks=[str(network) for network in new.networks],
            requests_per_minute=new.requests_per_minute,
            requests_per_day=new.requests_per_day,
            purpose=new.purpose,
            created_by=new.created_by,
            expires_at=new.expires_at,
        )
        async with self._database.organisation_session(organisation_id) as session:
            session.add(row)
        return text

    async def rotate(self, name_or_prefix: str, overlap: timedelta) -> str:
        """Issue a successor that opens the same; the old key ends after ``overlap``.

        Raises:
            NotFoundError: There is no live key of that name or prefix.
            InvalidInputError: There are several.
        """
        now = self._clock.now()
        unexpired = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)
        found = await self._all(_live(name_or_prefix).where(unexpired))
        if not found:
            raise _no_key(name_or_prefix)
        if len(found) > 1:
            raise InvalidInputError(
                f"{len(found)} live keys are called '{name_or_prefix}'.",
                field="key",
                next_step="Name the one by its prefix: see 'stockroom key list'.",
            )
        return await self.succeed(found[0].organisation_id, found[0].id, overlap, by=_OPERATOR)

    async def succeed(
        self, organisation_id: UUID, key_id: UUID, overlap: timedelta, *, by: str
    ) -> str:
        """Issue a successor of one key of an organisation, as :meth:`rotate` does.

        Args:
            organisation_id: Whose key.
            key_id: Which.
            overlap: How long the old key still works.
            by: Who gets the new text: what the successor proposes is theirs from then on.

        Raises:
            NotFoundError: The organisation has no such live key.
        """
        text, identity = self._fresh_text()
        now = self._clock.now()
        async with self._database.organisation_session(organisation_id) as session:
            old = await session.get(ApiKey, key_id, with_for_update=True)
            if old is None or old.revoked_at or (old.expires_at and old.expires_at <= now):
                raise _no_key(str(key_id))
            same = {name: getattr(old, name) for name in _SUCCEEDS}
            session.add(ApiKey(**identity, **same, created_by=by))
            old.expires_at = min(old.expires_at or now + overlap, now + overlap)
        return text

    async def keys(self) -> list[ApiKey]:
        """Every key of the installation, newest first; hashes only."""
        return sorted(await self._all(select(ApiKey)), key=lambda key: key.id, reverse=True)

    async def keys_of(self, organisation_id: UUID) -> list[ApiKey]:
        """Every key of one organisation, newest first."""
        async with self._database.organisation_session(organisation_id) as session:
            return list(await session.scalars(select(ApiKey).order_by(ApiKey.id.desc())))

    async def revoke(self, name_or_prefix: str) -> int:
        """Revoke every live key of that name or prefix.

        Returns:
            How many stopped working (within a second).

        Raises:
            NotFoundError: There is none.
        """
        found = await self._all(_live(name_or_prefix))
        if not found:
            raise _no_key(name_or_prefix)
        for key in found:
            await self.end(key.organisation_id, key.id)
        return len(found)

    async def end(self, organisation_id: UUID, key_id: UUID) -> None:
        """Revoke one key of an organisation.

        Raises:
            NotFoundError: The organisation has no such live key.
        """
        async with self._database.organisation_session(organisation_id) as session:
            key = await session.get(ApiKey, key_id, with_for_update=True)
            if key is None or key.revoked_at:
                raise _no_key(str(key_id))
            key.revoked_at = self._clock.now()

    async def _all(self, question: Select[ApiKey]) -> list[ApiKey]:
        """What it finds in every organisation: for the operator alone."""
        found: list[ApiKey] = []
        for organisation_id in await holders(self._database, "organisations"):
            async with self._database.organisation_session(organisation_id) as session:
                found += await session.scalars(question)
        return found

    def _fresh_text(self) -> tuple[str, dict[str, Any]]:
        """A key's text, and the columns that make a row its own."""
        text, prefix = new_key()
        now = self._clock.now()
        hashed = key_hash(text, self._pepper)
        return text, {"id": uuid7(now), "hash": hashed, "prefix": prefix, "created_at": now}


def check_confirming(scopes: Collection[str], limits: Mapping[str, Any]) -> None:
    """Refuse a key that would confirm changes without a person, and without limits of number and money.

    Raises:
        InvalidInputError: A limit is missing; it is named.
    """
    for name in CONFIRMING_NEEDS if CONFIRMING & set(scopes) else ():
        if limits.get(name) is None:
            raise InvalidInputError(
                f"A key that confirms changes needs the limit {name}.",
                field=name,
                next_step='Give both, e.g. {"changes_per_day": 20, "spend_per_day": {"USD": "100.00"}}.',
            )


def _live(name_or_prefix: str) -> Select[ApiKey]:
    named = or_(ApiKey.name == name_or_prefix, ApiKey.prefix == name_or_prefix)
    return select(ApiKey).where(named, ApiKey.revoked_at.is_(None))


def _no_key(name_or_prefix: str) -> NotFoundError:
    return NotFoundError(
        f"There is no live key '{name_or_prefix}'.",
        field="key",
        next_step="See 'stockroom key list'.",
    )
