"""What ``stockroom key`` does: keys are issued, listed, rotated and revoked."""

from __future__ import annotations

import sys
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import READ_SCOPES, Scope
from stockroom.entrypoints.account_limits import read_limits
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.key_warnings import warnings_of
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.shown import show
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.principal import KnownAccount, Network


def create_key(
    settings: Settings,
    *,
    name: str,
    organisation: str,
    accounts: list[str],
    marketplaces: list[str] | None,
    scopes: list[str] | None,
    tools: list[str] | None,
    limits: str | None,
    allow_from: list[str],
    requests_per_minute: int | None,
    requests_per_day: int | None,
    purpose: str | None,
    expires_in_days: int | None,
) -> None:
    """Issue a key and print its text; beside it, what it will not be able to confirm.

    Raises:
        InvalidInputError: A scope, a marketplace, a network or the limits cannot be used.
        NotFoundError: There is no such account.
    """
    granted = frozenset(map(_scope, scopes)) if scopes else READ_SCOPES
    guardrails = read_limits(limits or "{}")
    networks = [_network(text) for text in allow_from]
    codes = list(dict.fromkeys(marketplace(code).code for code in marketplaces or ())) or None
    ends = settings.clock.now() + timedelta(days=expires_in_days) if expires_in_days else None

    async def main() -> None:
        async with open_house(settings) as house:
            registry = house.registry
            opened = [await registry.account(slug) for slug in accounts]
            _sold_in(opened, codes)
            key = NewKey(
                name=name,
                accounts=opened,
                marketplaces=codes,
                scopes=granted,
                tools=tools,
                limits=guardrails,
                networks=networks,
                requests_per_minute=requests_per_minute,
                requests_per_day=requests_per_day,
                purpose=purpose,
                expires_at=ends,
            )
            print(await registry.issue(await registry.organisation(organisation), key))
            for warning in warnings_of(house.write_tools, granted, tools, guardrails):
                print(warning, file=sys.stderr)

    run_main(main())


def list_keys(settings: Settings, *, as_json: bool) -> None:
    """Print every key, without its text."""

    async def main() -> None:
        async with open_house(settings) as house:
            slugs = {account.id: account.slug for account in await house.registry.accounts()}
            rows = [
                {
                    "name": key.name,
                    "prefix": key.prefix,
                    "accounts": [_slug(slugs, one) for one in key.account_ids],
                    "marketplaces": key.marketplaces,
                    "scopes": key.scopes,
                    "tools": key.tools,
                    "purpose": key.purpose,
                    "allow_from": key.networks,
                    "requests_per_minute": key.requests_per_minute,
                    "requests_per_day": key.requests_per_day,
                    "created_by": key.created_by,
                    "created_at": _instant(key.created_at),
                    "expires_at": _instant(key.expires_at),
                    "revoked_at": _instant(key.revoked_at),
                    "last_used_at": _instant(key.last_used_at),
                    "last_used_from": key.last_used_from,
                }
                for key in await house.registry.keys()
            ]
        show(rows, as_json=as_json)

    run_main(main())


def rotate_key(settings: Settings, name: str, *, overlap_hours: float) -> None:
    """Issue a key's successor and print its text.

    Raises:
        NotFoundError: There is no live key of that name or prefix.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            print(await house.registry.rotate(name, timedelta(hours=overlap_hours)))

    run_main(main())


def revoke_key(settings: Settings, name: str) -> None:
    """Revoke every live key of that name or prefix."""

    async def main() -> None:
        async with open_house(settings) as house:
            print(f"{await house.registry.revoke(name)} revoked.")

    run_main(main())


def _sold_in(accounts: list[KnownAccount], codes: list[str] | None) -> None:
    """Refuse a marketplace none of the accounts sells in: the key would open nothing there."""
    for code in codes or ():
        if not any(code in account.marketplaces for account in accounts):
            raise InvalidInputError(
                f"None of these accounts sells in {code}.",
                field="marketplace",
                next_step="See 'stockroom account list' for the marketplaces of each account.",
            )


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        raise InvalidInputError(
            f"'{text}' is not a scope.",
            field="scope",
            next_step=f"Use some of: {', '.join(Scope)}.",
        ) from None


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise InvalidInputError(
            f"'{text}' is not a network.",
            field="allow-from",
            next_step="Write it as an address or in CIDR form, e.g. 203.0.113.0/24.",
        ) from None


def _slug(slugs: dict[UUID, str], account_id: UUID) -> str:
    return slugs.get(account_id, str(account_id))


def _instant(at: Any) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
