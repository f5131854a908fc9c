"""A socket, and an application served on it until the process is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from stockroom.core.errors import ConfigurationError
from stockroom.entrypoints.runtime import Stop

_GRACE_S = 10
_BACKLOG = 2048


@contextlib.contextmanager
def listening(
    host: str, port: int, *, setting: str = "STOCKROOM_PORT", option: str = "--port"
) -> Iterator[socket.socket]:
    """A bound socket; taken before anything else is started, so that a clash costs nothing.

    Args:
        host: Name or address.
        port: 0 picks a free one.
        setting: What chooses it, for the error.
        option: The same on a command line.

    Raises:
        ConfigurationError: The address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server((address[0], port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"Port {port} on {host} cannot be used: {_why(error)}.",
            field=setting,
            next_step=f"Choose another with {option}, or stop the program that holds it.",
        ) from None
    with listener:
        yield listener


async def serve_until(stop: Stop, app: Starlette, listener: socket.socket) -> None:
    """Serve an application on a socket until asked to stop, then let running requests end."""
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # else the loopback's word on where a request came from counts
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "it is in use"
    if error.errno == errno.EACCES:
        return "this user may not open it"
    return error.strerror or "the address is unknown"


class _Server(uvicorn.Server):
    """Leaves signals to :class:`Stop`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
