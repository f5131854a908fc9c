"""``stockroom org``, ``account``, ``key`` and ``secrets``: who may see what."""

from __future__ import annotations

from typing import Annotated

import typer

from stockroom.core.marketplaces import Region
from stockroom.entrypoints.cli.options import HomeOption, JsonOption, call, settings_for

organisations = typer.Typer(help="Sellers and agencies.")
accounts = typer.Typer(help="Client accounts: one seller in one region.")
keys = typer.Typer(help="API keys.")

OrganisationOption = Annotated[str, typer.Option("--org", help="The organisation, by its name.")]
SlugArgument = Annotated[str, typer.Argument(help="The account, by its name.")]
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


@accounts.command("add")
def add_account(
    *,
    slug: Annotated[str, typer.Argument(help="Its name in arguments: lower-case, no spaces.")],
    organisation: OrganisationOption,
    seller_id: Annotated[str, typer.Option(help="Amazon's merchant token.")],
    region: Annotated[Region, typer.Option(help="Amazon's API region.", case_sensitive=False)],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
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
        ads=ads,
    )


@accounts.command("ads")
def connect_ads(*, slug: SlugArgument, home: HomeOption = None) -> None:
    """Connect an account's advertising, or connect it anew.

    The refresh token of the Amazon Ads grant is read from standard input and tried first.
    """
    call("tenants.connect_ads", settings_for(home), slug)


@accounts.command("list")
def list_accounts(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List the accounts of this installation."""
    call("tenants.list_accounts", settings_for(home), as_json=as_json)


@accounts.command("stop")
def stop_account(
    *, slug: SlugArgument, reason: ReasonOption = None, home: HomeOption = None
) -> None:
    """Turn the stop switch on: no change leaves for Amazon, also none that is confirmed already."""
    call("stop_switch.run", settings_for(home), slug, stopped=True, reason=reason)


@accounts.command("resume")
def resume_account(
    *, slug: SlugArgument, reason: ReasonOption = None, home: HomeOption = None
) -> None:
    """Turn the stop switch off: changes may be proposed and carried out again."""
    call("stop_switch.run", settings_for(home), slug, stopped=False, reason=reason)


@keys.command("create")
def create_key(
    *,
    name: Annotated[str, typer.Argument(help="Whose key it is, for the audit.")],
    organisation: OrganisationOption,
    account: Annotated[list[str], typer.Option(help="An account it opens (may be repeated).")],
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
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, help="How often it may ask. Default: no limit.")
    ] = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="When it ends.")] = None,
    home: HomeOption = None,
) -> None:
    """Issue a key and print it: the only time it can be seen."""
    call(
        "tenants.create_key",
        settings_for(home),
        name=name,
        organisation=organisation,
        accounts=account,
        scopes=scope,
        tools=tool,
        limits=limits,
        requests_per_minute=requests_per_minute,
        expires_in_days=expires_in_days,
    )


@keys.command("list")
def list_keys(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List keys by name and prefix, with what they open."""
    call("tenants.list_keys", settings_for(home), as_json=as_json)


@keys.command("revoke")
def revoke_key(
    *,
    name: Annotated[str, typer.Argument(help="Its name, or the prefix that 'key list' shows.")],
    home: HomeOption = None,
) -> None:
    """Make a key stop working, within a second."""
    call("tenants.revoke_key", settings_for(home), name)
