"""What ``stockroom account`` does."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Region
from stockroom.db.reach import EVERYWHERE
from stockroom.entrypoints.connecting import noted, tried_ads, tried_seller, usable_slug
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.shown import show
from stockroom.tenancy.registry import AdsGrant, NewAccount
from stockroom.tools.read.accounts import accounts

_OPERATOR = "operator"


def add_account(
    settings: Settings,
    *,
    slug: str,
    name: str,
    organisation: str,
    seller_id: str,
    region: Region,
    authorised_on: date | None,
    ads: bool = False,
) -> None:
    """Take a seller in, after its grant (with ``ads``: both) worked once at Amazon.

    Raises:
        InvalidInputError: The slug cannot be used, or no refresh token was given.
        AmazonError: Amazon does not accept the grant; nothing is stored.
    """
    usable_slug(slug)
    token = _token("the seller's refresh token")
    ads_token = _token("the refresh token of its advertising") if ads else None
    authorised_at = _midday(settings, authorised_on)

    async def main() -> None:
        async with open_house(settings) as house:
            stores = await tried_seller(house, seller_id, region, token)
            grant = await tried_ads(house, seller_id, region, ads_token) if ads_token else None
            account_id = await house.registry.add_account(
                await house.registry.organisation(organisation),
                NewAccount(
                    *(slug, name, seller_id, region, stores, token),
                    authorised_at=authorised_at,
                    ads=grant,
                ),
            )
            await noted(house, account_id, "connected", _OPERATOR, stores)
            print(f"{slug}: connected, {', '.join(stores)}.")
            if grant:
                print(_advertises(slug, grant))

    run_main(main())


def renew_account(settings: Settings, slug: str, *, authorised_on: date | None) -> None:
    """Put a new grant in the place of the old one, after it worked once at Amazon.

    Raises:
        NotFoundError: There is no such account.
        InvalidInputError: The grant is another seller's.
        AmazonError: Amazon does not accept the grant; the old one stays.
    """
    token = _token("the seller's refresh token")
    authorised_at = _midday(settings, authorised_on) or settings.clock.now()

    async def main() -> None:
        async with open_house(settings) as house:
            account = await house.registry.account(slug)
            facts = await house.grounds.target(account.id)
            await tried_seller(house, facts.seller_id, account.region, token)
            await house.registry.renew(account.id, token, authorised_at)
            await house.registry.probed(account.id, None)
            await noted(house, account.id, "authorised", _OPERATOR, account.marketplaces)
            print(f"{slug}: authorised again.")

    run_main(main())


def _midday(settings: Settings, day: date | None) -> datetime | None:
    """A day that a person names, as an instant that is on it nearly everywhere.

    Raises:
        InvalidInputError: It is still to come.
    """
    if day is None:
        return None
    if day > settings.clock.now().date():
        raise InvalidInputError(f"{day} is still to come.", field="authorised_on")
    return datetime.combine(day, time(12), UTC)


def connect_ads(settings: Settings, slug: str) -> None:
    """Connect the advertising of an account, after its grant worked once at Amazon.

    Raises:
        InvalidInputError: No refresh token was given, or it reaches no advertising of the seller.
        NotFoundError: There is no such account.
        AmazonError: Amazon does not accept the grant; nothing is stored.
    """
    token = _token("the refresh token of the seller's advertising")

    async def main() -> None:
        async with open_house(settings) as house:
            known = await house.registry.account(slug)
            seller_id = (await house.grounds.target(known.id)).seller_id
            grant = await tried_ads(house, seller_id, known.region, token)
            await house.registry.connect_ads(known.id, grant)
            await noted(house, known.id, "advertising", _OPERATOR, grant.marketplaces)
            print(_advertises(slug, grant))

    run_main(main())


def _token(what: str) -> str:
    if sys.stdin.isatty():
        print(f"Paste {what} and press Enter:", file=sys.stderr)
    token = sys.stdin.readline().strip()
    if not token:
        raise InvalidInputError(
            f"No refresh token was given: {what} is missing.",
            field="refresh_token",
            next_step="Give it on standard input, so that it stays out of the shell's history.",
        )
    return token


def _advertises(slug: str, grant: AdsGrant) -> str:
    return f"{slug}: advertising connected, {', '.join(grant.marketplaces)}."


def list_accounts(settings: Settings, *, as_json: bool) -> None:
    """Print every account."""

    async def main() -> None:
        async with open_house(settings) as house:
            rows = [
                {"account": account.slug, **await _standing(house, account.id)}
                for account in await house.registry.accounts()
            ]
        show(rows, as_json=as_json)

    run_main(main())


async def _standing(house: House, account_id: UUID) -> dict[str, Any]:
    """What the tool ``accounts`` tells of an account, as far as it does not change by the minute."""
    async with house.database.read(account_id, EVERYWHERE) as db:
        answer = await accounts.ask(db, house.clock)
    told = dict(zip(answer.columns, answer.rows[0], strict=True))
    return {name: told[name] for name in _LISTED}


_LISTED = (
    *("region", "marketplaces", "state", "stopped"),
    *("reason", "next_step", "authorised_until"),
)
