"""What a member may do: five roles, and the rights each of them gives.

A right holds in one organisation, for the accounts granted to the member there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in an organisation."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    APPROVER = "approver"
    VIEWER = "viewer"


class Right(StrEnum):
    """One thing that a role allows."""

    VIEW = "view"
    """See the accounts' data."""
    AUTHORISE = "authorise"
    """Let an MCP client act as themselves; a viewer's may only read."""
    CONNECT = "connect"
    """Connect accounts to Amazon."""
    QUARANTINE = "quarantine"
    """Release or drop what the snapshot guard holds back."""
    PROPOSE = "propose"
    """Propose changes at Amazon."""
    APPROVE = "approve"
    """Confirm changes that somebody proposed."""
    KEYS = "keys"
    """Issue and revoke API keys."""
    MEMBERS = "members"
    """Invite people, change what they are, and send them away."""
    STOP = "stop"
    """Turn the stop switches on and off."""
    OWN = "own"
    """Make owners, and end the organisation."""


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: frozenset(Right) - {Right.OWN},
    Role.OPERATOR: frozenset(
        {Right.VIEW, Right.AUTHORISE, Right.CONNECT, Right.QUARANTINE, Right.PROPOSE}
    ),
    Role.APPROVER: frozenset({Right.VIEW, Right.AUTHORISE, Right.APPROVE}),
    Role.VIEWER: frozenset({Right.VIEW, Right.AUTHORISE}),
}

MEANINGS: Mapping[Role, str] = {
    Role.OWNER: "Everything, and makes other owners.",
    Role.ADMIN: "Everything but making owners: members, keys, Amazon connections, stop switches.",
    Role.OPERATOR: "Connects Amazon, releases quarantined data, proposes changes.",
    Role.APPROVER: "Sees the data and approves proposed changes.",
    Role.VIEWER: "Sees the data.",
}
"""Each role in a sentence, for whoever gives it."""
