"""``stockroom secrets rotate``: everything stored is sealed anew with the first encryption key."""

from __future__ import annotations

from collections import Counter

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.db.engine import Database
from stockroom.entrypoints import wiring
from stockroom.entrypoints.runtime import run as run_main
from stockroom.tenancy.resealing import census, reseal
from stockroom.tenancy.vault import Vault


def run(settings: Settings, *, only_look: bool) -> None:
    """Seal anew what a former key sealed, saying what is done and what remains.

    Interrupted, it goes on at the next run.

    Args:
        settings: Whose database, and which keys.
        only_look: Change nothing.

    Raises:
        ConfigurationError: Something stored does not open with the keys that are configured.
    """

    async def main() -> None:
        wiring.load_declarations()
        vault = Vault.from_settings(settings)
        async with Database.open(settings) as database:
            if not only_look:
                await _reseal(database, vault)
            _tell(await census(database), vault)

    run_main(main())


async def _reseal(database: Database, vault: Vault) -> None:
    before = await census(database)
    todo = sum((before - _of_key(before, vault.current)).values())
    done, unopened = Counter[str](), list[ConfigurationError]()
    async for step in reseal(database, vault):
        done[step.table] += step.sealed
        unopened += step.unopened
        print(f"{step.table}: {done[step.table]} rows sealed anew, of {todo} values in all")
    if unopened:
        raise ConfigurationError(
            f"{len(unopened)} rows stayed as they were. The last: {unopened[-1].summary}",
            field="STOCKROOM_ENCRYPTION_KEYS",
            next_step="Add the key they were sealed with, then run this again.",
        )


def _tell(found: Counter[tuple[str, str]], vault: Vault) -> None:
    for (table, key), values in sorted(found.items()):
        print(f"{table}: {values} sealed with '{key}'")
    used = {key for _, key in found}
    for key in vault.former:
        if key in used:
            print(f"'{key}' is still needed: run 'stockroom secrets rotate'.")
        else:
            print(
                f"Nothing is sealed with '{key}' any more. Take it out of STOCKROOM_ENCRYPTION_KEYS"
                f" once every server and worker was started with '{vault.current}' first; keep it"
                " with the backups made before."
            )


def _of_key(found: Counter[tuple[str, str]], key: str) -> Counter[tuple[str, str]]:
    return Counter({place: values for place, values in found.items() if place[1] == key})
