"""The programs that may ask: those that registered, and those that a document describes.

A program's id that is an address is the address of its document (client ID metadata
documents): it is fetched when the program asks somebody for something, and what it said
is kept for a while. Others register (RFC 7591). Neither says who somebody is, only
where answers go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError, InvalidInputError
from stockroom.core.text import plain
from stockroom.db.engine import Database
from stockroom.net.outbound import Document, Outbound
from stockroom.tenancy.keys import Brand, key_hash
from stockroom.tenancy.oauth.models import OAuthClient
from stockroom.tenancy.oauth.redirects import MOST, acceptable

PUBLIC = "none"
"""How a program proves itself that keeps no secret."""

_CLIENT = Brand("st_client_")
_MOST_CLIENTS = 10_000
_UNWANTED_AFTER = timedelta(days=1)
_LARGEST_DOCUMENT = 5 * 1024
_LONGEST_ID = 500
_LONGEST_NAME = 60
_KEPT = timedelta(minutes=15)
_KEPT_AT_MOST = timedelta(days=1)
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])")


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may ask.

    Args:
        id: How it names itself in requests.
        name: What it calls itself.
        redirect_uris: Where its answers may go.
        authentication: ``none``, ``client_secret_post`` or ``client_secret_basic``.
        secret: What it proves itself with; None for a public program.
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    authentication: str
    secret: str | None


class Clients:
    """Knows programs, and takes new ones in.

    Args:
        database: Where they are kept.
        pepper: What their secrets are derived from: none is stored.
        clock: Decides what is fresh.
        outbound: Fetches their documents.
    """

    def __init__(self, database: Database, pepper: bytes, clock: Clock, outbound: Outbound) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock
        self._outbound = outbound

    async def known(self, client_id: str) -> Client | None:
        """A program that is known here already; its document is not asked for."""
        if not _is_document(client_id) and not _CLIENT.fits(client_id):
            return None
        async with self._database.system_session() as session:
            row = await session.get(OAuthClient, client_id)
        return None if row is None else self._client(row)

    async def asking(self, client_id: str) -> Client | None:
        """A program that asks somebody for something: what its document says now counts.

        Raises:
            NotAllowedError: The document's address may not be called.
            UnreachableError: It is not served, or not usable.
            InvalidInputError: It describes no program that may ask.
        """
        if not _is_document(client_id):
            return await self.known(client_id)
        async with self._database.system_session() as session:
            row = await session.get(OAuthClient, client_id)
            if row is None:
                await self._make_room(session)
        now = self._clock.now()
        if row is not None and row.fresh_until is not None and row.fresh_until > now:
            return self._client(row)
        document = await self._outbound.json(client_id, largest=_LARGEST_DOCUMENT)
        described = _read(client_id, document.value)
        return await self._keep(client_id, described, fresh_until=now + _kept(document))

    async def register(
        self, name: str, redirect_uris: Sequence[str], authentication: str
    ) -> Client:
        """Take in a program that registers itself.

        Raises:
            InvalidInputError: Its redirect addresses cannot be used.
            BusyError: There are too many programs already.
        """
        described = _described(name or "A program without a name", redirect_uris, authentication)
        async with self._database.system_session() as session:
            await self._make_room(session)
        return await self._keep(_CLIENT.fresh(), described, fresh_until=None)

    async def _keep(
        self, client_id: str, described: Mapping[str, Any], *, fresh_until: datetime | None
    ) -> Client:
        facts = {**described, "fresh_until": fresh_until}
        fresh = insert(OAuthClient).values(id=client_id, created_at=self._clock.now(), **facts)
        kept = fresh.on_conflict_do_update(index_elements=["id"], set_=facts)
        async with self._database.system_session() as session:
            return self._client((await session.scalars(kept.returning(OAuthClient))).one())

    async def _make_room(self, session: AsyncSession) -> None:
        """Let one more in, in the place of those nobody ever granted anything if need be."""
        count = await session.scalar(select(func.count()).select_from(OAuthClient))
        if count is None or count < _MOST_CLIENTS:
            return
        unwanted = delete(OAuthClient).where(
            OAuthClient.granted_at.is_(None),
            OAuthClient.created_at < self._clock.now() - _UNWANTED_AFTER,
        )
        gone = await session.scalars(unwanted.returning(OAuthClient.id))
        if not gone.all():
            raise BusyError(
                "Too many programs have registered here.",
                next_step="Try again tomorrow, or use an API key.",
                retry_after_s=_UNWANTED_AFTER.total_seconds(),
            )

    def _client(self, row: OAuthClient) -> Client:
        public = row.authentication == PUBLIC
        return Client(
            id=row.id,
            name=row.name,
            redirect_uris=tuple(row.redirect_uris),
            authentication=row.authentication,
            secret=None if public else key_hash(f"client secret of {row.id}", self._pepper).hex(),
        )


def vouching_host(client_id: str) -> str | None:
    """The host that describes a program; None: it speaks for itself."""
    return urlsplit(client_id).netloc if _is_document(client_id) else None


def _is_document(client_id: str) -> bool:
    """Whether an id is the address of a document; what may be called is for the guard to say."""
    plain_text = client_id.isascii() and client_id.isprintable() and len(client_id) <= _LONGEST_ID
    return plain_text and client_id.startswith(("https://", "http://"))


def _read(client_id: str, document: Any) -> dict[str, Any]:
    parts = urlsplit(client_id)
    ambiguous = (
        not parts.path.strip("/") or parts.fragment or {".", ".."} & {*parts.path.split("/")}
    )
    if ambiguous or not isinstance(document, dict) or document.get("client_id") != client_id:
        raise _unusable("is not the document of this client_id")
    grants = document.get("grant_types", ["authorization_code"])
    if not isinstance(grants, list) or "authorization_code" not in grants:
        raise _unusable("does not use the authorization code grant")
    if document.get("token_endpoint_auth_method", PUBLIC) != PUBLIC:
        raise _unusable("does not say token_endpoint_auth_method none")
    uris, name = document.get("redirect_uris"), document.get("client_name")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise _unusable("names no redirect_uris")
    return _described(name if isinstance(name, str) else parts.netloc, uris, PUBLIC)


def _described(name: str, redirect_uris: Sequence[str], authentication: str) -> dict[str, Any]:
    if not 0 < len(redirect_uris) <= MOST or not all(map(acceptable, redirect_uris)):
        raise InvalidInputError(
            "These redirect addresses cannot be used.",
            field="redirect_uris",
            next_step=f"Give up to {MOST}: https, http on this machine, or the scheme of a known editor.",
        )
    return {
        "name": plain(name, _LONGEST_NAME),
        "redirect_uris": list(redirect_uris),
        "authentication": authentication,
    }


def _unusable(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"What the client_id leads to {why}.",
        field="client_id",
        next_step="Correct the client's metadata document.",
    )


def _kept(document: Document) -> timedelta:
    said = _MAX_AGE.search(document.cache_control.lower())
    if "no-store" in document.cache_control or said is None:
        return _KEPT
    return min(max(_KEPT, timedelta(seconds=int(said[1]))), _KEPT_AT_MOST)
