"""Asking an identity provider who somebody is: OpenID Connect, as the client.

The authorization code flow with PKCE, state and nonce. What comes back is believed only
when the provider signed it, for us, for this very question, just now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from stockroom.core.clock import Clock
from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError, NotAllowedError
from stockroom.core.log import logger
from stockroom.core.text import plain
from stockroom.tenancy.identities import Claim

_SCOPE = "openid email profile"
_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Never ``none``, and never a shared secret: only the provider can sign."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_WITHIN_S = 10.0
_LEEWAY_S = 60
_LONGEST_SUBJECT = 255

_log = logger("server.oidc")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked once, and what its answer must bring back.

    Args:
        state: Ties the answer to this browser.
        nonce: Ties the signed claim to this question.
        verifier: Proves that whoever redeems the code has asked for it (PKCE).
        anew: The provider was to ask the person again, however lately it did.
    """

    state: str
    nonce: str
    verifier: str
    anew: bool


class OidcClient:
    """Talks to the provider that the settings name.

    Args:
        settings: The provider's address, and who we are there.
        redirect: Where it sends people back to.
        clock: Decides what is still valid.
    """

    def __init__(self, settings: Settings, redirect: str, clock: Clock) -> None:
        self._issuer = (settings.oidc_issuer or "").rstrip("/")
        self._settings = settings
        self._redirect = redirect
        self._clock = clock

    async def address(self, question: Question) -> str:
        """Where to send the person.

        Raises:
            ConfigurationError: The provider does not answer, or not as one.
        """
        more = {"prompt": "login", "max_age": 0} if question.anew else {}
        async with self._client() as client:
            found = await self._discovered(client)
            url, _ = client.create_authorization_url(
                found["authorization_endpoint"],
                state=question.state,
                nonce=question.nonce,
                code_verifier=question.verifier,
                **more,
            )
        return str(url)

    async def answer(self, question: Question, code: str) -> Claim:
        """Redeem a code for what the provider says of the person.

        Raises:
            NotAllowedError: The code or the claim is not good.
            ConfigurationError: The provider does not answer, or not as one.
        """
        async with self._client() as client:
            found = await self._discovered(client)
            try:
                token = await client.fetch_token(
                    found["token_endpoint"], code=code, code_verifier=question.verifier
                )
                keys = await _json(client, found["jwks_uri"])
                claims = self._verified(token["id_token"], keys, found["issuer"], question.nonce)
                if "email" not in claims and "userinfo_endpoint" in found:
                    told = await _json(client, found["userinfo_endpoint"], signed=True)
                    claims = {**told, **claims} if told.get("sub") == claims["sub"] else claims
            except (OAuthError, JoseError, ValueError, TypeError, KeyError) as error:
                _log.warning("an identity was not believed", why=type(error).__name__)
                raise NotAllowedError(
                    "The identity provider's answer is not good.", next_step="Sign in again."
                ) from None
            except httpx2.HTTPError as error:
                raise _away(type(error).__name__) from None
        return self._claim(claims, question)

    def _verified(self, text: str, keys: Any, issuer: str, nonce: str) -> dict[str, Any]:
        signed_by = KeySet.import_key_set(keys)
        claims = jwt.decode(text, signed_by, algorithms=_SIGNED_BY).claims
        now = int(self._clock.now().timestamp())
        client_id = self._settings.oidc_client_id
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else client_id) != client_id:
            raise ValueError("azp")
        return dict(claims)

    def _claim(self, claims: dict[str, Any], question: Question) -> Claim:
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise NotAllowedError("The identity provider names nobody.")
        signed_in = claims.get("auth_time")
        proved = None
        if isinstance(signed_in, int):
            proved = min(datetime.fromtimestamp(signed_in, UTC), self._clock.now())
        elif question.anew:  # it was told to ask again, and some never say when they did
            proved = self._clock.now()
        return Claim(
            issuer=claims["iss"],
            subject=subject,
            email=str(claims.get("email") or "").strip().lower(),
            email_verified=claims.get("email_verified") is True,
            name=plain(str(claims.get("name") or "")),
            proved_at=proved,
        )

    async def _discovered(self, client: AsyncOAuth2Client) -> dict[str, Any]:
        try:
            found = await _json(client, f"{self._issuer}/.well-known/openid-configuration")
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError) as error:
            raise _away(type(error).__name__) from None
        same = str(found.get("issuer", "")).rstrip("/") == self._issuer
        if not same or not all(isinstance(found.get(name), str) for name in _ENDPOINTS):
            raise _away("no provider of that name")
        return found

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret.get_secret_value(),
            redirect_uri=self._redirect,
            scope=_SCOPE,
            code_challenge_method="S256",
            timeout=_WITHIN_S,
        )


async def _json(client: AsyncOAuth2Client, url: str, *, signed: bool = False) -> dict[str, Any]:
    """A JSON object of the provider's.

    Args:
        client: Who asks.
        url: Where.
        signed: With the access token.
    """
    answer = await client.request("GET", url, withhold_token=not signed)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise TypeError(url)
    return found


def _away(why: str) -> ConfigurationError:
    _log.error("the identity provider does not answer", why=why)
    return ConfigurationError(
        "The identity provider does not answer as it should.",
        field="STOCKROOM_OIDC_ISSUER",
        next_step="Try again, or sign in with a password.",
    )
