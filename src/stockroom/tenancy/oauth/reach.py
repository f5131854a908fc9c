"""How far a token may reach: what its person's role allows, and never further."""

from __future__ import annotations

from stockroom.core.scope import CONFIRMING, READ_SCOPES, Scope
from stockroom.tenancy.roles import RIGHTS, Right, Role

OFFERED = frozenset(Scope) - CONFIRMING
"""What a program may ask for. Confirming without a person needs limits, which only keys have."""


def reachable(role: Role) -> frozenset[Scope]:
    """The scopes a person of that role can give a program."""
    rights = RIGHTS[role]
    if not {Right.VIEW, Right.AUTHORISE} <= rights:
        return frozenset()
    return OFFERED if Right.PROPOSE in rights else READ_SCOPES


def known_scopes(text: str | None) -> frozenset[Scope]:
    """The scopes that ``text`` names, of those offered; all that read when it names none.

    Unknown ones are left out: clients ask for what other servers have.
    """
    named = frozenset((text or "").split())
    return frozenset(scope for scope in OFFERED if scope in named) or READ_SCOPES
