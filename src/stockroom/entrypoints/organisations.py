"""What ``stockroom org`` does: organisations, their first owner, and links that let people in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.passwords_asked import asked_password
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.shown import show
from stockroom.tenancy.directory import holder_of
from stockroom.tenancy.persons import email_of
from stockroom.tenancy.roles import Role

_PROMPT = "Password of {} (empty: print a link with which they choose it): "


def create(
    settings: Settings, name: str, *, owner: str | None = None, owner_name: str | None = None
) -> None:
    """Make sure that there is an organisation of that name, and that somebody owns it.

    Args:
        settings: Of the installation.
        name: The organisation's.
        owner: The address of its owner; they become one, or are invited.
        owner_name: What people call them.

    Raises:
        InvalidInputError: The address or password cannot be used.
    """
    email = None if owner is None else email_of(owner)
    password = None if email is None else asked_password(_PROMPT.format(email))

    async def main() -> None:
        async with open_house(settings) as house:
            organisation_id = await house.registry.organisation(name)
            print(organisation_id)
            if email is not None:
                said = await _owned(house, organisation_id, email, owner_name, password)
                print(said)

    run_main(main())


def invite(
    settings: Settings,
    organisation: str,
    email: str,
    *,
    role: Role,
    accounts: Sequence[str] | None,
) -> None:
    """Print a link that makes somebody a member.

    Raises:
        NotFoundError: There is no such organisation, or no such account in it.
        InvalidInputError: That is no address.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            organisation_id = await _known(house, organisation)
            reach = await _reach(house, organisation_id, accounts)
            print(await _link(house, organisation_id, email, role, reach))

    run_main(main())


def list_members(settings: Settings, organisation: str, *, as_json: bool) -> None:
    """Print who is what in an organisation.

    Raises:
        NotFoundError: There is no such organisation.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            organisation_id = await _known(house, organisation)
            slugs = {account.id: account.slug for account in await house.registry.accounts()}
            reception = house.reception
            members = [
                ("member", one.email, one.name, one.role, one.account_ids)
                for one in await reception.members.of(organisation_id)
            ]
            invited = [
                ("invited", one.email, "", one.role, one.account_ids)
                for one in await reception.invitations.open_in(organisation_id)
            ]
        rows = [
            {
                "email": email,
                "name": name,
                "role": str(role),
                "state": state,
                "accounts": "all" if ids is None else sorted(slugs[one] for one in ids),
            }
            for state, email, name, role, ids in (*members, *invited)
        ]
        show(rows, as_json=as_json)

    run_main(main())


async def _owned(
    house: House, organisation_id: UUID, email: str, name: str | None, password: str | None
) -> str:
    """Make somebody an owner, who may be one already; what to tell about it."""
    reception = house.reception
    for member in await reception.members.of(organisation_id):
        if member.email == email and member.role is Role.OWNER:
            return f"{email} is an owner already."
        if member.email == email:
            await reception.members.make_owner(organisation_id, member.id)
            return f"{email} was {member.role} and is an owner now."
    person_id = await reception.persons.find(email)
    if person_id is None and password is None:
        return await _link(house, organisation_id, email, Role.OWNER, None)
    if person_id is None:
        called = name or email.partition("@")[0]
        person_id = await reception.persons.add(email, called, password)
    await reception.members.admit(organisation_id, person_id, Role.OWNER)
    return f"{email} is an owner. They sign in at {house.base_url}/console/"


async def _link(
    house: House, organisation_id: UUID, email: str, role: Role, reach: Sequence[UUID] | None
) -> str:
    token = await house.reception.invitations.invite(organisation_id, email, role, reach)
    return f"{house.base_url}/console/invitation/{token}"


async def _known(house: House, name: str) -> UUID:
    found = await holder_of(house.database, "organisations", name)
    if found is None:
        raise NotFoundError(
            f"There is no organisation '{name}'.",
            field="organisation",
            next_step="Create it with 'stockroom org create'.",
        )
    return found


async def _reach(
    house: House, organisation_id: UUID, slugs: Sequence[str] | None
) -> list[UUID] | None:
    if not slugs:
        return None
    accounts = [await house.registry.account(slug) for slug in slugs]
    for account in accounts:
        if account.organisation_id != organisation_id:
            raise NotFoundError(
                f"The organisation has no account '{account.slug}'.", field="account"
            )
    return [account.id for account in accounts]
