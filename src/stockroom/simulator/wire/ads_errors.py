"""Refusals of the advertising API: another shape than the Selling Partner API's.

Facts 4: a 429 carries no Retry-After, whatever the documents promise, and may be
a page instead of JSON; a duplicate is a 425 that names the first report.
"""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, Response

UNAUTHORIZED = "Not authorized to access this resource."
NO_SCOPE = "Not authorized to access scope"
BUSY = "Too Many Requests"

_PAGE = f"<html><head><title>429 {BUSY}</title></head><body><h1>429 {BUSY}</h1></body></html>"


def ads_error(status: int, detail: str) -> Response:
    """A refusal in the API's words; its two spellings are Amazon's."""
    body = {"code": str(status), "detail": detail}
    if status == 401:
        body = {"code": "UNAUTHORIZED", "details": detail}
    elif status == 429:
        body = {"code": "429", "details": detail}
    return JSONResponse(body, status_code=status)


def busy_page() -> Response:
    """A refusal by whatever stands in front of the API."""
    return HTMLResponse(_PAGE, status_code=429)
