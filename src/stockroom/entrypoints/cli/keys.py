"""``stockroom key``: what opens which accounts, and how far."""

from __future__ import annotations

from typing import Annotated

import typer

from stockroom.entrypoints.cli.options import (
    HomeOption,
    JsonOption,
    OrganisationOption,
    call,
    settings_for,
)

keys = typer.Typer(help="API keys.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(keys, name="key")


@keys.command("create")
def create_key(
    *,
    name: Annotated[str, typer.Argument(help="Whose key it is, for the audit.")],
    organisation: OrganisationOption,
    account: Annotated[list[str], typer.Option(help="An account it opens (may be repeated).")],
    marketplace: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this marketplace, e.g. DE (may be repeated). Default: all of its accounts."
        ),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do, e.g. stock:read (may be repeated). Default: all reads."),
    ] = None,
    tool: Annotated[
        list[str] | None, typer.Option(help="Only this tool (may be repeated).")
    ] = None,
    limits: Annotated[
        str | None,
        typer.Option(
            help='Guardrails as JSON, e.g. {"changes_per_day": 20, "spend_per_day": {"USD": "100.00"}}. A key with changes:confirm or changes:ask must have both.'
        ),
    ] = None,
    allow_from: Annotated[
        list[str] | None,
        typer.Option(help="A network it may be used from, e.g. 203.0.113.0/24 (may be repeated)."),
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, help="How often it may ask. Default: no limit.")
    ] = None,
    requests_per_day: Annotated[
        int | None, typer.Option(min=1, help="How often in a UTC day. Default: no limit.")
    ] = None,
    purpose: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="When it ends.")] = None,
    home: HomeOption = None,
) -> None:
    """Issue a key and print it: the only time it can be seen."""
    call(
        "keys.create_key",
        settings_for(home),
        name=name,
        organisation=organisation,
        accounts=account,
        marketplaces=marketplace,
        scopes=scope,
        tools=tool,
        limits=limits,
        allow_from=allow_from or [],
        requests_per_minute=requests_per_minute,
        requests_per_day=requests_per_day,
        purpose=purpose,
        expires_in_days=expires_in_days,
    )


@keys.command("list")
def list_keys(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List keys by name and prefix, with what they open."""
    call("keys.list_keys", settings_for(home), as_json=as_json)


@keys.command("rotate")
def rotate_key(
    *,
    name: Annotated[str, typer.Argument(help="Its name, or the prefix that 'key list' shows.")],
    overlap_hours: Annotated[
        float, typer.Option(min=0, help="How long the old key goes on working.")
    ] = 24,
    home: HomeOption = None,
) -> None:
    """Issue a successor that opens the same, and print it; the old key ends after the overlap."""
    call("keys.rotate_key", settings_for(home), name, overlap_hours=overlap_hours)


@keys.command("revoke")
def revoke_key(
    *,
    name: Annotated[str, typer.Argument(help="Its name, or the prefix that 'key list' shows.")],
    home: HomeOption = None,
) -> None:
    """Make a key stop working, within a second."""
    call("keys.revoke_key", settings_for(home), name)
