"""Commands about data: sync, truth, and the pretend Amazon's log and moods."""

from __future__ import annotations

from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import (
    AccountOption,
    HomeOption,
    JsonOption,
    call,
    settings_for,
)

simulator = typer.Typer(help="Look into the pretend Amazon of a home, and upset it.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(sync)
    app.command()(plan)
    app.command()(truth)
    app.add_typer(simulator, name="simulator")


def sync(
    *,
    account: AccountOption = None,
    dataset: Annotated[
        list[str] | None, typer.Option(help="One dataset (may be repeated). Default: all.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="How far back. Default: as far as Amazon keeps it.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Pull what is missing from Amazon now, showing progress."""
    call("sync_now.run", settings_for(home), account=account, datasets=dataset, days=days)


def plan(
    *,
    account: Annotated[str, typer.Option(help="One account, by its name.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """What tonight will ask of Amazon: windows, calls, budgets, and when all of it is in.

    Shows what is due now or on its way; when nothing is, the coming night. Each window names its
    dataset, days and reason: nightly (fresh days), weekly (older days that Amazon may have
    restated), backfill (history), recheck (what was not believed). Asks Amazon nothing.
    """
    call("plan.run", settings_for(home), account=account, as_json=as_json)


def truth(
    *,
    account: Annotated[str, typer.Option(help="A pretend seller, by its name.")],
    sku: Annotated[str | None, typer.Option(help="One SKU. Default: all.")] = None,
    events: Annotated[
        bool, typer.Option("--events", help="Every physical event, one JSON object a line.")
    ] = False,
    _: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """What really happened in the pretend seller's warehouses, as JSON.

    Without --events: one object per SKU and marketplace, with its complete days.
    """
    call("truth.run", settings_for(home), account=account, sku=sku, events=events)


@simulator.command("log")
def log(
    *,
    operation: Annotated[str, typer.Option(help="Only this operation.")] = "",
    seller: Annotated[str, typer.Option(help="Only this seller (id or account).")] = "",
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Every request the pretend Amazon received: at, seller, operation, status, request id.

    With --json also its SKU, the digest (SHA-256) of the body of a write, and what a mood did to it.
    """
    call(
        "simulator_log.run", settings_for(home), operation=operation, seller=seller, as_json=as_json
    )


@simulator.command("mood")
def mood(
    *,
    moods: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MOOD[:OPERATION|:REPORT_TYPE][@ACCOUNT]]...",
            help="throttled, slow, flaky, half-report, inflated-report, renamed-columns, "
            "translated-headers, expired-url, cp1252, revoked, role-missing; of "
            "what is written: busy, failing, unanswered, contrary, objecting, forgetful, belated; "
            "several at once.",
        ),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Let it behave again.")] = False,
    home: HomeOption = None,
) -> None:
    """Show how the pretend Amazon misbehaves, or have it misbehave like this and no other way."""
    call("simulator_mood.run", settings_for(home), moods or [], clear=clear)
