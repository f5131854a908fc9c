"""Commands about documents: bring one, judge those that were withheld, read the kept ones again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import (
    AccountOption,
    HomeOption,
    JsonOption,
    call,
    settings_for,
)

quarantine = typer.Typer(help="Documents that were not believed: the last good data is served.")

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Its id, or how that begins.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("import")(import_document)
    app.command()(replay)
    app.add_typer(quarantine, name="quarantine")


def import_document(
    *,
    report_type: Annotated[
        str, typer.Argument(help="Amazon's name, e.g. GET_LEDGER_SUMMARY_VIEW_DATA.")
    ],
    file: Annotated[Path, typer.Argument(help="The report, exported by hand.")],
    account: Annotated[str, typer.Option(help="Whose data it is.")],
    marketplace: Annotated[str, typer.Option(help="Country code it was exported for.")],
    accept: Annotated[
        bool, typer.Option("--accept", help="Load it even if it is not believed.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> int:
    """Load a report that a person exported from Seller Central.

    Exit codes: 0 loaded, 3 quarantined (nothing that is served has changed), 2 unusable.
    """
    code: int = call(
        "import_document.run",
        settings_for(home),
        report_type=report_type,
        file=file,
        account=account,
        marketplace=marketplace,
        accept=accept,
        as_json=as_json,
    )
    return code


def replay(
    *,
    dataset: Annotated[str, typer.Argument(help="What to make again, e.g. ledger_detail.")],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Leave days before that alone. Default: all days."),
    ] = None,
    account: AccountOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> int:
    """Make a table again from the documents that are kept, without asking Amazon.

    Days whose document is no longer kept keep their rows. Exit codes: 0 done, 1 a document could
    not be read again (its days keep their rows, too).
    """
    code: int = call(
        "replay_documents.run",
        settings_for(home),
        dataset=dataset,
        since=since.date() if since else None,
        account=account,
        as_json=as_json,
    )
    return code


@quarantine.command("list")
def list_withheld(
    *, account: AccountOption = None, as_json: JsonOption = False, home: HomeOption = None
) -> None:
    """List what is withheld, and why."""
    call("quarantine.list_withheld", settings_for(home), account=account, as_json=as_json)


@quarantine.command()
def show(*, run: RunArgument, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Show a withheld document's figures beside those of the last good load."""
    call("quarantine.show", settings_for(home), run, as_json=as_json)


@quarantine.command()
def release(*, run: RunArgument, home: HomeOption = None) -> None:
    """Load a withheld document after all: you looked, and it is right."""
    call("quarantine.release", settings_for(home), run)


@quarantine.command()
def discard(*, run: RunArgument, home: HomeOption = None) -> None:
    """Forget a withheld document: it is wrong."""
    call("quarantine.discard", settings_for(home), run)
