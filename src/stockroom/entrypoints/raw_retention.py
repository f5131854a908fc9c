"""The job that lets raw documents go when they have been kept long enough."""

from __future__ import annotations

from stockroom.entrypoints.house import House
from stockroom.sync.retention import forget_old


async def forget_old_documents(house: House) -> None:
    """Delete what is older than the setting says, account by account.

    Raises:
        DatabaseUnavailableError: Postgres does not answer; the next turn catches up.
    """
    for account in await house.registry.accounts():
        await forget_old(
            house.database,
            account.id,
            now=house.clock.now(),
            days=house.settings.raw_retention_days,
        )
