"""What is personal in a change's arguments: sealed as long as it is stored, and never stored for long.

A copy of the database holds no recipient, and the audit never did: only whoever carries
the change out opens it. :func:`stockroom.writes.states.step` forgets it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from stockroom.core.text import storable
from stockroom.tenancy.vault import Vault
from stockroom.writes.models import PERSONAL_PURPOSE, ChangeRow

NOTHING: Final[Mapping[str, Any]] = {}
"""There is nothing personal in it, or not any more."""


def sealed(vault: Vault, account_id: UUID, personal: Mapping[str, Any]) -> bytes | None:
    """Personal arguments as they are stored; None where there are none."""
    if not personal:
        return None
    text = json.dumps(storable(personal))
    return vault.encrypt(text.encode(), purpose=PERSONAL_PURPOSE, account_id=account_id)


def opened(vault: Vault, row: ChangeRow) -> Mapping[str, Any]:
    """The personal arguments of a change that still waits."""
    if row.personal is None:
        return NOTHING
    text = vault.decrypt(row.personal, purpose=PERSONAL_PURPOSE, account_id=row.account_id)
    found: dict[str, Any] = json.loads(text)
    return found
