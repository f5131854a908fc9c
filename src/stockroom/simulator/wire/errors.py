"""Amazon's error bodies, and which of our errors becomes which.

Handlers raise the house's errors; the wire turns them into what Amazon sends.
``summary`` becomes Amazon's ``message`` and ``next_step`` its ``details``.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stockroom.core.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StockroomError,
    ThrottledError,
)

DENIED = "Access to requested resource is denied."
EXPIRED_TOKEN = "The access token you provided has expired."  # noqa: S105 - Amazon's sentence
BAD_TOKEN = "The access token you provided is revoked, malformed or invalid."  # noqa: S105 - same
OVER_QUOTA = "You exceeded your quota for the requested resource."

# Facts 2.2: an expired token is 403, not 401.
_WIRE: dict[type[StockroomError], tuple[int, str]] = {
    InvalidInputError: (400, "InvalidInput"),
    NotAllowedError: (403, "Unauthorized"),
    NotFoundError: (404, "NotFound"),
    ThrottledError: (429, "QuotaExceeded"),
}


def denied(details: str = "") -> NotAllowedError:
    """A 403. Empty ``details`` is Amazon's answer to a missing token, role or region."""
    return NotAllowedError(DENIED, next_step=details)


def error_response(error: StockroomError) -> Response:
    """What Amazon sends for ``error``."""
    status, code = _WIRE.get(type(error), (500, "InternalFailure"))
    body = {"code": code, "message": error.summary}
    if status != 404:  # recorded 404 bodies carry no details
        body["details"] = error.next_step
    response = JSONResponse({"errors": [body]}, status_code=status)
    if status == 429:
        response.headers["x-amzn-ErrorType"] = "TooManyRequestsException"
    return response


def login_refusal(status: int, error: str, description: str, **more: str) -> Response:
    """A refusal as Login with Amazon words it: not the API's shape."""
    return JSONResponse({"error": error, "error_description": description} | more, status)


def invalid_grant(parameter: str = "refresh_token") -> Response:
    """Facts 3: revoked or expired by the seller; trying again never helps."""
    description = f"The request has an invalid grant parameter : {parameter}"
    return login_refusal(400, "invalid_grant", description)


async def on_error(_: Request, error: Exception) -> Response:
    """Starlette's hook for the house's errors."""
    assert isinstance(error, StockroomError)
    return error_response(error)


async def on_unknown_path(_: Request, error: Exception) -> Response:
    """Starlette's hook for a path or method that Amazon does not have."""
    assert isinstance(error, HTTPException)
    return error_response(NotFoundError("The requested resource does not exist."))
