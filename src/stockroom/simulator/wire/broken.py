"""Answers that never arrive whole: the connection ends before them, or in their midst."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stockroom.simulator.wire.log import ENTRY


class HungUp(Response):
    """No answer at all: the connection is closed without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        """Close the connection."""
        scope[ENTRY].status = 0
        await _hang_up(receive)


class CutShort(Response):
    """The first half of an answer, under the length of the whole.

    Args:
        whole: The answer that was to be given.
    """

    def __init__(self, whole: Response) -> None:
        super().__init__(whole.body, status_code=whole.status_code)
        self.raw_headers = whole.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the status is in the start
        """Send the half, then close the connection."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _hang_up(receive)


async def _hang_up(receive: Receive) -> None:
    """Close the connection under the server.

    ASGI has no message for it: an application that just returns is answered for with a 500, or
    reported as faulty. uvicorn's ``receive`` is a method of its connection's current cycle, and
    that holds the transport. Without a socket (in memory) there is nothing to close.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("The pretend Amazon closed the connection.")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass  # the server must know that the caller is gone before we return
