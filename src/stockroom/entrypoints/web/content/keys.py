"""API keys: listed, made, handed on, revoked. A key's text is on one page, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.scope import READ_SCOPES, Scope
from stockroom.entrypoints.connect_configs import CLIENTS, Addresses, Way
from stockroom.entrypoints.key_warnings import warnings_of
from stockroom.entrypoints.web.content.key_form import LIVES, read_key
from stockroom.entrypoints.web.content.key_powers import (
    WRITE_SCOPES,
    check_scopes,
    grantable,
    sees,
)
from stockroom.entrypoints.web.content.places import home_of, show
from stockroom.entrypoints.web.forms import Form
from stockroom.entrypoints.web.page import go, posted
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.models import ApiKey
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership
from stockroom.writes.doors import GATE_TOOLS

OVERLAPS = {"0": "at once", "1": "after an hour", "24": "after a day", "168": "after a week"}
"""When a key that was rotated stops working."""
_CONFIRMS: Mapping[str, str] = {Scope.CONFIRM: "confirms", Scope.ASK: "confirms when told to"}
_SOON = timedelta(days=14)
_TICKED = ("account", "scope", "marketplace", "tool")
_WRITTEN = (
    *("name", "purpose", "networks", "price_step"),
    *("requests_per_minute", "requests_per_day", "changes_per_day", "spend_per_day"),
)


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as its list shows it.

    Args:
        row: What is stored.
        state: ``live``, ``expiring`` (within two weeks), ``expired`` or ``revoked``.
        accounts: What the accounts it opens are called.
    """

    row: ApiKey
    state: str
    accounts: list[str]

    @property
    def live(self) -> bool:
        """Whether it works."""
        return self.state in {"live", "expiring"}

    @property
    def writes(self) -> list[str]:
        """What it may change, and whether it confirms."""
        beyond = [scope for scope in self.row.scopes if scope not in READ_SCOPES]
        return [_CONFIRMS.get(scope, scope.partition(":")[0]) for scope in beyond]

    @property
    def reads(self) -> list[str]:
        """The domains it reads."""
        return [scope.partition(":")[0] for scope in self.row.scopes if scope in READ_SCOPES]


async def keys_page(request: Request) -> Response:
    """Every key that opens nothing but what the member sees."""
    membership = _mine(request)
    shown = [_shown(membership, key, _now(request)) for key in await _keys(request, membership)]
    return show(
        request,
        "keys.html",
        membership,
        live=[key for key in shown if key.live],
        ended=[key for key in shown if not key.live],
        domains=len(READ_SCOPES),
    )


async def key_page(request: Request) -> Response:
    """One key."""
    membership = _mine(request)
    key = _shown(membership, await _key(request, membership), _now(request))
    return show(
        request,
        "key.html",
        membership,
        key=key,
        overlaps=OVERLAPS,
        warnings=_warnings(request, key.row) if key.live else [],
    )


async def new_key_page(request: Request) -> Response:
    """The form of a new key."""
    return _form(request, _mine(request), None, None)


async def make_key(request: Request) -> Response:
    """Make it and show its text, or show the form again with what is wrong."""
    membership, form = _mine(request), await posted(request)
    house = house_of(request)
    try:
        new = read_key(
            form, membership, _tools(request), by=present(request).email, now=_now(request)
        )
    except InvalidInputError as wrong:
        return _form(request, membership, form, wrong)
    text = await house.registry.issue(membership.organisation_id, new)
    return _made(request, membership, text, new)


async def rotate_key(request: Request) -> Response:
    """Make a key's successor and show its text."""
    membership, form = _mine(request), await posted(request)
    overlap = form.get("overlap", "")
    if overlap not in OVERLAPS:
        raise InvalidInputError("Choose when the old key ends.", field="overlap")
    key = await _key(request, membership)
    check_scopes(membership, key.scopes)  # whoever rotates a key holds all that it opens
    text = await house_of(request).registry.succeed(
        membership.organisation_id,
        key.id,
        timedelta(hours=int(overlap)),
        by=present(request).email,
    )
    return _made(request, membership, text, key)


async def revoke_key(request: Request) -> Response:
    """End a key."""
    membership = _mine(request)
    await posted(request)
    key = await _key(request, membership)
    await house_of(request).registry.end(membership.organisation_id, key.id)
    return go(request, f"{home_of(membership)}/keys", "key-revoked")


def _form(
    request: Request, membership: Membership, form: Form | None, wrong: InvalidInputError | None
) -> Response:
    may = grantable(membership)
    return show(
        request,
        "key_new.html",
        membership,
        status=400 if wrong else 200,
        wrong=wrong,
        reads=sorted(READ_SCOPES),
        writes=sorted(WRITE_SCOPES & may),
        confirms=sorted(may - READ_SCOPES - WRITE_SCOPES),
        tools=_tools(request),
        lives=LIVES,
        marketplaces=sorted({code for one in membership.accounts for code in one.marketplaces}),
        filled=_filled(membership, form),
    )


def _filled(membership: Membership, form: Form | None) -> dict[str, Any]:
    """What the form's fields hold: as sent, or as a new key usually is."""
    usual = {**dict.fromkeys(_WRITTEN, ""), "life": "90"}
    if form is not None:
        return {**usual, **dict(form), **{name: form.getlist(name) for name in _TICKED}}
    only = [one.slug for one in membership.accounts] if len(membership.accounts) == 1 else []
    return {
        **usual,
        "account": only,
        "scope": sorted(READ_SCOPES),
        "marketplace": [],
        "tool": [],
    }


def _made(request: Request, membership: Membership, text: str, key: NewKey | ApiKey) -> Response:
    house = house_of(request)
    at = Addresses(f"{house.base_url}/mcp", house.keys_url)
    pastes = {
        client.name: [paste for paste in client.pastes(at, text) if paste.way is Way.KEY]
        for client in CLIENTS.values()
    }
    return show(
        request,
        "key_made.html",
        membership,
        text=text,
        name=key.name,
        warnings=_warnings(request, key),
        address=at.keys_url,
        mcp_url=at.mcp_url,
        clients={client: found for client, found in pastes.items() if found},
    )


def _warnings(request: Request, key: NewKey | ApiKey) -> list[str]:
    return warnings_of(house_of(request).write_tools, key.scopes, key.tools, key.limits or {})


def _mine(request: Request) -> Membership:
    return organisation_of(request, Right.KEYS)


def _now(request: Request) -> datetime:
    return house_of(request).clock.now()


def _tools(request: Request) -> list[str]:
    house = house_of(request)
    declared = (house.read_tools, house.write_tools, GATE_TOOLS)
    return sorted(tool.name for tools in declared for tool in tools)


async def _keys(request: Request, membership: Membership) -> list[ApiKey]:
    found = await house_of(request).registry.keys_of(membership.organisation_id)
    return [key for key in found if sees(membership, key)]


async def _key(request: Request, membership: Membership) -> ApiKey:
    key_id: UUID = request.path_params["key_id"]
    for key in await _keys(request, membership):
        if key.id == key_id:
            return key
    raise NotFoundError("There is no such key.", next_step="Choose one of the list of keys.")


def _shown(membership: Membership, key: ApiKey, now: datetime) -> ShownKey:
    names = {account.id: account.slug for account in membership.accounts}
    accounts = [names.get(one, "an account that is gone") for one in key.account_ids]
    return ShownKey(key, _state(key, now), accounts)


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "live"
    if key.expires_at <= now:
        return "expired"
    return "expiring" if key.expires_at - now < _SOON else "live"
