"""An answer that is not success, sorted into our errors by what to do about it.

Amazon's bodies are hostile: JSON with ``errors`` as a list or an object, with
only ``message``, empty, or a gateway's HTML page. Only a JSON object counts as
Amazon's own word; every other body means that nobody knows what happened.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple

from stockroom.amazon.exchange import NOT_SENT, Answer
from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    AmazonUnavailableError,
    AuthorizationLostError,
    RoleMissingError,
    ThrottledError,
)
from stockroom.core.log import redact_text

TOKEN_EXPIRED = "TokenExpired"  # noqa: S105 - an error code, not a secret
"""Our code for Amazon's 403 of an access token past its hour."""

REAUTHORISE = "Have the seller authorise the application again, then connect the account anew."

CODES = frozenset(
    {
        *(TOKEN_EXPIRED, NOT_SENT, "QuotaExceeded", "InvalidInput", "InvalidRequest", "BadRequest"),
        *("NotFound", "ResourceNotFound", "Unauthorized", "AccessDenied", "Conflict"),
        *("InternalFailure", "InternalError", "ServiceUnavailable", "RequestTooLarge"),
    }
)
"""Codes of Amazon's, and ours, that say nothing about anybody."""

_LONGEST_WAIT_S = 3600.0
_SAID_NO = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)


@dataclass(frozen=True, slots=True)
class _Said:
    code: str = ""
    message: str = ""
    details: str = ""


class Fault(NamedTuple):
    """What an answer means: the kind of error, Amazon's code for it, our two sentences, its words."""

    kind: type[AmazonError]
    code: str
    summary: str
    next_step: str
    amazon_says: tuple[str, ...] = ()

    def of(self, answer: Answer) -> AmazonError:
        """The error, with what the answer's headers say about it."""
        retry_after = answer.headers.get("retry-after")
        return self.kind(
            self.summary,
            status=answer.status,
            code=self.code,
            request_id=answer.request_id,
            next_step=self.next_step,
            amazon_says=self.amazon_says,
            retry_after_s=positive_number(retry_after, _LONGEST_WAIT_S),
        )


def failure(operation: str, answer: Answer) -> AmazonError:
    """The error that an answer other than success stands for.

    Args:
        operation: Amazon's operation id, named in the text.
        answer: Its status is not 2xx.
    """
    body = answer.json_object()
    said = _said(body) if body is not None else None
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        summary = f"Amazon is limiting {operation}."
        return Fault(ThrottledError, "QuotaExceeded", summary, "Try again in a minute.").of(answer)
    if said is None or answer.status not in _SAID_NO:
        return no_use(operation, answer)
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _denied(operation, said).of(answer)
    return _refused(operation, said, answer.status).of(answer)


def no_use(operation: str, answer: Answer) -> AmazonError:
    """The error of an answer that says nothing about what Amazon did."""
    summary = f"Amazon gave no usable answer to {operation} (HTTP {answer.status})."
    return Fault(AmazonUnavailableError, "", summary, "Try again later.").of(answer)


def unsaid(error: AmazonError) -> None:
    """Take Amazon's own words off an error about somebody: they may name them, in any spelling."""
    error.code = error.code if error.code in CODES else ""
    error.amazon_says = (
        (error.code,) if isinstance(error, AmazonRefusedError) and error.code else ()
    )
    if isinstance(error, AmazonRefusedError):
        error.next_step = (
            "Check the address, the SKUs, the units and the speed; what Amazon says about it may "
            "name the recipient and is not passed on."
        )


def _refused(operation: str, said: _Said, status: int) -> Fault:
    words = " ".join(filter(None, (f"{said.code}:" if said.code else "", said.message)))
    return Fault(
        AmazonRefusedError,
        said.code,
        f"Amazon refused {operation} (HTTP {status}).",
        "Read amazon_says and correct what it names; the same request will be refused again.",
        (words,) if words else (),
    )


def _denied(operation: str, said: _Said) -> Fault:
    details = said.details.lower()
    if "expired" in details:
        summary = f"The access token expired before Amazon looked at {operation}; nothing was done."
        return Fault(AmazonUnavailableError, TOKEN_EXPIRED, summary, "Try again.")
    if "token" in details:
        summary = f"Amazon does not accept the seller's access token for {operation}."
        return Fault(AuthorizationLostError, said.code, summary, REAUTHORISE)
    summary = f"Amazon denies {operation}: the application lacks a role, or the region is wrong."
    step = "Check the application's roles and the account's region in Seller Central."
    return Fault(RoleMissingError, said.code, summary, step)


def _said(body: Mapping[str, Any]) -> _Said:
    errors = body.get("errors")
    candidates = errors if isinstance(errors, list) else [errors, body]
    for candidate in candidates:
        if isinstance(candidate, Mapping):
            words = (plain(candidate.get(name)) for name in ("code", "message", "details"))
            return _Said(*words)
    return _Said()


def plain(value: Any, longest: int = 300) -> str:
    """Amazon's text made fit for a line of ours: printable, short, without credentials."""
    if not isinstance(value, str):
        return ""
    text = "".join(sign if sign.isprintable() else " " for sign in value[: 4 * longest])
    return " ".join(redact_text(text).split())[:longest]


def positive_number(text: str | None, most: float) -> float | None:
    """A header's number when it is one in (0, ``most``], else None."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 < number <= most else None
