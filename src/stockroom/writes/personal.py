"""What is personal in a change's arguments: sealed as long as it is stored, and never stored for long.

A copy of the database holds no recipient, and the audit never did: only whoever carries
the change out opens it. :func:`stockroom.writes.states.step` forgets it; a mark stays, made
with a key, by which a repeat for somebody else is told apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from stockroom.core.ids import canonical
from stockroom.core.text import storable
from stockroom.spec.change import Change
from stockroom.spec.personal import set_apart
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.vault import Vault
from stockroom.writes.models import PERSONAL_PURPOSE, ChangeRow

ABOUT: Final = "about"
"""Beside what was observed: the mark of whom a change is about."""
NOTHING: Final[Mapping[str, Any]] = {}
"""There is nothing personal in it, or not any more."""


def sealed(vault: Vault, account_id: UUID, personal: Mapping[str, Any]) -> bytes | None:
    """Personal arguments as they are stored; None where there are none."""
    if not personal:
        return None
    text = json.dumps(storable(personal))
    return vault.encrypt(text.encode(), purpose=PERSONAL_PURPOSE, account_id=account_id)


def mark_of(marks: Marks, account_id: UUID, personal: Mapping[str, Any]) -> str:
    """What stays of personal arguments: enough to tell two from each other; empty: there are none.

    Not made with the vault's keys: those are rotated while changes wait, and a change that waits is
    still about the same person. Of what is stored: what cannot be is not in the sealed text either.
    """
    if not personal:
        return ""
    return marks.mark(PERSONAL_PURPOSE, str(account_id), canonical(storable(personal)))


def marked(marks: Marks, change: Change, wanted: BaseModel) -> Change:
    """The change, bound to whom it is about: what is agreed to holds for them alone."""
    mark = mark_of(marks, change.account_id, set_apart(wanted)[1])
    return replace(change, observed={**change.observed, ABOUT: mark}) if mark else change


def opened(vault: Vault, row: ChangeRow) -> Mapping[str, Any]:
    """The personal arguments of a change that still waits."""
    if row.personal is None:
        return NOTHING
    text = vault.decrypt(row.personal, purpose=PERSONAL_PURPOSE, account_id=row.account_id)
    found: dict[str, Any] = json.loads(text)
    return found
