"""From the code a consent page answered with to the seller's refresh token.

A code lives five minutes and counts once, so the exchange is sent once: what
became of one without an answer nobody knows, and the seller can simply begin again.
"""

from __future__ import annotations

from http import HTTPStatus

import httpx
from pydantic import SecretStr

from stockroom.amazon.exchange import exchange
from stockroom.amazon.failures import Fault, no_use
from stockroom.amazon.lwa import USABLE, Application, refusal
from stockroom.core.errors import AmazonRefusedError

_WHAT = "the exchange of the authorisation code"
_AGAIN = "Open the link again and authorise once more; a code lives five minutes."


async def redeem(
    http: httpx.AsyncClient, application: Application, code: str, redirect_uri: str
) -> SecretStr:
    """The refresh token of a consent.

    Args:
        http: The shared client.
        application: Ours, at the Login with Amazon that issued the code.
        code: As the browser brought it.
        redirect_uri: The one the consent page was asked with.

    Raises:
        AmazonRefusedError: The code is not (or no longer) good for anything.
        AuthorizationLostError: Our own client id or secret no longer works.
        ConfigurationError: This installation has no client id or secret.
        AmazonUnavailableError: The login service does not answer.
    """
    form = application.signed(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)
    answer = await exchange(http, _WHAT, "POST", application.url, data=form)
    body = answer.json_object()
    if body is not None and body.get("error") == "invalid_grant":
        summary = "Amazon's authorisation code has expired or was used already."
        raise Fault(AmazonRefusedError, "invalid_grant", summary, _AGAIN).of(answer)
    if body is None or answer.status != HTTPStatus.OK:
        raise refusal(answer, body or {}, application)
    token = body.get("refresh_token")
    if not (isinstance(token, str) and USABLE.fullmatch(token)):
        raise no_use(_WHAT, answer)
    return SecretStr(token)
