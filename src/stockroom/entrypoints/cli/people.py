"""``stockroom person``: people who sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import HomeOption, call, settings_for

people = typer.Typer(help="People who sign in.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(people, name="person")


@people.callback()
def _group() -> None:
    """People who sign in."""


@people.command("reset")
def reset(
    *,
    email: Annotated[str, typer.Argument(help="Whose.")],
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Forget their second factor, too.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Give somebody a new password, read from standard input; all their sessions end."""
    call("people.reset", settings_for(home), email, second_factor=second_factor)
