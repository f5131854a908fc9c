"""``stockroom org``, ``account``, ``key`` and ``secrets``: who may see what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stockroom.core.marketplaces import Region
from stockroom.entrypoints.cli.options import HomeOption, JsonOption, call, settings_for

organisations = typer.Typer(help="Sellers and agencies.")
accounts = typer.Typer(help="Client accounts: one seller in one region.")
keys = typer.Typer(help="API keys.")

OrganisationOption = Annotated[str, typer.Option("--org", help="The organisation, by its name.")]
SlugArgument = Annotated[str, typer.Argument(help="The account, by its name.")]
NameArgument = Annotated[str, typer.Argument(help="The organisation, by its name.")]
AuthorisedOption = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="When the seller authorised: the grant ends a year later. Default: today.",
    ),
]
ReasonOption = Annotated[str | None, typer.Option(help="Why, for the audit.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(organisations, name="org")
    app.add_typer(accounts, name="account")
    app.add_typer(keys, name="key")
    app.command()(secrets)


def secrets() -> None:
    """Print fresh secrets as lines of an environment file; they are kept nowhere."""
    call("fresh_secrets.run")


@organisations.command("create")
def create_organisation(
    *, name: Annotated[str, typer.Argument(help="What people call it.")], home: HomeOption = None
) -> None:
    """Create an organisation; one that exists stays as it is."""
    call("tenants.create_organisation", settings_for(home), name)


@organisations.command("stop")
def stop_organisation(
    *, name: NameArgument, reason: ReasonOption = None, home: HomeOption = None
) -> None:
    """Stop all agents in all accounts of an organisation: every call of theirs is refused."""
    call("stop_switch.stop_organisation", settings_for(home), name, stopped=True, reason=reason)


@organisations.command("resume")
def resume_organisation(
    *, name: NameArgument, reason: ReasonOption = None, home: HomeOption = None
) -> None:
    """Let the agents of an organisation go on; accounts that are stopped themselves stay so."""
    call("stop_switch.stop_organisation", settings_for(home), name, stopped=False, reason=reason)


@accounts.command("add")
def add_account(
    *,
    slug: Annotated[str, typer.Argument(help="Its name in arguments: lower-case, no spaces.")],
    organisation: OrganisationOption,
    seller_id: Annotated[str, typer.Option(help="Amazon's merchant token.")],
    region: Annotated[Region, typer.Option(help="Amazon's API region.", case_sensitive=False)],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    authorised_on: AuthorisedOption = None,
    ads: Annotated[
        bool,
        typer.Option(
            "--ads", help="Its advertising too: a second line holds that grant's refresh token."
        ),
    ] = False,
    home: HomeOption = None,
) -> None:
    """Connect a seller. The refresh token is read from standard input and tried at Amazon first."""
    call(
        "tenants.add_account",
        settings_for(home),
        slug=slug,
        name=name or slug,
        organisation=organisation,
        seller_id=seller_id,
        region=region,
        authorised_on=authorised_on.date() if authorised_on else None,
        ads=ads,
    )


@accounts.command("renew")
def renew_account(
    *,
    slug: SlugArgument,
    authorised_on: AuthorisedOption = None,
    home: HomeOption = None,
) -> None:
    """Store the new grant of a seller who authorised again, read and tried as by add."""
    day = authorised_on.date() if authorised_on else None
    call("tenants.renew_account", settings_for(home), slug, authorised_on=day)


@accounts.command("ads")
def connect_ads(*, slug: SlugArgument, home: HomeOption = None) -> None:
    """Connect an account's advertising, or connect it anew.

    The refresh token of the Amazon Ads grant is read from standard input and tried first.
    """
    call("tenants.connect_ads", settings_for(home), slug)


@accounts.command("list")
def list_accounts(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List the accounts of this installation, each with the state of its connection."""
    call("tenants.list_accounts", settings_for(home), as_json=as_json)


@accounts.command("export")
def export_account(
    *,
    slug: SlugArgument,
    folder: Annotated[Path, typer.Argument(help="A new folder to write into.")],
    as_csv: Annotated[
        bool, typer.Option("--csv", help="CSV for spreadsheets instead of Parquet.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Write every row of an account to files. Amazon's grant is not among them."""
    call("offboarding.export", settings_for(home), slug, folder, as_csv=as_csv)


@accounts.command("remove")
def remove_account(
    *,
    slug: SlugArgument,
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete every row, audit included. Nothing undoes it.")
    ] = False,
    yes: Annotated[str | None, typer.Option(help="The account's name, to go ahead.")] = None,
    home: HomeOption = None,
) -> None:
    """Take an account out: all that stays is that it was removed."""
    call("offboarding.remove", settings_for(home), slug, purge=purge, yes=yes)


@accounts.command("stop")
def stop_account(
    *,
    slug: SlugArgument,
    agents: Annotated[
        bool, typer.Option("--agents", help="Agents may not read either: every call is refused.")
    ] = False,
    reason: ReasonOption = None,
    home: HomeOption = None,
) -> None:
    """Turn the stop switch on: no change leaves for Amazon, also none that is confirmed already."""
    stop = "agents" if agents else "changes"
    call("stop_switch.stop_account", settings_for(home), slug, stop=stop, reason=reason)


@accounts.command("resume")
def resume_account(
    *, slug: SlugArgument, reason: ReasonOption = None, home: HomeOption = None
) -> None:
    """Turn the stop switch off: agents may ask, and changes may leave again."""
    call("stop_switch.stop_account", settings_for(home), slug, stop="nothing", reason=reason)


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
        str | None, typer.Option(help='Guardrails as JSON, e.g. {"changes_per_day": 20}.')
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
