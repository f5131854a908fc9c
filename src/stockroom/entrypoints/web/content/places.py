"""Which organisation and account a page is about: its address says, the visitor's reach decides."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.errors import NotFoundError
from stockroom.entrypoints.web.page import render
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import house_of
from stockroom.tenancy.principal import Account
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership


def account_of(request: Request, right: Right = Right.VIEW) -> tuple[Membership, Account]:
    """The account an address names, and the membership that grants it.

    Raises:
        NotFoundError: No such organisation or account, or none of the visitor's: the same answer.
        NotAllowedError: It is theirs, and their role there lacks the right.
    """
    slug: str = request.path_params["slug"]
    membership = organisation_of(request)
    for account in membership.accounts:
        if account.slug == slug:
            return organisation_of(request, right), account
    raise NotFoundError(
        "There is no such account among yours.",
        next_step="Choose one of yours, or ask an admin to grant it.",
    )


def home_of(membership: Membership, account: Account | None = None) -> str:
    """Where the pages of an organisation, or of one of its accounts, begin; no slash at the end."""
    home = f"/console/o/{membership.organisation_id}"
    return home if account is None else f"{home}/a/{account.slug}"


def show(
    request: Request,
    template: str,
    membership: Membership,
    account: Account | None = None,
    **context: Any,
) -> Response:
    """A page about an organisation, or about one of its accounts; it knows its ``home`` and ``now``."""
    given = {
        "membership": membership,
        "account": account,
        "home": home_of(membership, account),
        "now": house_of(request).clock.now(),
    }
    return render(request, f"content/{template}", **{"status": 200, **given, **context})
