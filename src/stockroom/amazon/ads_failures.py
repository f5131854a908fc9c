"""An answer of the advertising API that is not success, sorted by what to do about it.

Its bodies are ``{"code": "425", "detail": …}``, sometimes ``details``, or a page
of whatever stands in front of it. Only a JSON object counts as Amazon's word.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from stockroom.amazon.exchange import Answer
from stockroom.amazon.failures import TOKEN_EXPIRED, Fault, no_use, plain
from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    AmazonUnavailableError,
    AuthorizationLostError,
    RoleMissingError,
    ThrottledError,
)

REAUTHORISE_ADS = (
    "Have the seller authorise the advertising application again, then run 'stockroom account ads'."
)

_DUPLICATE = re.compile(r"duplicate of\s*:\s*([0-9A-Za-z-]{8,80})")
_SAID_NO = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)


def ads_failure(operation: str, answer: Answer) -> AmazonError:
    """The error that an answer other than success stands for.

    Args:
        operation: Named in the text.
        answer: Its status is not 2xx.
    """
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        summary = f"Amazon Ads is limiting {operation}."
        return Fault(ThrottledError, "429", summary, "Try again in a minute.").of(answer)
    body = answer.json_object()
    if body is None or answer.status not in _SAID_NO:
        return no_use(operation, answer)
    words = _words(body)
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _denied(operation, words.lower()).of(answer)
    return Fault(
        AmazonRefusedError,
        str(answer.status),
        f"Amazon Ads refused {operation} (HTTP {answer.status}).",
        "Read amazon_says and correct what it names; the same request will be refused again.",
        (words,) if words else (),
    ).of(answer)


def duplicate_of(answer: Answer) -> str | None:
    """The id of the report that a 425 names: it answers the same question."""
    if answer.status != HTTPStatus.TOO_EARLY:
        return None
    found = _DUPLICATE.search(_words(answer.json_object() or {}))
    return found[1] if found else None


def _words(body: dict[str, Any]) -> str:
    said = (plain(body.get(name)) for name in ("detail", "details", "message"))
    return next(filter(None, said), "")


def _denied(operation: str, words: str) -> Fault:
    if "expired" in words:
        summary = f"The access token expired before Amazon looked at {operation}; nothing was done."
        return Fault(AmazonUnavailableError, TOKEN_EXPIRED, summary, "Try again.")
    if "scope" in words or "profile" in words:
        summary = f"Amazon Ads denies {operation}: the grant does not reach this profile."
        step = "Check who may see the advertising account, then run 'stockroom account ads'."
        return Fault(RoleMissingError, "scope", summary, step)
    summary = f"Amazon Ads does not accept the grant for {operation}."
    return Fault(AuthorizationLostError, "unauthorized", summary, REAUTHORISE_ADS)
