"""Look: whoever decides about a change sees all of it, also what is kept of nobody.

An order goes to somebody, and nobody can approve it without seeing to whom. That is
opened for as long as the change waits, for those who may decide, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stockroom.writes.approver import Approver
from stockroom.writes.means import Means
from stockroom.writes.personal import NOTHING, opened
from stockroom.writes.states import State


async def look_at_personal(means: Means, approver: Approver, change_id: UUID) -> Mapping[str, Any]:
    """The personal arguments of a change; empty unless it waits and the member may decide.

    To be shown to that member and to be kept nowhere.

    Raises:
        NotFoundError: The account has no such change.
    """
    row = await means.find(approver.account_id, change_id)
    waits = row.state == State.PROPOSED and means.clock.now() < row.expires_at
    return opened(means.vault, row) if waits and approver.may else NOTHING
