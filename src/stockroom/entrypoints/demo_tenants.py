"""The demo's organisation: every pretend seller connected, three keys, and somebody who may sign in."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from stockroom.core.scope import READ_SCOPES, Scope
from stockroom.entrypoints.demo_depots import depot
from stockroom.entrypoints.house import House
from stockroom.simulator.world.views import Seller
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.principal import KnownAccount
from stockroom.tenancy.registry import AdsGrant, NewAccount
from stockroom.tenancy.roles import Role
from stockroom.tools.inbound_items import SHIP_FROM

_ORGANISATION = "Demo agency"
_OWNER = "owner@demo.invalid"
_OWNER_NAME = "Demo owner"
_PASSWORD_BYTES = 12
_LIMITS = {
    "changes_per_day": 200,
    "spend_per_day": {"USD": "500.00", "EUR": "500.00", "GBP": "500.00"},
    "rules": [{"tool": "set_price", "measure": "relative_change", "max": "0.50"}],
}
"""Enough to play, and still a guardrail: no price moves by more than half."""


async def connect(house: House, sellers: list[Seller], history_days: int) -> list[KnownAccount]:
    """Take in the sellers that are not there yet; returns all, in the world's order.

    Args:
        house: Where they live.
        sellers: The world's.
        history_days: How old the world is: before that there is nothing to ask for.
    """
    registry = house.registry
    organisation = await registry.organisation(_ORGANISATION)
    known = {account.slug for account in await registry.accounts()}
    for seller in sellers:
        if seller.slug not in known:
            new = NewAccount(
                slug=seller.slug,
                name=seller.name,
                seller_id=seller.seller_id,
                region=seller.region,
                marketplaces=seller.marketplaces,
                refresh_token=seller.refresh_token,
                settings={"history_days": history_days, SHIP_FROM: depot(seller.region)},
                ads=AdsGrant(seller.ads_refresh_token, seller.marketplaces),
            )
            await registry.add_account(organisation, new)
    by_slug = {account.slug: account for account in await registry.accounts()}
    return [by_slug[seller.slug] for seller in sellers]


async def keys(house: House, accounts: list[KnownAccount], ready: Path) -> dict[str, str]:
    """The demo's keys by name: those of the last start while they work, else new ones.

    Args:
        house: Where keys are issued.
        accounts: Every account; ``reader`` and ``operator`` get the first.
        ready: What the last start wrote: the only place that holds the keys' texts.
    """
    wanted = {
        "agency": NewKey("agency", accounts, READ_SCOPES),
        "reader": NewKey("reader", accounts[:1], READ_SCOPES),
        "operator": NewKey("operator", accounts[:1], frozenset(Scope), limits=_LIMITS),
    }
    earlier = _earlier(ready, "keys")
    found: dict[str, str] = {}
    for name, key in wanted.items():
        text = earlier.get(name, "")
        principal = await house.authenticator.principal(text)
        if principal is None or len(principal.accounts) != len(key.accounts):
            text = await house.registry.issue(accounts[0].organisation_id, key)
        found[name] = text
    return found


async def login(house: House, ready: Path) -> dict[str, str]:
    """Who may sign in at the demo's console: as at the last start while that works.

    Args:
        house: Where people are.
        ready: What the last start wrote: the only place that holds the password.
    """
    persons = house.reception.persons
    password = _earlier(ready, "login").get("password", "")
    if await persons.known(_OWNER, password) is None:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        person_id = await persons.find(_OWNER)
        if person_id is not None:
            await persons.set_password(person_id, password)
        else:
            person_id = await persons.add(_OWNER, _OWNER_NAME, password)
            organisation_id = await house.registry.organisation(_ORGANISATION)
            await house.reception.members.admit(organisation_id, person_id, Role.OWNER)
    return {"email": _OWNER, "password": password}


def _earlier(ready: Path, what: str) -> dict[str, str]:
    try:
        texts = json.loads(ready.read_text(encoding="utf-8"))[what]
        return {name: str(text) for name, text in texts.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
