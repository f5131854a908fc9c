"""Taking sellers in: every grant is tried at Amazon before anything is stored.

One way for all of them: the commands of the operator, a link that a client opened,
a member who pastes a token in the console.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from pydantic import SecretStr

from stockroom.core.errors import InvalidInputError, RoleMissingError
from stockroom.core.log import logger
from stockroom.core.marketplaces import Region
from stockroom.entrypoints.addresses import ads_callback, seller_callback
from stockroom.entrypoints.house import House
from stockroom.tenancy.connect_links import ConnectLink
from stockroom.tenancy.principal import KnownAccount
from stockroom.tenancy.registry import AdsGrant, NewAccount
from stockroom.writes.audit import journal

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SELLER = re.compile(r"[A-Z0-9]{5,30}")
_LONGEST_NAME = 100
_SUFFIX_BYTES = 2

_log = logger("connecting")


def usable_slug(slug: str) -> str:
    """The slug, when it can be one.

    Raises:
        InvalidInputError: It cannot.
    """
    if not _SLUG.fullmatch(slug):
        raise InvalidInputError(
            f"'{slug}' cannot be an account's name.",
            field="slug",
            next_step="Use up to 40 lower-case letters, digits and hyphens.",
        )
    return slug


def usable_name(name: str) -> str:
    """What people call an account, trimmed.

    Raises:
        InvalidInputError: It is empty, too long, or cannot be shown.
    """
    trimmed = name.strip()
    if not (trimmed.isprintable() and 0 < len(trimmed) <= _LONGEST_NAME):
        raise InvalidInputError(
            f"An account's name is 1 to {_LONGEST_NAME} printable characters.", field="name"
        )
    return trimmed


def usable_seller_id(seller_id: str) -> str:
    """The merchant id, when it looks like one of Amazon's.

    Raises:
        InvalidInputError: It does not; it is not repeated, as anybody may have made it up.
    """
    if not _SELLER.fullmatch(seller_id):
        raise InvalidInputError(
            "That is no merchant token of Amazon's.",
            field="seller_id",
            next_step="Copy it from Seller Central, Account Info, Merchant Token.",
        )
    return seller_id


async def tried_seller(house: House, seller_id: str, region: Region, token: str) -> tuple[str, ...]:
    """The marketplaces of a grant that works and is of this very seller.

    Raises:
        InvalidInputError: Amazon does not confirm that it is this seller's, or it opens no store.
        AmazonError: Amazon does not accept the grant.
    """
    seller = house.grounds.amazon.for_seller(seller_id, region, token)
    stores = [
        taken.marketplace
        for taken in await seller.participations()
        if taken.participating and taken.marketplace.region == region
    ]
    if not stores:
        raise InvalidInputError(
            f"The seller takes part in no marketplace of the region {region}.",
            field="region",
            next_step="Check the region, and the authorisation in Seller Central.",
        )
    # Nothing in Amazon's answers names the grant's seller, and the id came from a browser or a
    # person; but listings are asked for under an id, and denied under any other.
    try:
        await anext(aiter(seller.search_listings(stores[0])), None)
    except RoleMissingError:
        raise InvalidInputError(
            f"Amazon does not confirm that this authorisation is of the seller {seller_id}.",
            field="seller_id",
            next_step="Check the merchant token, and that the application has the role Product Listing.",
        ) from None
    return tuple(store.code for store in stores)


async def tried_ads(house: House, seller_id: str, region: Region, token: str) -> AdsGrant:
    """A grant of advertising that works and reaches profiles of this seller.

    Raises:
        InvalidInputError: It reaches none.
        AmazonError: Amazon does not accept the grant.
    """
    advertiser = house.grounds.amazon.advertiser(seller_id, region, SecretStr(token))
    places = tuple(place.code for place in await advertiser.profiles() if place.region == region)
    if not places:
        raise InvalidInputError(
            f"The advertising grant reaches no profile of the seller {seller_id} in {region}.",
            field="refresh_token",
            next_step="Have it authorised by somebody who sees the seller's advertising account.",
        )
    return AdsGrant(token, places)


async def take_in(house: House, organisation_id: UUID, new: NewAccount, *, by: str) -> KnownAccount:
    """Store a seller's tried grant: of an account that is there already, or of a new one.

    The slug is given to whoever comes first: a later account gets one that begins with it.

    Args:
        house: Where it is stored.
        organisation_id: Whose account it is.
        new: The seller, and the grant.
        by: Who connected it, for the audit.

    Raises:
        InvalidInputError: It could not be stored.
    """
    registry = house.registry
    known = await registry.account_of_seller(organisation_id, new.seller_id, new.region)
    if known is not None:
        await renew(house, known, new.refresh_token, by=by)
        return known
    try:
        account_id = await registry.add_account(organisation_id, new)
    except InvalidInputError:
        if await registry.account_of_seller(organisation_id, new.seller_id, new.region):
            return await take_in(house, organisation_id, new, by=by)  # a second consent was faster
        suffix = secrets.token_hex(_SUFFIX_BYTES)
        free = f"{new.slug[: 40 - len(suffix) - 1]}-{suffix}"
        account_id = await registry.add_account(organisation_id, replace(new, slug=free))
    facts = await house.grounds.facts(account_id)
    await noted(house, account_id, "connected", by, facts.marketplaces)
    _log.info("account connected", account=facts.slug, region=facts.region)
    return KnownAccount(account_id, facts.slug, organisation_id, facts.region, facts.marketplaces)


async def renew(house: House, account: KnownAccount, token: str, *, by: str) -> None:
    """Put a seller's new grant in the place of the old one; ``by`` is for the audit."""
    await house.registry.renew(account.id, token, house.clock.now())
    await house.registry.probed(account.id, None)
    await noted(house, account.id, "authorised", by, account.marketplaces)
    _log.info("account authorised again", account=account.slug)


async def noted(
    house: House, account_id: UUID, action: str, by: str, marketplaces: Sequence[str]
) -> None:
    """Put into an account's audit that it was connected to Amazon, and by whom."""
    async with journal(house.database, house.clock, account_id, by) as step:
        await step.write(action, None, {"marketplaces": list(marketplaces)})


async def use_seller_link(
    house: House, link: ConnectLink, *, seller_id: str, code: str
) -> tuple[str, ...]:
    """Connect the account a link is for with what Seller Central answered, and use the link up.

    Args:
        house: Where it is stored.
        link: A link that counts.
        seller_id: The selling partner that Seller Central names.
        code: The authorisation code.

    Returns:
        The marketplaces it reaches.

    Raises:
        InvalidInputError: Another seller consented, or the grant is not of the one that is named;
            nothing is stored, and the link counts still.
        NotFoundError: The link was used meanwhile, or its account is gone.
        AmazonError: Amazon does not accept the code or the grant; nothing is stored.
    """
    usable_seller_id(seller_id)
    if link.for_account_id is not None:
        expected = (await house.grounds.target(link.for_account_id)).seller_id
        if seller_id != expected:
            raise _other_seller(link)
    callback = seller_callback(house.settings)
    token = (await house.grounds.amazon.redeem(code, callback)).get_secret_value()
    stores = await tried_seller(house, seller_id, link.region, token)
    async with house.links.using(link) as mine:
        new = NewAccount(mine.slug, mine.name, seller_id, mine.region, stores, token)
        account = await take_in(house, mine.organisation_id, new, by=_sender(mine))
        mine.for_account_id = account.id
    return stores


async def use_ads_link(house: House, link: ConnectLink, *, code: str) -> tuple[str, ...]:
    """Connect the advertising a link is for with what Amazon's page answered, and use the link up.

    Returns:
        The marketplaces in which it reaches the seller's advertising.

    Raises:
        InvalidInputError: The grant reaches no advertising of the seller; nothing is stored.
        NotFoundError: The link was used meanwhile, or its account is gone.
        AmazonError: Amazon does not accept the code or the grant; nothing is stored.
    """
    assert link.for_account_id is not None
    seller_id = (await house.grounds.target(link.for_account_id)).seller_id
    callback = ads_callback(house.settings)
    token = (await house.grounds.amazon.redeem(code, callback, ads=link.region)).get_secret_value()
    grant = await tried_ads(house, seller_id, link.region, token)
    async with house.links.using(link):
        await house.registry.connect_ads(link.for_account_id, grant)
    await noted(house, link.for_account_id, "advertising", _sender(link), grant.marketplaces)
    _log.info("advertising connected", account=link.slug)
    return grant.marketplaces


def _sender(link: ConnectLink) -> str:
    """Who acts when a link is used: nobody is signed in, but somebody sent it."""
    return f"link of {link.created_by}"


def _other_seller(link: ConnectLink) -> InvalidInputError:
    return InvalidInputError(
        f"Another seller than that of {link.name} authorised. Nothing was changed.",
        field="selling_partner_id",
        next_step="Sign in to Seller Central as that seller, then open the link again.",
    )
