"""Serving the pretend Amazon inside a running event loop: for tests and for whoever embeds it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from stockroom.core.errors import ConfigurationError


class _Server(uvicorn.Server):
    """Leaves the process's signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve ``app`` until the block ends; yields its address, without a slash at the end.

    Args:
        app: What :func:`stockroom.simulator.app.create_app` made.
        host: The interface to listen on.
        port: 0 takes any that is free.

    Raises:
        ConfigurationError: The port is in use.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=5
    )
    server = _Server(config)
    # The socket listens already, so callers need not wait: their connections queue.
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is:
    # without, every answer waits 40 ms for the reader's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"The simulator cannot listen on {host}:{port} ({error.strerror}).",
            field="port",
            next_step="Stop what uses the port, or choose another.",
        ) from None
    listener.listen(1024)
    return listener
