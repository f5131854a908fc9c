"""The addresses of the authorization server, for the main listener alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mcp.server.auth.middleware.client_auth import AuthenticationError, ClientAuthenticator
from mcp.server.auth.routes import cors_middleware, create_auth_routes
from mcp.server.auth.settings import ClientRegistrationOptions
from pydantic import AnyHttpUrl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockroom.entrypoints.house import House
from stockroom.entrypoints.oauth.addresses import Addresses
from stockroom.entrypoints.oauth.connected import connected_page, disconnect
from stockroom.entrypoints.oauth.consent import consent, consent_page
from stockroom.entrypoints.oauth.metadata import metadata_routes
from stockroom.entrypoints.oauth.provider import Provider
from stockroom.entrypoints.oauth.strict import Asking, Exchanging, Refused, Registering
from stockroom.entrypoints.web.page import signed_in
from stockroom.entrypoints.web.proof import proven
from stockroom.tenancy.oauth.authority import Authority

_CLIENTS = "/console/o/{organisation_id:uuid}/clients"
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def oauth_routes(house: House) -> list[Route]:
    """Everything a client needs to get and give back tokens; nothing where they would be read on the way."""
    addresses, authority = Addresses(house.base_url), house.authority
    if not addresses.offered:
        return []
    provider = Provider(authority, addresses)
    inner = {
        route.path: route.app
        for route in create_auth_routes(
            provider,
            AnyHttpUrl(addresses.base),
            client_registration_options=ClientRegistrationOptions(enabled=True),
        )
    }
    asking = Asking(inner["/authorize"], authority, addresses)
    registering = Registering(inner["/register"], authority)
    revoking = cors_middleware(_revocation(provider, authority), ["POST", "OPTIONS"])
    post = ["POST", "OPTIONS"]
    return [
        *metadata_routes(addresses),
        Route("/authorize", asking, methods=["GET"]),
        Route("/register", registering, methods=post),
        Route("/token", Exchanging(inner["/token"], addresses), methods=post),
        Route("/revoke", Exchanging(revoking, addresses), methods=post),
        Route("/console/authorise/{request_id}", proven(consent_page)),
        Route("/console/authorise/{request_id}", proven(consent), methods=["POST"]),
        Route(_CLIENTS, signed_in(connected_page)),
        Route(f"{_CLIENTS}/{{grant_id:uuid}}/disconnect", signed_in(disconnect), methods=["POST"]),
    ]


def _revocation(
    provider: Provider, authority: Authority
) -> Callable[[Request], Awaitable[Response]]:
    """RFC 7009; whatever the token was, the answer is the same."""
    authenticator = ClientAuthenticator(provider)

    async def revoke(request: Request) -> Response:
        try:
            client = await authenticator.authenticate_request(request)
        except AuthenticationError as error:
            return Refused("invalid_client", error.message, 401).response()
        text = (await request.form()).get("token")
        if not isinstance(text, str) or not text:
            return Refused("invalid_request", "token is required").response()
        await authority.tokens.revoke(text, client.client_id)
        return Response(headers=_NOT_KEPT)

    return revoke
