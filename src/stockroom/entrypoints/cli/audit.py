"""``stockroom audit``: the trail of what happened, checked and handed out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import HomeOption, JsonOption, call, settings_for

app = typer.Typer(help="What happened, in order, and whether anybody touched it.")


@app.command()
def verify(
    *,
    account: Annotated[str | None, typer.Option(help="Whose trail, by its name.")] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Signed heads kept elsewhere: a log, an export, or heads one per line."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="An exported trail; without --account no database is asked.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A public key to believe (may be repeated). Default: ours."),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> int:
    """Check a trail row by row and name the first bad one.

    A checkpoint also tells a cut-off end, and a chain that was written anew. Exit codes: 0 it
    holds, 1 it does not.
    """
    code: int = call(
        "audit_trail.verify",
        settings_for(home),
        account,
        file=file,
        checkpoint=checkpoint,
        keys=key or (),
        as_json=as_json,
    )
    return code


@app.command()
def export(
    *,
    account: Annotated[str, typer.Option(help="Whose trail, by its name.")],
    to: Annotated[Path, typer.Option(help="A new file.")],
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Leave out what is older (UTC)."
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Write a trail as JSON Lines, its signed head last; docs/audit.md says how to verify it."""
    call("audit_trail.export", settings_for(home), account, to, since=since)
