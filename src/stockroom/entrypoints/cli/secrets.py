"""``stockroom secrets``: made, and changed."""

from __future__ import annotations

from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import HomeOption, call, settings_for

secrets = typer.Typer()


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(secrets, name="secrets")


@secrets.callback(invoke_without_command=True)
def fresh_secrets(context: typer.Context) -> None:
    """Print fresh secrets as lines of an environment file; they are kept nowhere."""
    if context.invoked_subcommand is None:
        call("fresh_secrets.run")


@secrets.command("rotate")
def rotate_secrets(
    *,
    only_look: Annotated[
        bool, typer.Option("--check", help="Only say which keys are needed still.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Seal everything stored with the first of STOCKROOM_ENCRYPTION_KEYS.

    Stored grants, raw documents and second factors that another of those keys sealed. May be
    interrupted and run again; says when a key is needed no longer.
    """
    call("reseal.run", settings_for(home), only_look=only_look)
