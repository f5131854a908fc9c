"""``stockroom doctor``."""

from __future__ import annotations

import typer

from stockroom.entrypoints.cli.options import (
    AccountOption,
    HomeOption,
    JsonOption,
    call,
    settings_for,
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(doctor)


def doctor(
    *, account: AccountOption = None, as_json: JsonOption = False, home: HomeOption = None
) -> int:
    """Look at everything this installation stands on; each line ok, warn or fail, with its remedy.

    Database, migrations, clocks, secrets, Amazon, queue, worker, disk. Works without a database,
    too. Exit codes: 0 nothing fails, 1 something does.
    """
    code: int = call("doctor.examine.run", settings_for(home), account=account, as_json=as_json)
    return code
