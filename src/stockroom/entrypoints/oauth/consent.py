"""The page on which a person lets a program act as themselves, for as much as they leave ticked.

What a program says of itself is shown as what it says. What is known of it is where
the answer goes, and, when a document describes it, the host that serves the document.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stockroom.core.errors import NotAllowedError
from stockroom.core.log import logger
from stockroom.core.scope import READ_SCOPES, Scope
from stockroom.entrypoints.oauth.addresses import Addresses
from stockroom.entrypoints.oauth.wording import MEANINGS
from stockroom.entrypoints.web.cookies import is_https
from stockroom.entrypoints.web.forms import Form
from stockroom.entrypoints.web.headers import page_headers
from stockroom.entrypoints.web.page import posted, render
from stockroom.entrypoints.web.surroundings import house_of, present
from stockroom.tenancy.oauth.clients import vouching_host
from stockroom.tenancy.oauth.grants import Consent
from stockroom.tenancy.oauth.models import OAuthClient, OAuthRequest
from stockroom.tenancy.oauth.reach import reachable
from stockroom.tenancy.oauth.redirects import host_of, origin_of
from stockroom.tenancy.roles import Right
from stockroom.tenancy.visitors import Membership, Visitor

_log = logger("oauth")


async def consent_page(request: Request) -> Response:
    """Who asks for what; with several organisations, first in which."""
    visitor = present(request)
    asked, client = await house_of(request).authority.grants.question(_id(request))
    able = _able(visitor)
    named = request.query_params.get("organisation", "")
    chosen = [one for one in able if len(able) == 1 or str(one.organisation_id) == named]
    if not chosen:
        return render(
            request,
            "authorise_where.html",
            form_action=[origin_of(asked.redirect_uri)],
            client=client,
            memberships=able,
        )
    return _page(request, asked, client, chosen[0])


async def consent(request: Request) -> Response:
    """The answer: back to the program, with a code or with a no."""
    form = await posted(request)
    visitor, grants = present(request), house_of(request).authority.grants
    if form.get("answer") != "allow":
        denied = await grants.deny(_id(request))
        return _back(request, denied, error="access_denied")
    asked, client = await grants.question(_id(request))
    membership = _named(visitor, form)
    left = _left(visitor, membership, asked, form)
    if not left.account_ids or not left.scopes or left.marketplaces == []:
        return _page(request, asked, client, membership, form=form)
    answered, code = await grants.give(asked.id, left)
    _log.info("granted", client=client.id, organisation_id=str(membership.organisation_id))
    return _back(request, answered, code=code)


def _able(visitor: Visitor) -> list[Membership]:
    able = [one for one in visitor.memberships if one.may(Right.AUTHORISE) and one.accounts]
    if not able:
        raise NotAllowedError(
            "No account is granted to you that a program could use.",
            next_step="Ask an owner or admin of your organisation to grant you one.",
        )
    return able


def _named(visitor: Visitor, form: Form) -> Membership:
    for membership in _able(visitor):
        if str(membership.organisation_id) == form.get("organisation"):
            return membership
    raise NotAllowedError(
        "There is no such organisation among yours.", next_step="Go back and choose one of yours."
    )


def _left(visitor: Visitor, membership: Membership, asked: OAuthRequest, form: Form) -> Consent:
    """What the person left ticked, of what was asked for and is theirs to give."""
    accounts = [one for one in membership.accounts if str(one.id) in form.getlist("account")]
    offered = {code for one in accounts for code in one.marketplaces}
    kept = sorted(offered.intersection(form.getlist("marketplace")))
    ticked = form.getlist("scope")
    return Consent(
        organisation_id=membership.organisation_id,
        person_id=visitor.person_id,
        email=visitor.email,
        account_ids=[one.id for one in accounts],
        # All of them means all, also those to come.
        marketplaces=None if set(kept) == offered else kept,
        scopes=frozenset(one for one in _askable(membership, asked) if one in ticked),
    )


def _page(
    request: Request,
    asked: OAuthRequest,
    client: OAuthClient,
    membership: Membership,
    form: Form | None = None,
) -> Response:
    """The question; with ``form``, once more, because nothing was left ticked."""
    every = {code for one in membership.accounts for code in one.marketplaces}
    accounts = [str(one.id) for one in membership.accounts]
    return render(
        request,
        "authorise.html",
        status=200 if form is None else 400,
        form_action=[origin_of(asked.redirect_uri)],
        client=client,
        host=host_of(asked.redirect_uri),
        vouching=vouching_host(client.id),
        chosen=membership,
        ticked_accounts=accounts if form is None else form.getlist("account"),
        marketplaces=sorted(every),
        ticked_marketplaces=sorted(every) if form is None else form.getlist("marketplace"),
        reads=_choices(membership, asked, writes=False),
        writes=_choices(membership, asked, writes=True),
        ticked_scopes=asked.scopes if form is None else form.getlist("scope"),
        nothing_left=form is not None,
    )


def _askable(membership: Membership, asked: OAuthRequest) -> frozenset[Scope]:
    """What was asked for, as far as it is the person's to give; more is asked for by stepping up."""
    return reachable(membership.role) & frozenset(map(Scope, asked.scopes))


def _choices(
    membership: Membership, asked: OAuthRequest, *, writes: bool
) -> Sequence[tuple[Scope, str]]:
    within = _askable(membership, asked)
    return [
        (scope, meaning)
        for scope, meaning in MEANINGS.items()
        if scope in within and (scope not in READ_SCOPES) is writes
    ]


def _back(request: Request, asked: OAuthRequest, **told: str) -> Response:
    address = Addresses(house_of(request).base_url).back(
        asked.redirect_uri, **told, state=asked.state
    )
    return RedirectResponse(address, 303, headers=page_headers(https=is_https(request)))


def _id(request: Request) -> str:
    name: str = request.path_params["request_id"]
    return name
