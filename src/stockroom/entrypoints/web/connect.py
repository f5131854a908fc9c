"""The pages of a connect link: what it is for, the way to Amazon, and back.

Whoever opens one is nobody here: a client of the organisation that sent it. Opening
changes nothing. Its form leads to Amazon's page of consent, and Amazon leads back to
one of the callbacks, in the same browser.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stockroom.amazon.consent import ads_consent, seller_consent
from stockroom.core.errors import (
    AmazonRefusedError,
    ConfigurationError,
    InvalidInputError,
    SecretRefusedError,
    StockroomError,
)
from stockroom.core.log import logger
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.entrypoints.addresses import (
    ADS_CALLBACK,
    SELLER_CALLBACK,
    ads_callback,
    seller_callback,
)
from stockroom.entrypoints.connecting import use_ads_link, use_seller_link
from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.connections import connection_routes
from stockroom.entrypoints.web.cookies import is_https, keep_visit, visit
from stockroom.entrypoints.web.headers import page_headers
from stockroom.entrypoints.web.page import posted, render, shown, status_of
from stockroom.entrypoints.web.surroundings import house_of
from stockroom.tenancy.connect_links import ConnectLink
from stockroom.tenancy.links import Offer

Handler = Callable[[Request], Awaitable[Response]]

_LONGEST = 2000
_AMAZON = "https://*.amazon.com"
"""Amazon sends who is not signed in there to its sign-in first."""

_log = logger("web.connect")


def connect_routes(_: House) -> list[Route]:
    """The pages of connect links, where Amazon's pages answer to, and the console's page of them."""
    return [
        Route(SELLER_CALLBACK, _page(seller_answer)),
        Route(ADS_CALLBACK, _page(ads_answer)),
        Route("/connect/{link}", _page(offer_page)),
        Route("/connect/{link}", _page(go_to_amazon), methods=["POST"]),
        *connection_routes(),
    ]


def _page(handler: Handler) -> Handler:
    """A page for a client, who has no console to go back to; failures included."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except (ConfigurationError, SecretRefusedError) as error:
            _log.error("nobody can connect", reason=error.summary, next_step=error.next_step)
            told = StockroomError(
                "This cannot be done here at the moment.",
                next_step="Tell whoever sent you the link; nothing was connected.",
            )
            return _private(render(request, "connect_failed.html", status=503, error=told))
        except StockroomError as error:
            # A code that Amazon does not take came with the browser.
            status = 400 if isinstance(error, AmazonRefusedError) else status_of(error)
            return _private(render(request, "connect_failed.html", status=status, error=error))

    return shown(answer)


async def offer_page(request: Request) -> Response:
    """What a link is for, in plain words. Changes nothing: programs that preview links come, too."""
    offer = await _offer(request)
    visit(request)  # the browser must be known again when it comes back
    parts = urlsplit(_consent(house_of(request), offer.link, state=""))
    lead = (f"{parts.scheme}://{parts.netloc}", _AMAZON)
    store = MARKETPLACES[offer.link.marketplace].sales_channel
    return render(
        request, "connect.html", form_action=lead, offer=offer, link=offer.link, store=store
    )


async def go_to_amazon(request: Request) -> Response:
    """On to Amazon's page of consent, with a state that only this browser can bring back."""
    await posted(request)
    house, offer = house_of(request), await _offer(request)
    state = await house.links.ask(offer.link, visit(request))
    address = _consent(house, offer.link, state=state)
    response = RedirectResponse(address, 303, headers=page_headers(https=is_https(request)))
    keep_visit(request, response)
    return response


async def seller_answer(request: Request) -> Response:
    """Back from Seller Central."""
    offer = await _answered(request, advertising=False)
    stores = await use_seller_link(
        house_of(request),
        offer.link,
        seller_id=_given(request, "selling_partner_id"),
        code=_given(request, "spapi_oauth_code"),
    )
    return _done(request, offer, stores)


async def ads_answer(request: Request) -> Response:
    """Back from Amazon's page for advertising."""
    offer = await _answered(request, advertising=True)
    places = await use_ads_link(house_of(request), offer.link, code=_given(request, "code"))
    return _done(request, offer, places)


async def _offer(request: Request) -> Offer:
    return await house_of(request).links.offer(request.path_params["link"][:_LONGEST])


async def _answered(request: Request, *, advertising: bool) -> Offer:
    state = request.query_params.get("state", "")[:_LONGEST]
    offer = await house_of(request).links.answered(state, visit(request))
    if offer.link.advertising is not advertising:
        raise InvalidInputError(
            "Amazon answered something else than was asked.", next_step="Open the link again."
        )
    if "error" in request.query_params:
        raise InvalidInputError(
            "You did not agree on Amazon's page, so nothing was connected.",
            next_step="To connect after all, open the link again: it still counts.",
        )
    return offer


def _given(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isprintable() and 0 < len(text) <= _LONGEST):
        raise InvalidInputError(
            "Amazon's answer is incomplete, so nothing was connected.",
            next_step="Open the link again: it still counts.",
        )
    return text


def _consent(house: House, link: ConnectLink, *, state: str) -> str:
    settings = house.settings
    if link.advertising:
        callback = ads_callback(settings)
        return ads_consent(settings, link.region, state=state, redirect_uri=callback)
    place = MARKETPLACES[link.marketplace]
    return seller_consent(settings, place, state=state, redirect_uri=seller_callback(settings))


def _done(request: Request, offer: Offer, marketplaces: tuple[str, ...]) -> Response:
    return _private(
        render(request, "connected.html", offer=offer, link=offer.link, marketplaces=marketplaces)
    )


def _private(response: Response) -> Response:
    """Nothing on such a page is a form, so its address, which may hold a code, goes nowhere at all."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
