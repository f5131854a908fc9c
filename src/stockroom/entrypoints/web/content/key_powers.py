"""What a member may give away in a key: never an account they do not see, never more than they are."""

from __future__ import annotations

from collections.abc import Collection

from stockroom.core.errors import NotAllowedError
from stockroom.core.scope import CONFIRMING, READ_SCOPES, Scope
from stockroom.tenancy.models import ApiKey
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership

WRITE_SCOPES = frozenset(scope for scope in Scope if scope.endswith(":write"))


def grantable(membership: Membership) -> frozenset[Scope]:
    """The scopes that a member may put into a key."""
    writes = WRITE_SCOPES if membership.may(Right.PROPOSE) else frozenset[Scope]()
    # A key that confirms stands in for a person: only who answers for all of it gives that away.
    confirms = CONFIRMING if membership.may(Right.OWN) else frozenset[Scope]()
    return READ_SCOPES | writes | confirms


def check_scopes(membership: Membership, scopes: Collection[str]) -> None:
    """Refuse scopes beyond the member's own.

    Raises:
        NotAllowedError: There is one.
    """
    beyond = sorted(set(scopes) - grantable(membership))
    if beyond:
        raise NotAllowedError(
            f"Your role ({membership.role}) cannot give a key {', '.join(beyond)}.",
            next_step="Ask an owner of the organisation to do it.",
        )


def sees(membership: Membership, key: ApiKey) -> bool:
    """Whether a key is the member's to see: all that it opens is granted to them."""
    if membership.all_accounts:
        return True
    granted = {account.id for account in membership.accounts}
    return bool(key.account_ids) and granted.issuperset(key.account_ids)
