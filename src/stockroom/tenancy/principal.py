"""Who is asking: one credential, the accounts it reaches, and what it may do there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from uuid import UUID

from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.marketplaces import Region
from stockroom.core.scope import Scope
from stockroom.db.reach import EVERYWHERE, Reach

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Account:
    """A client account within a principal's reach."""

    id: UUID
    slug: str
    name: str
    seller_id: str
    region: Region
    marketplaces: tuple[str, ...]
    """Those within reach."""
    reach: Reach = EVERYWHERE
    """How far the principal sees into it."""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The account's own thresholds and assumptions."""
    agents_stopped: bool = False
    """No agent may do anything in it, reading included."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """What may be known of an account before entering it."""

    id: UUID
    slug: str
    organisation_id: UUID
    region: Region
    marketplaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Principal:
    """One caller of one request.

    Args:
        key_id: The API key it presented, or the grant behind its access token; None for the
            operator's own command line.
        organisation_id: Whose key it is.
        name: The key's name, as audits show it; for a token, the program's.
        accounts: Accounts it reaches; everything else does not exist for it.
        scopes: Domains and powers.
        tools: When set, only these tools.
        limits: What guardrails hold it to.
        networks: Where it may be used from; none: anywhere.
        requests_per_minute: How often it may ask; None: as often as it likes.
        requests_per_day: How often it may ask in a UTC day; None: as often as it likes.
        person: Whose access token it is, by e-mail address; empty: it presented a key.
        attainable: What else its person could grant by stepping up; nothing for a key.
        client: The program it says it is, e.g. ``Claude``: shown, never trusted.
        address: Where it called from, when over a network.
    """

    key_id: UUID | None
    organisation_id: UUID
    name: str
    accounts: tuple[Account, ...]
    scopes: frozenset[Scope]
    tools: frozenset[str] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    networks: tuple[Network, ...] = ()
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    person: str = ""
    attainable: frozenset[Scope] = frozenset()
    client: str = ""
    address: str | None = None

    @property
    def granted(self) -> bool:
        """Whether a person granted this, and it presented an access token instead of a key."""
        return bool(self.person)

    def admits(self, address: str | None) -> bool:
        """Whether the key may be used from there; a caller without an address is on this machine."""
        if not self.networks or address is None:
            return True
        return any(ip_address(address) in network for network in self.networks)

    def may(self, tool: str, scope: Scope) -> bool:
        """Whether it may use a tool of that scope at all."""
        return scope in self.scopes and (self.tools is None or tool in self.tools)

    def could(self, tool: str, scope: Scope) -> bool:
        """Whether it may use a tool of that scope, or might after its person granted more."""
        return self.may(tool, scope) or scope in self.attainable

    def account(self, slug: str | None) -> Account:
        """The account a call is for.

        Raises:
            InvalidInputError: It reaches several and the call names none.
            NotFoundError: No such account, or none within reach: the same answer.
        """
        if slug is None and len(self.accounts) == 1:
            return self.accounts[0]
        if slug is None and self.accounts:
            raise InvalidInputError(
                "This key covers several accounts; name one.",
                field="account",
                next_step="Call accounts to list them, then pass account.",
            )
        for account in self.accounts:
            if account.slug == slug:
                return account
        raise NotFoundError(
            "There is no such account within this key's reach.",
            field="account",
            next_step="Call accounts to list the accounts of this key.",
        )
