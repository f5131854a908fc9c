"""What ``stockroom db`` does."""

from __future__ import annotations

import asyncio

from stockroom.core.config import Settings
from stockroom.db import migrate
from stockroom.entrypoints.wiring import load_declarations


def upgrade(settings: Settings) -> None:
    """Make what is missing and bring the schema to this version."""
    done = asyncio.run(migrate.upgrade(settings))
    print(f"The database is at migration {done.current}, the newest.")


def status(settings: Settings) -> None:
    """Print where the database stands."""
    found = asyncio.run(migrate.status(settings))
    if found.up_to_date:
        print(f"The database is at migration {found.current}, the newest.")
    else:
        print(
            f"The database is at migration {found.current or 'none'}, the newest is {found.head}."
            " Run stockroom db upgrade."
        )


def revision(settings: Settings, message: str) -> None:
    """Write the migration that the declarations need."""
    del settings  # a scratch database is migrated, never this installation's
    load_declarations()
    print(asyncio.run(migrate.revise(message)))
