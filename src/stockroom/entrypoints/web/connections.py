"""Connecting Amazon from the console: links for clients, and grants of one's own application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import wraps
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockroom.core.errors import (
    AmazonError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StockroomError,
)
from stockroom.core.marketplaces import MARKETPLACES, marketplace
from stockroom.entrypoints.connecting import (
    take_in,
    tried_seller,
    usable_name,
    usable_seller_id,
    usable_slug,
)
from stockroom.entrypoints.links import account_link, own_account, renewal_link
from stockroom.entrypoints.web.forms import Form
from stockroom.entrypoints.web.page import go, posted, render, signed_in, status_of
from stockroom.entrypoints.web.start import organisation_of
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.connect_links import ConnectLink
from stockroom.tenancy.registry import NewAccount
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership

_PAGE = "/console/o/{organisation_id:uuid}/connect"
_Done = Callable[[Request, Membership, Form], Awaitable[Response]]


def connection_routes() -> list[Route]:
    """The page on which members connect Amazon, and what its forms do."""
    return [
        Route(_PAGE, signed_in(connections_page)),
        Route(f"{_PAGE}/link", signed_in(_form(make_link)), methods=["POST"]),
        Route(f"{_PAGE}/again", signed_in(_form(make_renewal)), methods=["POST"]),
        Route(f"{_PAGE}/token", signed_in(_form(take_token)), methods=["POST"]),
        Route(f"{_PAGE}/withdraw", signed_in(_form(withdraw)), methods=["POST"]),
    ]


async def connections_page(request: Request) -> Response:
    """The page."""
    return await _shown(request, organisation_of(request, Right.CONNECT))


def _form(done: _Done) -> Callable[[Request], Awaitable[Response]]:
    """A form of the page; what is wrong with it is said on the page, beside what was filled in."""

    @wraps(done)
    async def answer(request: Request) -> Response:
        membership = organisation_of(request, Right.CONNECT)
        form = await posted(request)
        try:
            return await done(request, membership, form)
        except (InvalidInputError, NotFoundError, AmazonError) as error:
            return await _shown(request, membership, form=form, wrong=error)

    return answer


async def make_link(request: Request, membership: Membership, form: Form) -> Response:
    """A link for a client who is not connected yet."""
    _sees_all(membership)
    link = await account_link(
        *(house_of(request), membership.organisation_id),
        *(form.get("slug", ""), form.get("name", "")),
        store=form.get("marketplace", ""),
        created_by=present(request).email,
        lives=timedelta(days=_days(form.get("days", ""))),
    )
    return await _shown(request, membership, link=link)


async def make_renewal(request: Request, membership: Membership, form: Form) -> Response:
    """A link by which the seller of an account authorises again, or its advertising."""
    slug, house = form.get("account", ""), house_of(request)
    if not any(one.slug == slug for one in membership.accounts):
        raise NotFoundError("There is no such account among yours.", field="account")
    link = await renewal_link(
        house,
        await own_account(house, membership.organisation_id, slug),
        advertising=form.get("what") == "ads",
        created_by=present(request).email,
    )
    return await _shown(request, membership, link=link)


async def take_token(request: Request, membership: Membership, form: Form) -> Response:
    """The refresh token of a private application that the seller authorised by themselves."""
    _sees_all(membership)
    place, token = marketplace(form.get("marketplace", "")), form.get("refresh_token", "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise InvalidInputError(
            "That is no refresh token.",
            field="refresh_token",
            next_step="Copy it from Seller Central, Develop Apps, Authorize: it begins with Atzr|.",
        )
    slug, name = usable_slug(form.get("slug", "")), usable_name(form.get("name", ""))
    seller_id = usable_seller_id(form.get("seller_id", "").strip())
    house = house_of(request)
    stores = await tried_seller(house, seller_id, place.region, token)
    new = NewAccount(slug, name, seller_id, place.region, stores, token)
    await take_in(house, membership.organisation_id, new, by=present(request).email)
    return go(request, _path(membership), "account-connected")


async def withdraw(request: Request, membership: Membership, form: Form) -> Response:
    """Have a link count no more."""
    for link in await _links(request, membership):
        if str(link.id) == form.get("link", ""):
            await house_of(request).links.withdraw(membership.organisation_id, link.id)
            return go(request, _path(membership), "link-withdrawn")
    raise NotFoundError("There is no such link that still counts.", field="link")


async def _shown(
    request: Request,
    membership: Membership,
    *,
    link: str | None = None,
    form: Form | None = None,
    wrong: StockroomError | None = None,
) -> Response:
    return render(
        request,
        "connections.html",
        status=status_of(wrong) if wrong else 200,
        membership=membership,
        home=_path(membership),
        fresh=link,
        links=await _links(request, membership),
        stores=MARKETPLACES.values(),
        given=form or Form(()),
        wrong=wrong,
    )


async def _links(request: Request, membership: Membership) -> list[ConnectLink]:
    """The links that count, of accounts that exist for this member."""
    granted: set[UUID] = {account.id for account in membership.accounts}
    return [
        link
        for link in await house_of(request).links.counting(membership.organisation_id)
        if membership.all_accounts or link.for_account_id in granted
    ]


def _sees_all(membership: Membership) -> None:
    if not membership.all_accounts:
        raise NotAllowedError(
            f"Only some accounts of {membership.organisation} are granted to you, and a new one"
            " would not be.",
            next_step="Ask somebody to whom all are granted.",
        )


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 3):  # noqa: PLR2004 - at most 30
        raise InvalidInputError("A link counts for 1 to 30 days.", field="days")
    return int(text)


def _path(membership: Membership) -> str:
    return f"/console/o/{membership.organisation_id}/connect"
