"""Which calls are answered by a stream: a confirmation whose client wants to hear how it goes.

Everything else is one JSON body: streams cost a third of the throughput. The two are told
apart by words that are looked for, not parsed. A call that merely quotes them gets the same
answer in a stream, one that spells them in another way gets it at once.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Request

from stockroom.core.scope import CONFIRMING
from stockroom.entrypoints.mcp_body import again, bytes_of, read_body
from stockroom.entrypoints.mcp_exchange import STREAMED
from stockroom.entrypoints.mcp_http import PRINCIPAL
from stockroom.tenancy.principal import Principal

_TOOL = b"confirm_change"
_WORDS = (_TOOL, b'"progressToken"')
_STREAM = b"text/event-stream"


class Streams:
    """Sends each request to one of two applications.

    Args:
        plain: Answers by one JSON body.
        streamed: Answers by a stream, when there is something to tell before the end.
    """

    def __init__(self, plain: ASGIApp, streamed: ASGIApp) -> None:
        self._plain = plain
        self._streamed = streamed

    async def __call__(self, scope: Request, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not _might_follow(scope):
            await self._plain(scope, receive, send)
            return
        read = await read_body(receive)
        body, receive = bytes_of(read), again(read, receive)
        if all(word in body for word in _WORDS):
            await self._streamed({**scope, STREAMED: True}, receive, send)
        else:
            await self._plain(scope, receive, send)


def _might_follow(scope: Request) -> bool:
    """Whether a look into the body is worth it: not for keys that only read, nor for other tools."""
    principal: Principal = scope[PRINCIPAL]
    if CONFIRMING.isdisjoint(principal.scopes):
        return False
    headers = dict(scope["headers"])
    return headers.get(b"mcp-name", _TOOL) == _TOOL and _STREAM in headers.get(b"accept", b"")
