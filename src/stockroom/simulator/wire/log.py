"""The request log: every call the pretend Amazon received, whoever made it.

Judges count calls and writes here, so it is written by the outermost layer,
before anything can refuse the request. No token, header or body gets in; of a body only
what tells it from every other one.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockroom.core.clock import Clock
from stockroom.core.ids import digest
from stockroom.simulator.wire.journal import Journal
from stockroom.simulator.wire.times import zulu_milliseconds

KEPT = 200_000
ENTRY = "stockroom.entry"
OURS = "/_"
"""Paths of the simulator itself; Amazon has none of them, so they are not logged."""


@dataclass(slots=True)
class Entry:
    """One request. Who and what are filled in as soon as they are known."""

    at: str
    request_id: str
    seller: str = ""
    """Amazon's seller id; empty when nobody was recognised."""
    account: str = ""
    operation: str = "unknown"
    status: int = 0
    sku: str = ""
    """The SKU a listing call was about."""
    body: str = ""
    """SHA-256 of the JSON a write carried, keys sorted and without spaces; empty: it carried none."""
    mood: str = ""
    """What moods did to it, e.g. ``flaky: dropped``; empty: it was answered as it should be."""


async def note_body(request: Request) -> None:
    """Remember which body a write carries, whatever becomes of it."""
    try:
        request.scope[ENTRY].body = digest(json.loads(await request.body()))
    except ValueError:
        return  # no JSON: its handler refuses it, if it wants one


class RequestLog:
    """Entries in memory (the newest 200,000) and in a file.

    Args:
        home: The installation's home; the file is ``simulator/requests.jsonl``.
        clock: The simulator's clock.
    """

    def __init__(self, home: Path, clock: Clock) -> None:
        self._clock = clock
        self._journal = Journal(home / "simulator" / "requests.jsonl")
        self._entries: deque[dict[str, Any]] = deque(self._journal.read(), maxlen=KEPT)

    def open(self) -> Entry:
        """A request has arrived."""
        return Entry(at=zulu_milliseconds(self._clock.now()), request_id=str(uuid4()))

    def close(self, entry: Entry) -> None:
        """Its answer has been given."""
        record = asdict(entry)
        self._entries.append(record)
        self._journal.append(record)

    def select(self, *, operation: str, seller: str, since: str) -> Iterator[dict[str, Any]]:
        """Entries, oldest first; an empty argument does not narrow.

        Args:
            operation: Amazon's operation id.
            seller: A seller id or an account.
            since: The earliest instant, as the entries spell it.
        """
        for entry in list(self._entries):
            if operation not in {"", entry["operation"]}:
                continue
            if seller and seller not in {entry["seller"], entry["account"]}:
                continue
            if entry["at"] >= since:
                yield entry


class LogRequests:
    """ASGI layer around the whole application."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open an entry, stamp the answer with its id, close the entry."""
        if scope["type"] != "http" or scope["path"].startswith(OURS):
            await self._app(scope, receive, send)
            return
        entry = scope[ENTRY] = self._log.open()

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                # Facts 2.2: every answer carries the request id.
                MutableHeaders(scope=message)["x-amzn-RequestId"] = entry.request_id
            await send(message)

        entry.status = 500
        try:
            await self._app(scope, receive, stamped)
        finally:
            self._log.close(entry)
