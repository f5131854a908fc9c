"""The pages on which sellers authorise an application: Seller Central's, and Login with Amazon's for Ads.

Facts 3: the website flow begins at a Seller Central host's ``/apps/authorize/consent``
and ends with ``spapi_oauth_code``, ``selling_partner_id`` and ``state`` at the
application's redirect URI. Facts 4: advertising is another authorisation, of
Login with Amazon (``/ap/oa``), and ends with ``code`` and ``state``. Amazon sends
nobody to an address that was not registered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stockroom.core.marketplaces import Region
from stockroom.simulator.credentials import APPLICATION_ID, CLIENT_ID
from stockroom.simulator.registration import Registration
from stockroom.simulator.wire.auth import MOST_FORM_BYTES
from stockroom.simulator.wire.codes import Codes
from stockroom.simulator.wire.consent_page import asking, page, refusing, withdrawing
from stockroom.simulator.wire.grants import Grant, Grants
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.world import Seller

ADS_SCOPE = "advertising::campaign_management"


class Refused(Exception):  # noqa: N818 - what the person reads, not a fault
    """The link cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A consent link that may be served."""

    ads: bool
    state: str
    redirect_uri: str


class Consent:
    """Serves both kinds of pages, and the one on which a seller takes it back.

    Args:
        registration: Where people may be sent.
        grants: What consents become, once their code is exchanged.
        codes: What the browser carries meanwhile.
        sellers: As whom one may sign in, by slug.
    """

    def __init__(
        self,
        registration: Registration,
        grants: Grants,
        codes: Codes,
        sellers: Mapping[str, Seller],
    ) -> None:
        self._registration = registration
        self._grants = grants
        self._codes = codes
        self._sellers = tuple(sellers.values())

    @property
    def routes(self) -> list[Route]:
        """Seller Central of each region, and Login with Amazon's page."""
        centrals = [
            route
            for region in Region
            for route in (
                self._route(
                    f"{_central(region)}/apps/authorize/consent", self._seller_central(region)
                ),
                self._route(f"{_central(region)}/apps/manage", self._manage(region)),
            )
        ]
        return [*centrals, self._route("/ap/oa", self._login_with_amazon)]

    def _route(self, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
        return Route(path, endpoint, methods=["GET", "POST"])

    def _seller_central(self, region: Region) -> Callable[[Request], Awaitable[Response]]:
        sellers = tuple(one for one in self._sellers if one.region == region)

        async def endpoint(request: Request) -> Response:
            request.scope[ENTRY].operation = "spapiConsent"
            return await self._asked(request, sellers, self._asked_of_central)

        return endpoint

    async def _login_with_amazon(self, request: Request) -> Response:
        request.scope[ENTRY].operation = "adsConsent"
        return await self._asked(request, self._sellers, self._asked_of_login)

    async def _asked(
        self,
        request: Request,
        sellers: tuple[Seller, ...],
        read: Callable[[Mapping[str, str]], Asked],
    ) -> Response:
        try:
            asked = read(request.query_params)
        except Refused as refused:
            return refusing(str(refused))
        if request.method == "GET":
            what = "its advertising" if asked.ads else "its data and its listings"
            words = f"The application asks this seller for access to {what}."
            return asking(words, sellers)
        form = await _form(request)
        seller = _signed_in(form, sellers)
        if seller is None:
            return refusing("There is no such seller here.")
        request.scope[ENTRY].seller, request.scope[ENTRY].account = seller.seller_id, seller.slug
        return self._sent_back(asked, seller, approved=form.get("decision") == "approve")

    def _sent_back(self, asked: Asked, seller: Seller, *, approved: bool) -> Response:
        if not approved:
            # Login with Amazon's answer to a refusal; of Seller Central's the facts say nothing.
            answer = {"error": "access_denied", "error_description": "Access not permitted."}
        elif asked.ads:
            answer = {"code": self._codes.issue(Grant(seller, ads=True), asked.redirect_uri)}
            answer["scope"] = ADS_SCOPE
        else:
            code = self._codes.issue(Grant(seller, ads=False), asked.redirect_uri)
            answer = {"selling_partner_id": seller.seller_id, "spapi_oauth_code": code}
        query = urlencode({"state": asked.state, **answer})
        joint = "&" if "?" in asked.redirect_uri else "?"
        return RedirectResponse(f"{asked.redirect_uri}{joint}{query}", 302)

    def _asked_of_central(self, query: Mapping[str, str]) -> Asked:
        if query.get("application_id") != APPLICATION_ID:
            raise Refused("There is no such application.")
        if self._registration.draft and query.get("version") != "beta":
            # Facts 3: version=beta while the application is a draft.
            raise Refused("The application is a draft: its links need version=beta.")
        registered = self._registration.redirect_uris
        wanted = query.get("redirect_uri", registered[0] if registered else "")
        if wanted not in registered:
            raise Refused("The redirect URI is none of those the application registered.")
        return Asked(ads=False, state=query.get("state", ""), redirect_uri=wanted)

    def _asked_of_login(self, query: Mapping[str, str]) -> Asked:
        if query.get("client_id") != CLIENT_ID:
            raise Refused("There is no such client.")
        wanted = query.get("redirect_uri", "")
        if wanted not in self._registration.return_urls:
            raise Refused("The redirect URI is none of the client's allowed return URLs.")
        if query.get("response_type") != "code" or query.get("scope") != ADS_SCOPE:
            raise Refused("The response type or the scope cannot be used.")
        return Asked(ads=True, state=query.get("state", ""), redirect_uri=wanted)

    def _manage(self, region: Region) -> Callable[[Request], Awaitable[Response]]:
        sellers = tuple(one for one in self._sellers if one.region == region)

        async def endpoint(request: Request) -> Response:
            request.scope[ENTRY].operation = "manageApps"
            if request.method == "GET":
                return withdrawing(sellers)
            form = await _form(request)
            seller = _signed_in(form, sellers)
            if seller is None:
                return refusing("There is no such seller here.")
            self._grants.withdraw(Grant(seller, ads=bool(form.get("ads"))))
            return page("Manage your apps", "<p>The authorisation is disabled.</p>")

        return endpoint


def _central(region: Region) -> str:
    """The path that stands for the host of a region's Seller Central."""
    return f"/seller-central/{region.lower()}"


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    return dict(
        parse_qsl(body[:MOST_FORM_BYTES].decode("utf-8", "replace"), keep_blank_values=True)
    )


def _signed_in(form: Mapping[str, str], sellers: tuple[Seller, ...]) -> Seller | None:
    return next((one for one in sellers if one.seller_id == form.get("seller")), None)
