"""``stockroom db``: the schema's age."""

from __future__ import annotations

from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import HomeOption, call, settings_for

app = typer.Typer(help="Create and upgrade the database.")


@app.command()
def upgrade(home: HomeOption = None) -> None:
    """Create what is missing: roles, schemas, tables, row security."""
    call("database.upgrade", settings_for(home))


@app.command()
def status(home: HomeOption = None) -> None:
    """Say which migration the database is at, and whether that is the newest."""
    call("database.status", settings_for(home))


@app.command()
def revision(
    *,
    message: Annotated[str, typer.Argument(help="What changes, in a few words.")],
    home: HomeOption = None,
) -> None:
    """Write the migration that brings the schema to what the code declares (for developers)."""
    call("database.revision", settings_for(home), message)
