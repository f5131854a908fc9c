"""Addresses of stored documents: signed, and good for a while.

Object storage is not one of the APIs: it knows no token and no quota, and its
refusals are XML.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from stockroom.simulator.wire.times import zulu_time

_STAMP = "%Y%m%dT%H%M%SZ"


class Addresses:
    """Hands out addresses under one path, and tells good ones from bad ones.

    Args:
        path: Where the documents lie, e.g. ``/documents``.
        lifetime: How long an address works.
    """

    def __init__(self, path: str, lifetime: timedelta) -> None:
        self._path = path
        self._lifetime = lifetime
        self._key = secrets.token_bytes(32)

    def of(self, request: Request, document_id: str, now: datetime, **more: str) -> str:
        """An address that works from ``now`` on; ``more`` is signed with it."""
        # Not from the Host header: client libraries are known to cut it short.
        host, port = request.scope["server"]
        name = f"[{host}]" if ":" in host else host
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": now.astimezone(UTC).strftime(_STAMP),
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Expires": str(int(self._lifetime.total_seconds())),
            **more,
        }
        address = f"{request.url.scheme}://{name}:{port}{self._path}/{quote(document_id)}"
        signature = self._signature(document_id, query)
        return f"{address}?{urlencode(query)}&X-Amz-Signature={signature}"

    def refusal(self, request: Request, document_id: str, now: datetime) -> Response | None:
        """Why an address does not work (any more); None when it does."""
        signed = dict(request.query_params)
        given = signed.pop("X-Amz-Signature", "")
        if not hmac.compare_digest(given.encode(), self._signature(document_id, signed).encode()):
            message = (
                "The request signature we calculated does not match the signature you provided."
            )
            return refused(403, "SignatureDoesNotMatch", message)
        asked = datetime.strptime(signed["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
        if asked + self._lifetime > now:
            return None
        details = {
            "X-Amz-Expires": signed["X-Amz-Expires"],
            "Expires": zulu_time(asked + self._lifetime),
            "ServerTime": zulu_time(now),
        }
        return refused(403, "AccessDenied", "Request has expired", details)

    def _signature(self, document_id: str, signed: dict[str, str]) -> str:
        text = f"{document_id}?{urlencode(signed)}"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def missing() -> Response:
    """Nothing lies there."""
    return refused(404, "NoSuchKey", "The specified key does not exist.")


def refused(
    status: int, code: str, message: str, details: dict[str, str] | None = None
) -> Response:
    """An error as object storage words it: XML, not the API's JSON."""
    parts = {"Code": code, "Message": message, **(details or {})}
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in parts.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    return Response(body, status_code=status, media_type="application/xml")
