"""How one seller's operations are called through python-amazon-sp-api's async clients.

The library contributes what Amazon's models say: paths, methods, encodings.
Each call gets a client of its own, because a client keeps state between await
points; it is made without its constructor, which would read the environment
(one variable redirects every call to another region), want credentials, and
open two HTTP clients of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from stockroom.amazon.ports import AmazonAnswer
from stockroom.amazon.rates import Operation
from stockroom.amazon.repeat import Repeat
from stockroom.amazon.transport import Call, Transport
from stockroom.core.errors import InvalidInputError

NO_MARKETPLACE = ()  # named but empty: else the library adds four parameters of its own


class Asking:
    """Calls operations for one seller.

    Args:
        transport: The seller's HTTP policy.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def _ask(
        self,
        operation: Operation,
        kind: type[Any],
        build: Callable[[Any], Awaitable[object]],
        *,
        repeat: Repeat = Repeat.FREELY,
    ) -> AmazonAnswer:
        call = Call(self._transport, operation, repeat)
        await build(_client(kind, call))
        assert call.answer is not None, f"the library sent nothing for {operation.name}"
        return call.answer


def _client(kind: type[Any], call: Call) -> Any:
    """A library client with what a request needs and nothing else."""
    client = object.__new__(kind)
    client.endpoint = call.transport.endpoint
    client.marketplace_id = ""
    client.version = None
    client.restricted_data_token = "-"  # noqa: S105 - so that it asks for none: the transport signs
    client._transport = call
    return client


def bare(api: Any) -> Any:
    """The client without its habit of writing marketplaces into a body that has no place for them."""
    api._request = partial(api._request, add_marketplace=False)  # noqa: SLF001 - no public way
    return api


def segment(text: str, field: str) -> str:
    """An id or SKU fit for a place in a path.

    The library encodes it, but no encoding keeps a lone dot from meaning another path.
    """
    if not text.strip() or text in {".", ".."}:
        raise InvalidInputError(
            f"'{text}' cannot be a {field}.", field=field, next_step="Check its spelling."
        )
    return text


def iso(moment: datetime) -> str:
    """An instant as Amazon takes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
