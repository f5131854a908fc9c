"""The body of a request, read before the one who answers it, and given again to them."""

from __future__ import annotations

from starlette.types import Message, Receive

LARGEST = 256 * 1024
"""Bytes of a request worth looking into; the SDK refuses larger ones."""


async def read_body(receive: Receive) -> list[Message]:
    """What came, as far as it is worth looking into."""
    read: list[Message] = []
    size = 0
    while size <= LARGEST:
        message = await receive()
        read.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return read


def bytes_of(read: list[Message]) -> bytes:
    """The body, or its beginning."""
    return b"".join(message.get("body", b"") for message in read)


def again(read: list[Message], receive: Receive) -> Receive:
    """What was read, then whatever follows."""
    waiting = iter(read)

    async def receive_again() -> Message:
        message = next(waiting, None)
        return message if message is not None else await receive()

    return receive_again
