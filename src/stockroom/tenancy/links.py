"""Connect links: made, opened, asked with, used once, withdrawn.

Whoever holds a link may connect the one account it names, in a browser that is not
signed in here. Nothing happens by opening it: programs that preview links open
them, too. Each time its holder goes to Amazon, a ``state`` is made that counts
once, for ten minutes, and only in the browser that was sent.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, select

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError, InvalidInputError, NotAllowedError, NotFoundError
from stockroom.core.ids import uuid7
from stockroom.db.engine import Database
from stockroom.tenancy.connect_links import AskedConsent, ConnectLink
from stockroom.tenancy.directory import hashed_name, holder_of
from stockroom.tenancy.keys import key_hash
from stockroom.tenancy.models import Organisation

LIFETIME = timedelta(days=7)
"""How long a link counts when nothing else is said."""
LONGEST = timedelta(days=30)
_STATE_LIVES = timedelta(minutes=10)
_MOST_ON_THE_WAY = 20
_ANOTHER = "Ask whoever sent it for another."


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to make.

    Args:
        marketplace: A store the seller is at home in.
        slug: The account's name in arguments.
        name: What people call it.
        account_id: The account, when it is there already.
        advertising: Connect its advertising.
        created_by: Who makes it, as lists show it.
        lives: How long it counts.
    """

    marketplace: str
    slug: str
    name: str
    account_id: UUID | None = None
    advertising: bool = False
    created_by: str = "operator"
    lives: timedelta = LIFETIME


@dataclass(frozen=True, slots=True)
class Offer:
    """An open link, and who sent it."""

    link: ConnectLink
    organisation: str


class Links:
    """The connect links of the installation."""

    def __init__(self, database: Database, pepper: bytes, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock

    async def make(self, organisation_id: UUID, new: NewLink) -> str:
        """Make a link; its secret is returned once and kept nowhere.

        Raises:
            InvalidInputError: It would count for longer than 30 days.
        """
        if not timedelta(0) < new.lives <= LONGEST:
            raise InvalidInputError(
                f"A link counts for 1 to {LONGEST.days} days.",
                field="expires_in_days",
                next_step="Choose a number of days between them.",
            )
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        row = ConnectLink(
            id=uuid7(now),
            organisation_id=organisation_id,
            hash=self._hash("link", secret),
            advertising=new.advertising,
            marketplace=new.marketplace,
            slug=new.slug,
            name=new.name,
            for_account_id=new.account_id,
            created_by=new.created_by,
            created_at=now,
            expires_at=now + new.lives,
        )
        async with self._database.organisation_session(organisation_id) as session:
            session.add(row)
        return secret

    async def offer(self, secret: str) -> Offer:
        """What a link is for; nothing is changed by asking.

        Raises:
            NotFoundError: There is no such link, or it does not count any more.
        """
        digest = self._hash("link", secret)
        organisation_id = await holder_of(self._database, "connect_links", hashed_name(digest))
        if organisation_id is None:
            raise _void("This link is not one of ours.")
        async with self._database.organisation_session(organisation_id) as session:
            question = select(ConnectLink).where(ConnectLink.hash == digest)
            link = (await session.scalars(question)).one()
            name = (await session.scalars(select(Organisation.name))).one()
        return Offer(self._counting(link), name)

    async def ask(self, link: ConnectLink, browser: str) -> str:
        """The ``state`` with which a browser goes to Amazon for a link.

        Raises:
            BusyError: Too many went within the last minutes.
        """
        state, now = secrets.token_urlsafe(32), self._clock.now()
        mine = AskedConsent.link_id == link.id
        row = AskedConsent(
            id=uuid7(now),
            organisation_id=link.organisation_id,
            hash=self._hash("state", state),
            link_id=link.id,
            browser=self._hash("browser", browser),
            asked_at=now,
            expires_at=now + _STATE_LIVES,
        )
        async with self._database.organisation_session(link.organisation_id) as session:
            await session.execute(delete(AskedConsent).where(mine, AskedConsent.expires_at <= now))
            on_the_way = await session.scalar(select(func.count()).where(mine))
            if (on_the_way or 0) >= _MOST_ON_THE_WAY:
                raise BusyError(
                    "This link was used too often within a few minutes.",
                    next_step="Wait ten minutes, then open it again.",
                    retry_after_s=_STATE_LIVES.total_seconds(),
                )
            session.add(row)
        return state

    async def answered(self, state: str, browser: str) -> Offer:
        """The link for which a browser comes back from Amazon; the state counts no second time.

        Raises:
            NotAllowedError: The state was never given to this browser, was used, or is too old.
            NotFoundError: The link does not count any more.
        """
        digest = self._hash("state", state)
        organisation_id = await holder_of(self._database, "asked_consents", hashed_name(digest))
        if organisation_id is None:
            raise _unasked()
        now = self._clock.now()
        async with self._database.organisation_session(organisation_id) as session:
            question = select(AskedConsent).where(AskedConsent.hash == digest).with_for_update()
            asked = (await session.scalars(question)).one_or_none()
            sent = asked and hmac.compare_digest(asked.browser, self._hash("browser", browser))
            if asked is None or not sent or asked.answered_at or asked.expires_at <= now:
                raise _unasked()
            asked.answered_at = now
            link = (await session.scalars(_of(asked.link_id))).one()
            name = (await session.scalars(select(Organisation.name))).one()
        return Offer(self._counting(link), name)

    @asynccontextmanager
    async def using(self, link: ConnectLink) -> AsyncIterator[ConnectLink]:
        """Use a link up, if the block succeeds; nobody else uses it meanwhile.

        The block may say in ``for_account_id`` which account it connected.

        Raises:
            NotFoundError: It does not count any more.
        """
        async with self._database.organisation_session(link.organisation_id) as session:
            mine = (await session.scalars(_of(link.id).with_for_update())).one_or_none()
            if mine is None:
                raise _void("This link is not one of ours.")
            yield self._counting(mine)
            mine.used_at = self._clock.now()

    async def counting(self, organisation_id: UUID) -> list[ConnectLink]:
        """An organisation's links that count, newest first."""
        now = self._clock.now()
        question = (
            select(ConnectLink)
            .where(ConnectLink.used_at.is_(None), ConnectLink.withdrawn_at.is_(None))
            .where(ConnectLink.expires_at > now)
            .order_by(ConnectLink.id.desc())
        )
        async with self._database.organisation_session(organisation_id) as session:
            return list(await session.scalars(question))

    async def withdraw(self, organisation_id: UUID, link_id: UUID) -> None:
        """Have a link count no more.

        Raises:
            NotFoundError: The organisation has no such link that counts.
        """
        async with self._database.organisation_session(organisation_id) as session:
            link = (await session.scalars(_of(link_id).with_for_update())).one_or_none()
            if link is None or link.used_at or link.withdrawn_at:
                raise NotFoundError(
                    "There is no such link that still counts.",
                    field="link",
                    next_step="See the list of open links.",
                )
            link.withdrawn_at = self._clock.now()

    def _counting(self, link: ConnectLink) -> ConnectLink:
        if link.used_at:
            raise _void("This link was used already.")
        if link.withdrawn_at:
            raise _void("This link was withdrawn.")
        if link.expires_at <= self._clock.now():
            raise _void("This link has expired.")
        return link

    def _hash(self, kind: str, secret: str) -> bytes:
        return key_hash(f"connect {kind} {secret}", self._pepper)


def _of(link_id: UUID) -> Select[ConnectLink]:
    return select(ConnectLink).where(ConnectLink.id == link_id)


def _void(why: str) -> NotFoundError:
    return NotFoundError(why, next_step=_ANOTHER)


def _unasked() -> NotAllowedError:
    return NotAllowedError(
        "This answer of Amazon's was not asked for in this browser, or too long ago.",
        next_step="Open the link that you were sent, and begin again in this browser.",
    )
