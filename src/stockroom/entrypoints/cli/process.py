"""Commands that run until they are stopped: serve, stdio, work, simulate, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import (
    HomeOption,
    LifelineOption,
    MoodOption,
    call,
    settings_for,
)
from stockroom.entrypoints.demo_plan import DemoPlan

PortOption = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 picks a free one."),
]
KeysPortOption = Annotated[
    int | None,
    typer.Option(
        "--keys-port",
        min=0,
        max=65535,
        help="Port where keys alone are good, without OAuth; 0 picks a free one. Default: the next.",
    ),
]
HostOption = Annotated[str | None, typer.Option("--host", help="Address to listen on.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (serve, stdio, work, simulate, demo):
        app.command()(command)


def serve(
    *,
    host: HostOption = None,
    port: PortOption = None,
    keys_port: KeysPortOption = None,
    home: HomeOption = None,
    lifeline: LifelineOption = False,
) -> None:
    """Serve MCP over HTTP at /mcp: by OAuth or key, and at a second port by key alone."""
    settings = settings_for(home, service=True, host=host, port=port, keys_port=keys_port)
    if port is not None and keys_port is None:
        settings = settings.model_copy(update={"keys_port": None})  # it goes with the main one
    call("serve.run", settings, lifeline=lifeline)


def stdio(home: HomeOption = None) -> None:
    """Serve MCP over standard input and output, with the key in STOCKROOM_API_KEY."""
    call("stdio.run", settings_for(home))


def work(home: HomeOption = None, lifeline: LifelineOption = False) -> None:
    """Sync on schedule and carry out confirmed changes."""
    call("worker.run", settings_for(home, service=True), lifeline=lifeline)


def simulate(
    *,
    host: HostOption = None,
    port: PortOption = None,
    mood: MoodOption = None,
    home: HomeOption = None,
    lifeline: LifelineOption = False,
) -> None:
    """Run the pretend Amazon of a home.

    Its sellers, seed and world parameters are those the home began with: stockroom demo --help.
    """
    settings = settings_for(home, service=True)
    call("simulate.run", settings, host=host, port=port, moods=mood, lifeline=lifeline)


def demo(
    *,
    home: HomeOption = None,
    port: PortOption = None,
    seed: Annotated[int | None, typer.Option(help="Another seed is another world.")] = None,
    accounts: Annotated[int | None, typer.Option(help="Pretend sellers. Default: 3.")] = None,
    skus: Annotated[int | None, typer.Option(help="SKUs per seller. Default: 120.")] = None,
    days: Annotated[int | None, typer.Option(help="Days of history. Default: 400.")] = None,
    world: Annotated[
        Path | None,
        typer.Option(
            help="JSON file of parameters: demand, lead times, losses, fees, delays (docs/world.md)."
        ),
    ] = None,
    advance: Annotated[
        int, typer.Option(min=0, help="Move this home's clock so many days on, then sync.")
    ] = 0,
    wait_backfill: Annotated[
        bool, typer.Option("--wait-backfill", help="Be ready only when all history is loaded.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Get ready, report, stop.")] = False,
    mood: MoodOption = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write addresses, keys and accounts there when ready.")
    ] = None,
) -> None:
    """Try it all: a pretend Amazon, realistic sellers, a database, sync, server and worker.

    Needs no Amazon account, no Docker and no database. Ctrl-C stops all it started; starting
    again with the same home goes on where it was.
    """
    plan = DemoPlan(
        port=port,
        seed=seed,
        accounts=accounts,
        skus=skus,
        days=days,
        world=world,
        advance=advance,
        wait_backfill=wait_backfill,
        once=once,
        ready_file=ready_file,
        moods=mood,
    )
    call("demo.run", settings_for(home), plan)
