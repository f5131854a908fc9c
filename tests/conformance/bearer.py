"""A door in front of a server for programs that cannot send a key: it adds the header, nothing else.

It works on bytes, not on HTTP requests: whatever odd header a caller sends goes through as it is.
"""

from __future__ import annotations

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from urllib.parse import urlsplit

_END = b"\r\n\r\n"


@asynccontextmanager
async def bearer_proxy(url: str, token: str) -> AsyncIterator[str]:
    """The same address behind a loopback port where every request carries that token.

    One request per connection: the answer's end is then the connection's, and needs no parsing.
    """
    target = urlsplit(url)
    serving: set[asyncio.Task[None]] = set()

    async def serve(caller: StreamReader, answer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        # A caller may hang up at any time, also on a connection that it never used.
        with closing(answer), suppress(IncompleteReadError, ConnectionError):
            head = await caller.readuntil(_END)
            server, onward = await asyncio.open_connection(target.hostname, target.port)
            with closing(onward):
                onward.write(_signed(head, token))
                await _until_answered(_pump(caller, onward), _pump(server, answer))
        serving.discard(task)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        yield target._replace(netloc=f"127.0.0.1:{port}").geturl()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
    await asyncio.sleep(0)  # lets what was closed be closed


def _signed(head: bytes, token: str) -> bytes:
    lines = head.removesuffix(_END).split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    added = [b"Connection: close", f"Authorization: Bearer {token}".encode()]
    return b"\r\n".join([*kept, *added]) + _END


async def _until_answered(
    asking: Coroutine[object, object, None], answering: Coroutine[object, object, None]
) -> None:
    task = asyncio.create_task(asking)
    try:
        await answering
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _pump(source: StreamReader, sink: StreamWriter) -> None:
    while piece := await source.read(65536):
        sink.write(piece)
        await sink.drain()
