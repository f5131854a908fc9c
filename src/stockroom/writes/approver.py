"""Who decides about changes of one account: a signed-in member, the only one who counts as a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stockroom.tenancy.principal import Account
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership, Visitor


@dataclass(frozen=True, slots=True)
class Approver:
    """A member at the gate of one account granted to them.

    Args:
        account_id: The account; every change of another one does not exist.
        visitor: Who, and when they last proved it.
        membership: What they are where the account belongs.
        address: Where they are.
    """

    account_id: UUID
    visitor: Visitor
    membership: Membership
    address: str | None = None

    @classmethod
    def of(
        cls, visitor: Visitor, membership: Membership, account: Account, address: str | None
    ) -> Approver:
        """The visitor, deciding for an account of that membership."""
        return cls(account.id, visitor, membership, address)

    @property
    def may(self) -> bool:
        """Whether their role lets them decide at all."""
        return self.membership.may(Right.APPROVE)

    @property
    def actor(self) -> str:
        """How the audit names them."""
        return f"member {self.visitor.email}"

    @property
    def facts(self) -> dict[str, Any]:
        """What the audit remembers of them."""
        return {**self.signature, "address": self.address}

    @property
    def signature(self) -> dict[str, Any]:
        """What stands beside the change: agents read it, and need not know where somebody sits."""
        return {"name": self.visitor.name, "person": self.visitor.email, "client": "console"}

    def reaches(self, target: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the gate asks everybody
        """An account that is granted to a member is theirs in every marketplace."""
        return True
