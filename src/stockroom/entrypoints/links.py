"""Making connect links: ``stockroom account link``, and what the console does for members."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.marketplaces import marketplace
from stockroom.entrypoints.addresses import base_url
from stockroom.entrypoints.connecting import usable_name, usable_slug
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.tenancy.directory import holder_of
from stockroom.tenancy.links import LIFETIME, NewLink
from stockroom.tenancy.principal import KnownAccount


def make_link(
    settings: Settings,
    *,
    organisation: str,
    slug: str | None,
    name: str | None,
    store: str | None,
    renew: str | None,
    ads: str | None,
    expires_in_days: int,
) -> None:
    """Print a link for a client.

    Raises:
        InvalidInputError: What it shall connect is not said, or cannot be used.
        NotFoundError: There is no such organisation, or it has no such account.
    """
    if sum(one is not None for one in (slug, renew, ads)) != 1:
        raise InvalidInputError(
            "A link connects one thing.",
            field="slug",
            next_step="Give one of: --slug (a new account), --renew or --ads (an account).",
        )
    lives = timedelta(days=expires_in_days)

    async def main() -> None:
        async with open_house(settings) as house:
            organisation_id = await holder_of(house.database, "organisations", organisation)
            if organisation_id is None:
                raise NotFoundError(
                    f"There is no organisation '{organisation}'.",
                    field="org",
                    next_step="Make it with 'stockroom org create'.",
                )
            known = renew or ads
            if known is not None:
                account = await own_account(house, organisation_id, known)
                print(await renewal_link(house, account, advertising=ads is not None, lives=lives))
                return
            assert slug is not None
            print(
                await account_link(
                    *(house, organisation_id, slug, name or slug), store=store or "", lives=lives
                )
            )

    run_main(main())


async def own_account(house: House, organisation_id: UUID, slug: str) -> KnownAccount:
    """The account of that slug in an organisation.

    Raises:
        NotFoundError: It has none.
    """
    for account in await house.registry.accounts():
        if account.slug == slug and account.organisation_id == organisation_id:
            return account
    raise NotFoundError(f"The organisation has no account '{slug}'.", field="account")


async def account_link(
    house: House,
    organisation_id: UUID,
    slug: str,
    name: str,
    *,
    store: str,
    created_by: str = "operator",
    lives: timedelta = LIFETIME,
) -> str:
    """The address of a link that connects a new account.

    Args:
        house: Where it is kept.
        organisation_id: Whose account it will be.
        slug: Its name in arguments.
        name: What people call it.
        store: The country code of a store the seller is at home in.
        created_by: Who makes it.
        lives: How long it counts.

    Raises:
        InvalidInputError: The slug, name or store cannot be used, or the slug is taken.
    """
    usable_slug(slug)
    name = usable_name(name)
    known = await house.registry.accounts()
    if any(one.slug == slug and one.organisation_id == organisation_id for one in known):
        raise InvalidInputError(
            f"There is an account '{slug}' already.",
            field="slug",
            next_step="Choose another name, or have that account authorised again.",
        )
    place = marketplace(store).code
    return await _made(
        house,
        organisation_id,
        NewLink(place, slug, name, created_by=created_by, lives=lives),
    )


async def renewal_link(
    house: House,
    account: KnownAccount,
    *,
    advertising: bool = False,
    created_by: str = "operator",
    lives: timedelta = LIFETIME,
) -> str:
    """The address of a link by which an account's seller authorises again, or its advertising."""
    name = await house.registry.name_of(account.id)
    facts = await house.grounds.facts(account.id)
    new = NewLink(
        *(facts.primary_marketplace, account.slug, name, account.id),
        advertising=advertising,
        created_by=created_by,
        lives=lives,
    )
    return await _made(house, account.organisation_id, new)


async def _made(house: House, organisation_id: UUID, new: NewLink) -> str:
    return f"{base_url(house.settings)}/connect/{await house.links.make(organisation_id, new)}"
