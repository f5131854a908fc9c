"""An application on loopback inside the tests' event loop: the pretend Amazon, or our server."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count

import uvicorn
from starlette.types import ASGIApp

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that stay on loopback: reading all certificates of the machine takes each of them
longer than most tests."""
_GRACE_S = 5
_A_SECOND = 10
"""Uvicorn counts tenths of seconds."""


class _Server(uvicorn.Server):
    """Leaves the process's signals to the process, and ends when it is told, not a while later.

    Uvicorn looks ten times a second whether it should end and pauses as long while it does:
    hundreds of pretend Amazons that live for one test would wait longer than they work.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    def end(self) -> None:
        """Tell it."""
        self.should_exit = True
        self._told.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def main_loop(self) -> None:
        """Keep the headers' date until told to end."""
        for counter in count(step=_A_SECOND):
            if await self.on_tick(counter):
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, let running requests end, then the application."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                while state.connections or state.tasks:  # noqa: ASYNC110 - their end tells nobody
                    await asyncio.sleep(0.002)
        await self.lifespan.shutdown()


def bound() -> socket.socket:
    """A socket that listens on loopback: what must know its address before it is served."""
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is:
    # without, every answer waits 40 ms for the reader's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve ``app`` until the block ends; yields its address, without a slash at the end."""
    listener = listener or bound()
    config = uvicorn.Config(app, ws="none", log_config=None, access_log=False, proxy_headers=False)
    server = _Server(config)
    # The socket listens already, so callers need not wait: their connections queue.
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        await task
        listener.close()
