"""Our rules behind the SDK's endpoints.

The SDK reads requests and spells answers; who may ask, what is granted and which token
is good is decided in ``tenancy.oauth``. Times are decided there too, on the installation's
clock: the SDK is told that nothing it is given ends.
"""

from __future__ import annotations

import re
from math import inf

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    RegistrationError,
    TokenError,
)
from mcp.shared.auth import InvalidRedirectUriError, OAuthClientInformationFull, OAuthToken
from pydantic import AnyUrl, TypeAdapter

from stockroom.core.errors import InvalidInputError
from stockroom.entrypoints.oauth.addresses import Addresses
from stockroom.tenancy.oauth.authority import Authority
from stockroom.tenancy.oauth.clients import PUBLIC, Client
from stockroom.tenancy.oauth.grants import Question
from stockroom.tenancy.oauth.reach import known_scopes
from stockroom.tenancy.oauth.redirects import chosen
from stockroom.tenancy.oauth.tokens import CODE, REFRESH, Issued, Presented

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_STATE = 4096
_URL = TypeAdapter(AnyUrl)


class ClientInformation(OAuthClientInformationFull):
    """A program as the SDK sees it, with our rules for its redirect addresses and scopes."""

    def validate_redirect_uri(self, redirect_uri: AnyUrl | None) -> AnyUrl:
        """The address an answer goes to; loopback ones may have any port."""
        registered = [str(_URL.validate_python(str(uri))) for uri in self.redirect_uris or []]
        if redirect_uri is None and len(registered) == 1:
            return AnyUrl(registered[0])
        if redirect_uri is None or not chosen(registered, str(redirect_uri)):
            raise InvalidRedirectUriError("redirect_uri is not registered for this client")
        return redirect_uri

    def validate_scope(self, requested_scope: str | None) -> list[str]:
        """What is asked for, of what there is: clients ask for what other servers have."""
        return [str(scope) for scope in sorted(known_scopes(requested_scope))]


class CodeInHand(AuthorizationCode):
    """A code that was presented, and what we know of it."""

    presented: Presented


class RefreshTokenInHand(RefreshToken):
    """A refresh token that was presented, and what we know of it."""

    presented: Presented


class Provider(OAuthAuthorizationServerProvider[CodeInHand, RefreshTokenInHand, AccessToken]):
    """What the SDK's endpoints ask.

    Args:
        authority: Decides.
        addresses: Where we are.
    """

    def __init__(self, authority: Authority, addresses: Addresses) -> None:
        self._authority = authority
        self._addresses = addresses

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        """A program that is known."""
        client = await self._authority.clients.known(client_id)
        return None if client is None else _information(client)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        """Take a program in; what it is told of itself is written into ``client_info``."""
        method = client_info.token_endpoint_auth_method or PUBLIC
        uris = [str(uri) for uri in client_info.redirect_uris or []]
        try:
            client = await self._authority.clients.register(
                client_info.client_name or "", uris, method
            )
        except InvalidInputError as error:
            raise RegistrationError("invalid_redirect_uri", str(error)) from None
        client_info.client_id = client.id
        client_info.client_secret = client.secret
        client_info.scope = " ".join(sorted(known_scopes(client_info.scope)))

    async def authorize(
        self, client: OAuthClientInformationFull, params: AuthorizationParams
    ) -> str:
        """Keep the question; the person's browser goes on to the page that asks."""
        if not self._addresses.is_resource(params.resource or self._addresses.resource):
            raise AuthorizeError("invalid_target", "resource is not this server")
        if not _CHALLENGE.fullmatch(params.code_challenge):
            raise AuthorizeError("invalid_request", "code_challenge is not one of S256")
        if len(params.state or "") > _LONGEST_STATE or "\0" in (params.state or ""):
            raise AuthorizeError("invalid_request", "state cannot be kept")
        question = Question(
            client_id=client.client_id,
            redirect_uri=str(params.redirect_uri),
            redirect_named=params.redirect_uri_provided_explicitly,
            state=params.state,
            scopes=known_scopes(" ".join(params.scopes or [])),
            code_challenge=params.code_challenge,
            resource=self._addresses.resource,
        )
        return self._addresses.consent(await self._authority.grants.ask(question))

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> CodeInHand | None:
        """A code that is good for this program."""
        found = await self._authority.tokens.presented(authorization_code, CODE, client.client_id)
        if found is None:
            return None
        return CodeInHand(
            code=authorization_code,
            scopes=list(found.scopes),
            expires_at=inf,
            client_id=found.client_id,
            code_challenge=found.code_challenge,
            redirect_uri=AnyUrl(found.redirect_uri),
            redirect_uri_provided_explicitly=found.redirect_named,
            resource=found.resource,
            presented=found,
        )

    async def exchange_authorization_code(
        self,
        client: OAuthClientInformationFull,  # noqa: ARG002 - the SDK passes it
        authorization_code: CodeInHand,
    ) -> OAuthToken:
        """The first pair of tokens."""
        found = authorization_code.presented
        return _pair(await self._authority.tokens.exchange(found, CODE, found.scopes))

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> RefreshTokenInHand | None:
        """A refresh token that is good for this program."""
        found = await self._authority.tokens.presented(refresh_token, REFRESH, client.client_id)
        if found is None:
            return None
        return RefreshTokenInHand(
            token=refresh_token,
            client_id=found.client_id,
            scopes=list(found.scopes),
            resource=found.resource,
            presented=found,
        )

    async def exchange_refresh_token(
        self,
        client: OAuthClientInformationFull,  # noqa: ARG002 - the SDK passes it
        refresh_token: RefreshTokenInHand,
        scopes: list[str],
    ) -> OAuthToken:
        """The next pair."""
        return _pair(
            await self._authority.tokens.exchange(refresh_token.presented, REFRESH, scopes)
        )

    async def load_access_token(self, token: str) -> AccessToken | None:  # noqa: ARG002 - as above
        """Nothing: tokens are judged at the door, with what their person may do now."""
        return None

    async def revoke_token(self, token: AccessToken | RefreshTokenInHand) -> None:
        """Nothing: our own endpoint revokes, since the SDK's asks public programs for a secret."""


def _information(client: Client) -> ClientInformation:
    return ClientInformation(
        client_id=client.id,
        client_secret=client.secret,
        client_name=client.name,
        redirect_uris=[AnyUrl(uri) for uri in client.redirect_uris],
        token_endpoint_auth_method=client.authentication,
    )


def _pair(issued: Issued | None) -> OAuthToken:
    if issued is None:
        raise TokenError("invalid_grant", "it was used before, or revoked")
    return OAuthToken(
        access_token=issued.access,
        expires_in=issued.expires_in_s,
        scope=" ".join(issued.scopes),
        refresh_token=issued.refresh,
    )
