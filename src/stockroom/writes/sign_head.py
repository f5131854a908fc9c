"""Sign: the end of an account's audit is vouched for and told to the log."""

from __future__ import annotations

from uuid import UUID

from stockroom.writes.means import Means
from stockroom.writes.trail import open_trail


async def sign_head(means: Means, account_id: UUID) -> None:
    """Sign the head as it is stored. Run it every hour; a chain without rows has none."""
    async with open_trail(means.database, account_id) as trail:
        head = trail.head
    if head.seq:
        means.signer.tell(account_id, means.clock.now(), head)
