"""The form of a new key: what it may hold, read once, refused with the name of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import CONFIRMING, Scope
from stockroom.entrypoints.web.content.key_powers import WRITE_SCOPES, check_scopes
from stockroom.entrypoints.web.forms import Form
from stockroom.tenancy.issuing import NewKey, check_confirming
from stockroom.tenancy.principal import Account, KnownAccount, Network
from stockroom.tenancy.visitors import Membership
from stockroom.writes.limits import Limits

LIVES = {"30": "30 days", "90": "90 days", "365": "a year", "never": "until it is revoked"}
"""How long a key can be made for."""
_LONGEST_NAME, _LONGEST_PURPOSE = 80, 300
_MOST_NETWORKS = 20
_WHOLE = Decimal(100)
_MONEY = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)
_MOST_REQUESTS = 1_000_000


def read_key(
    form: Form, membership: Membership, tools: Sequence[str], *, by: str, now: datetime
) -> NewKey:
    """The key a form asks for.

    Args:
        form: Its fields.
        membership: Who gives it, in what.
        tools: The names of all tools.
        by: The member's e-mail.
        now: The present.

    Raises:
        InvalidInputError: A field cannot be used; it is named.
        NotAllowedError: It would hold more than the member may give.
    """
    scopes = frozenset(_known(form, "scope", list(Scope)))
    if not scopes:
        raise _wrong("scope", "A key without any right opens nothing: choose at least one.")
    check_scopes(membership, scopes)
    accounts = _accounts(form, membership)
    sold_in = sorted({code for account in accounts for code in account.marketplaces})
    return NewKey(
        name=_text(form, "name", _LONGEST_NAME, needed=True) or "",
        purpose=_text(form, "purpose", _LONGEST_PURPOSE),
        accounts=[_as_known(membership, account) for account in accounts],
        marketplaces=_known(form, "marketplace", sold_in) or None,
        scopes=frozenset(map(Scope, scopes)),
        tools=_known(form, "tool", tools) or None,
        limits=_limits(form, scopes),
        networks=_networks(form),
        requests_per_minute=_count(form, "requests_per_minute"),
        requests_per_day=_count(form, "requests_per_day"),
        expires_at=_expiry(form, now),
        created_by=by,
    )


def _accounts(form: Form, membership: Membership) -> list[Account]:
    """Those chosen; one that is not granted to the member is as unknown as any other."""
    wanted = set(form.getlist("account"))
    found = [account for account in membership.accounts if account.slug in wanted]
    if not found or len(found) < len(wanted):
        raise _wrong("account", "Choose at least one of the accounts shown.")
    return found


def _as_known(membership: Membership, account: Account) -> KnownAccount:
    return KnownAccount(
        account.id, account.slug, membership.organisation_id, account.region, account.marketplaces
    )


def _known(form: Form, field: str, known: Sequence[str]) -> list[str]:
    """The boxes that are ticked, each of which must be there to tick."""
    wanted = dict.fromkeys(form.getlist(field))
    for value in wanted:
        if value not in known:
            raise _wrong(field, f"There is no such {field} to choose.")
    return list(wanted)


def _text(form: Form, field: str, most: int, *, needed: bool = False) -> str | None:
    text = " ".join(form.get(field, "").split())
    if needed and not text:
        raise _wrong(field, f"The {field} is missing.")
    if len(text) > most or not text.isprintable():
        raise _wrong(field, f"The {field} is no text of at most {most} characters.")
    return text or None


def _count(form: Form, field: str) -> int | None:
    text = form.get(field, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MOST_REQUESTS):
        raise _wrong(field, f"{_said(field)} must be a whole number from 1 to {_MOST_REQUESTS:,}.")
    return int(text)


def _networks(form: Form) -> list[Network]:
    texts = form.get("networks", "").replace(",", " ").split()
    if len(texts) > _MOST_NETWORKS:
        raise _wrong("networks", f"At most {_MOST_NETWORKS} networks can be named.")
    try:
        return [ip_network(text) for text in texts]
    except ValueError:
        raise _wrong(
            "networks", "Write each network as an address or in CIDR form, e.g. 203.0.113.0/24."
        ) from None


def _expiry(form: Form, now: datetime) -> datetime | None:
    life = form.get("life", "")
    if life not in LIVES:
        raise _wrong("life", "Choose how long the key lives.")
    return None if life == "never" else now + timedelta(days=int(life))


def _limits(form: Form, scopes: frozenset[str]) -> dict[str, Any]:
    """Guardrails; a key that confirms without a person must have two of them."""
    if not scopes & (WRITE_SCOPES | CONFIRMING):
        return {}
    given = {"changes_per_day": _count(form, "changes_per_day"), "spend_per_day": _spend(form)}
    limits: dict[str, Any] = {name: limit for name, limit in given.items() if limit is not None}
    check_confirming(scopes, limits)
    step = _price_step(form)
    if step is not None:
        rule = {"tool": "set_price", "measure": "relative_change", "max": str(step)}
        limits["rules"] = [rule]
    Limits.read(limits)
    return limits


def _spend(form: Form) -> dict[str, str] | None:
    """Money a day by currency, as ``100 USD, 80 EUR``; None: no limit."""
    known = {place.currency for place in MARKETPLACES.values()}
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, form.get("spend_per_day", "").split(","))):
        amount, _, currency = part.partition(" ")
        currency = currency.strip().upper()
        if not _MONEY.fullmatch(amount) or currency not in known or currency in found:
            raise _wrong(
                "spend_per_day", "Write amount and currency, e.g. 100 USD; several with commas."
            )
        found[currency] = amount
    return found or None


def _price_step(form: Form) -> Decimal | None:
    text = form.get("price_step", "").strip()
    if not text:
        return None
    try:
        percent = Decimal(text)
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or not 0 < percent <= _WHOLE:
        raise _wrong("price_step", "The largest price change must be over 0 and at most 100 %.")
    return percent / _WHOLE


def _said(field: str) -> str:
    return field.replace("_", " ").capitalize()


def _wrong(field: str, summary: str) -> InvalidInputError:
    return InvalidInputError(summary, field=field)
