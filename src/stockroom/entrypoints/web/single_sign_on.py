"""Signing in by an identity provider: out to it, and back with what it says."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stockroom.core.errors import NotAllowedError, NotFoundError
from stockroom.entrypoints.oidc_client import OidcClient, Question
from stockroom.entrypoints.web.cookies import errand, forget_errand, is_https, keep_errand
from stockroom.entrypoints.web.headers import page_headers
from stockroom.entrypoints.web.sign_in import admit
from stockroom.entrypoints.web.surroundings import house_of, own_path, visitor_of
from stockroom.tenancy.identities import Claim

_PURPOSE = "single sign-on"
_LASTS = timedelta(minutes=10)
_RANDOM_BYTES = 32
_LONG_AGO = datetime.fromtimestamp(0, UTC)
"""Who was let in at the provider's at an unknown time has proved nothing just now."""
_INVITATION = "/console/invitation/"


async def leave(request: Request) -> Response:
    """To the provider; what its answer must bring back goes with the browser."""
    house = house_of(request)
    question = Question(
        state=secrets.token_urlsafe(_RANDOM_BYTES),
        nonce=secrets.token_urlsafe(_RANDOM_BYTES),
        verifier=secrets.token_urlsafe(_RANDOM_BYTES),
        anew="anew" in request.query_params,
    )
    target = own_path(request.query_params.get("next", ""))
    address = await _client(request).address(question)
    headers = page_headers(https=is_https(request))
    response = RedirectResponse(address, 303, headers=headers)
    until = int((house.clock.now() + _LASTS).timestamp())
    said = json.dumps(
        [question.state, question.nonce, question.verifier, question.anew, target, until]
    )
    text = urlsafe_b64encode(said.encode()).decode()
    keep_errand(request, response, f"{text}.{house.reception.marks.mark(_PURPOSE, text)}")
    return response


async def come_back(request: Request) -> Response:
    """From the provider: in, if it is somebody who is here or was invited."""
    question, target = _errand(request)
    given = request.query_params
    if not secrets.compare_digest(given.get("state", "").encode(), question.state.encode()):
        raise _lost()
    if "code" not in given:
        raise NotAllowedError("The identity provider let nobody in.", next_step="Sign in again.")
    claim = await _client(request).answer(question, given["code"])
    person_id = await _person(request, claim, target)
    response = await admit(request, person_id, target, proved_at=claim.proved_at or _LONG_AGO)
    forget_errand(request, response)
    return response


async def _person(request: Request, claim: Claim, target: str) -> UUID:
    house = house_of(request)
    identities, visitor = house.reception.identities, visitor_of(request)
    known = await identities.known(claim)
    if known is None and visitor is not None and _same(claim, visitor.email):
        await identities.tie(claim, visitor.person_id)  # they have shown their password already
        return visitor.person_id
    open_sign_up = house.settings.open_sign_up
    person_id = known or await identities.recognise(claim, own_addresses=open_sign_up)
    return person_id or await _invited(request, claim, target)


async def _invited(request: Request, claim: Claim, target: str) -> UUID:
    """Somebody new, on the way to an invitation that names their verified address."""
    reception = house_of(request).reception
    token = target.removeprefix(_INVITATION) if target.startswith(_INVITATION) else ""
    try:
        offer = await reception.invitations.offer(token)
    except NotFoundError:
        offer = None
    if offer is None or not _same(claim, offer.email):
        raise NotAllowedError(
            "Nobody here is known by that identity.",
            next_step="Ask an owner or admin to invite you at the address that you use there.",
        )
    name = claim.name or claim.email.partition("@")[0]
    person_id = await reception.invitations.accept_as_new(token, name, None)
    await reception.identities.tie(claim, person_id)
    return person_id


def _same(claim: Claim, email: str) -> bool:
    return claim.email_verified and claim.email == email


def _errand(request: Request) -> tuple[Question, str]:
    house = house_of(request)
    text, _, mark = errand(request).rpartition(".")
    if not house.reception.marks.fits(mark, _PURPOSE, text):
        raise _lost()
    state, nonce, verifier, anew, target, until = json.loads(urlsafe_b64decode(text))
    if until <= house.clock.now().timestamp():
        raise _lost()
    return Question(state, nonce, verifier, anew), target


def _client(request: Request) -> OidcClient:
    house = house_of(request)
    redirect = f"{house.base_url}/console/oidc/callback"
    return OidcClient(house.settings, redirect, house.clock)


def _lost() -> NotAllowedError:
    return NotAllowedError(
        "This sign-in was begun elsewhere, or too long ago.", next_step="Sign in again."
    )
