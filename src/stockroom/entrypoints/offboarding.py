"""``stockroom account export`` and ``remove``: a client leaves, with everything and without a trace."""

from __future__ import annotations

from pathlib import Path

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.tenancy.export import export_account
from stockroom.tenancy.removal import finish_removals, remove_account


def export(settings: Settings, slug: str, folder: Path, *, as_csv: bool) -> None:
    """Write every row of an account into a new folder, saying what was written.

    Raises:
        NotFoundError: There is no such account.
        InvalidInputError: The folder is there already, or cannot be written.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            rows = 0
            async for done in export_account(house.database, account, folder, as_csv=as_csv):
                rows += done.rows
                print(f"{done.table}: {done.rows} rows")
        print(f"{slug}: {rows} rows in {folder}.")

    run_main(main())


def remove(settings: Settings, slug: str, *, purge: bool, yes: str | None) -> None:
    """Delete an account and all its rows.

    Raises:
        NotFoundError: There is no such account.
        InvalidInputError: It was not said, or not clearly, that everything shall go.
    """
    if not purge or yes != slug:
        raise InvalidInputError(
            f"Removing '{slug}' deletes every row it has, audit included, for ever.",
            field="yes" if purge else "purge",
            next_step=f"Export it first, then say: stockroom account remove {slug} --purge --yes {slug}",
        )

    async def main() -> None:
        async with open_house(settings) as house:
            place = house.database.place
            try:
                account = await house.registry.account(slug)
            except NotFoundError:
                # Repeated after a removal that broke off: the account goes first, its name with it.
                if (gone := await finish_removals(place)) == 0:
                    raise
                print(f"An earlier removal is finished, with {gone} more rows.")
                return
            gone = await remove_account(place, house.clock, account)
        print(f"{slug}: removed, with {gone} rows.")

    run_main(main())
