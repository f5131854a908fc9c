"""Who asks the gate for something, for one account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from stockroom.core.scope import Scope
from stockroom.db.reach import EVERYWHERE, Reach
from stockroom.tenancy.principal import Account, Principal


@dataclass(frozen=True, slots=True)
class Asker:
    """One credential at the gate of one account it reaches.

    Args:
        account_id: The account; every change of another one does not exist.
        key_id: The API key, or the grant behind an access token; None for the operator's own
            command line.
        name: The key's name, or the program's that was granted access.
        person: Who granted it, when somebody did.
        client: The program it says it is: shown, never trusted.
        address: Where it called from, when over a network.
        scopes: What it may do.
        tools: When set, only these tools.
        limits: What guardrails hold it to (:class:`stockroom.writes.limits.Limits`).
        reach: The marketplaces it reaches there; changes in others do not exist.
    """

    account_id: UUID
    key_id: UUID | None
    name: str
    person: str = ""
    client: str = ""
    address: str | None = None
    scopes: frozenset[Scope] = frozenset()
    tools: frozenset[str] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    reach: Reach = EVERYWHERE

    @classmethod
    def of(cls, principal: Principal, account: Account) -> Asker:
        """The principal, asking for one of its accounts."""
        return cls(
            account_id=account.id,
            key_id=principal.key_id,
            name=principal.name,
            person=principal.person,
            client=principal.client,
            address=principal.address,
            scopes=principal.scopes,
            tools=principal.tools,
            limits=principal.limits,
            reach=account.reach,
        )

    @property
    def actor(self) -> str:
        """How the audit names it."""
        if self.key_id is None:
            return "operator"
        return f"grant {self.key_id}" if self.person else f"key {self.key_id}"

    @property
    def facts(self) -> dict[str, Any]:
        """What is remembered of it beside a change."""
        facts = {"name": self.name, "client": self.client, "address": self.address}
        return facts | {"person": self.person} if self.person else facts

    def reaches(self, target: Mapping[str, Any]) -> bool:
        """Whether the target of a change is in a marketplace it reaches; one that names none is not."""
        codes = self.reach.marketplaces
        return codes is None or target.get("marketplace") in codes

    def may(self, tool: str, scope: Scope) -> bool:
        """Whether it may use a tool of that scope."""
        return scope in self.scopes and (self.tools is None or tool in self.tools)
