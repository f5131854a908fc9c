"""Stepping up: a call outside a token's scopes is answered with what to ask the person for.

A key cannot gain scopes, so it never hears of this. A token's program does, when its
person may grant them: it asks them anew, for all that it has and what it needs now.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockroom.core.errors import NotAllowedError
from stockroom.core.log import logger
from stockroom.entrypoints.answers import error_object
from stockroom.entrypoints.mcp_body import again, bytes_of, read_body
from stockroom.entrypoints.mcp_catalogue import Catalogue, Entry
from stockroom.entrypoints.mcp_http import PRINCIPAL
from stockroom.entrypoints.oauth.challenges import Challenges
from stockroom.tenancy.principal import Principal

_log = logger("server.door")


class StepUp:
    """Between the door and the SDK.

    Args:
        inner: The SDK's application.
        catalogue: What each tool needs.
        challenges: Spells the answer.
    """

    def __init__(self, inner: ASGIApp, catalogue: Catalogue, challenges: Challenges) -> None:
        self._inner = inner
        self._catalogue = catalogue
        self._challenges = challenges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        principal: Principal = scope[PRINCIPAL]
        if principal.attainable:
            read = await read_body(receive)
            entry = self._asked(read)
            if entry is not None and not entry.visible_to(principal):
                wanted = sorted(entry.worth_asking & principal.attainable)
                if wanted:
                    await self._challenge(entry, principal, wanted[0])(scope, receive, send)
                    return
            receive = again(read, receive)
        await self._inner(scope, receive, send)

    def _asked(self, read: list[Message]) -> Entry | None:
        try:
            said: Any = json.loads(bytes_of(read))
        except (ValueError, RecursionError):
            return None  # for the SDK to refuse
        params = said.get("params") if isinstance(said, dict) else None
        if not isinstance(params, dict) or said.get("method") != "tools/call":
            return None
        name = params.get("name")
        return self._catalogue.find(name) if isinstance(name, str) else None

    def _challenge(self, entry: Entry, principal: Principal, wanted: str) -> JSONResponse:
        _log.info("stepping up", tool=entry.name, key_id=str(principal.key_id), scope=wanted)
        error = NotAllowedError(
            f"{entry.name} needs {wanted}, which was not granted.",
            next_step="Authorise again and grant it.",
        )
        header = self._challenges.insufficient({*principal.scopes, wanted})
        return JSONResponse(error_object(error), 403, {"WWW-Authenticate": header})
