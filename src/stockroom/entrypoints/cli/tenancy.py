"""``stockroom org`` and ``account``: who there is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from stockroom.core.marketplaces import Region
from stockroom.entrypoints.cli.options import (
    HomeOption,
    JsonOption,
    OrganisationOption,
    call,
    settings_for,
)
from stockroom.tenancy.roles import Role

organisations = typer.Typer(help="Sellers and agencies.")
accounts = typer.Typer(help="Client accounts: one seller in one region.")

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


@organisations.command("create")
def create_organisation(
    *,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    owner: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="The e-mail address of its first owner.")
    ] = None,
    owner_name: Annotated[str | None, typer.Option(help="What people call the owner.")] = None,
    home: HomeOption = None,
) -> None:
    """Create an organisation; one that exists stays as it is.

    With --owner, a password is read from standard input. Without one (an empty line) a link is
    printed with which the owner chooses it.
    """
    options = {"owner": owner, "owner_name": owner_name}
    call("organisations.create", settings_for(home), name, **options)


@organisations.command("invite")
def invite(
    *,
    name: NameArgument,
    email: Annotated[str, typer.Argument(help="Whom.")],
    role: Annotated[Role, typer.Option(help="What they become.")] = Role.VIEWER,
    account: Annotated[
        list[str] | None,
        typer.Option(help="An account they see (may be repeated). Default: all."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Print a link that makes somebody a member: once, within a week. No mail is sent."""
    options = {"role": role, "accounts": account}
    call("organisations.invite", settings_for(home), name, email, **options)


@organisations.command("members")
def list_members(
    *, name: NameArgument, as_json: JsonOption = False, home: HomeOption = None
) -> None:
    """List the members of an organisation, and the invitations that are open."""
    call("organisations.list_members", settings_for(home), name, as_json=as_json)


@organisations.command("set")
def set_organisation(
    *,
    name: NameArgument,
    four_eyes: Annotated[
        bool,
        typer.Option(help="Nobody confirms what they proposed themselves, by key or in person."),
    ],
    home: HomeOption = None,
) -> None:
    """Set how an organisation decides about changes."""
    call("second_pair.set_four_eyes", settings_for(home), name, wanted=four_eyes)


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


@accounts.command("set")
def set_account(
    *,
    slug: SlugArgument,
    ship_from: Annotated[
        str,
        typer.Option(
            help='Where its shipments leave from, as JSON: {"name": …, "line1": …, "city": …, '
            '"state": …, "postal_code": …, "country": "US", "phone": …}.'
        ),
    ],
    home: HomeOption = None,
) -> None:
    """Set what an account's tools take for granted."""
    call("account_settings.set_ship_from", settings_for(home), slug, ship_from)


@accounts.command("link")
def link_account(
    *,
    organisation: Annotated[str, typer.Argument(help="The organisation, by its name.")],
    slug: Annotated[
        str | None, typer.Option(help="A new account: its name in arguments, lower-case.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What people call it. Default: its slug.")
    ] = None,
    marketplace: Annotated[
        str | None,
        typer.Option(help="A store where the new account's seller is at home, e.g. US, UK or DE."),
    ] = None,
    renew: Annotated[
        str | None, typer.Option(help="An account whose seller shall authorise again.")
    ] = None,
    ads: Annotated[
        str | None, typer.Option(help="An account whose advertising shall be connected.")
    ] = None,
    expires_in_days: Annotated[int, typer.Option(min=1, max=30, help="How long it counts.")] = 7,
    home: HomeOption = None,
) -> None:
    """Print a link that a client opens to connect their account: once, without signing in here."""
    call(
        "links.make_link",
        settings_for(home),
        organisation=organisation,
        slug=slug,
        name=name,
        store=marketplace,
        renew=renew,
        ads=ads,
        expires_in_days=expires_in_days,
    )


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


@accounts.command("limits")
def limit_account(
    *,
    slug: SlugArgument,
    to: Annotated[
        str | None,
        typer.Option("--set", metavar="JSON", help="Replace them; {} lifts them all."),
    ] = None,
    reason: ReasonOption = None,
    home: HomeOption = None,
) -> None:
    """Print the limits that hold for all changes of an account, whoever makes them."""
    call("account_limits.limit_account", settings_for(home), slug, to=to, reason=reason)


@accounts.command("resume")
def resume_account(
    *, slug: SlugArgument, reason: ReasonOption = None, home: HomeOption = None
) -> None:
    """Turn the stop switch off: agents may ask, and changes may leave again."""
    call("stop_switch.stop_account", settings_for(home), slug, stop="nothing", reason=reason)
