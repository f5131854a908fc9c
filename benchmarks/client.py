"""A load client that does not hide the server: one keep-alive connection of raw bytes.

Full HTTP clients cost more per request than the server under test.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PROTOCOL = "2025-11-25"


@dataclass(frozen=True, slots=True)
class Target:
    """A tool behind an MCP address."""

    url: str
    tool: str
    arguments: dict[str, Any]
    key: str = ""


class Connection:
    """One keep-alive HTTP/1.1 connection that calls one tool again and again."""

    def __init__(self, target: Target) -> None:
        parts = urlsplit(target.url)
        self._url = target.url
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._path = parts.path or "/mcp"
        self._request = self._encode(target)

    def _encode(self, target: Target) -> bytes:
        body = json.dumps(
            {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": target.tool, "arguments": target.arguments},
            }
        ).encode()
        head = [
            f"POST {self._path} HTTP/1.1",
            f"Host: {self._address[0]}:{self._address[1]}",
            "Accept: application/json, text/event-stream",
            "Content-Type: application/json",
            f"MCP-Protocol-Version: {PROTOCOL}",
            f"Content-Length: {len(body)}",
        ]
        if target.key:
            head.append(f"Authorization: Bearer {target.key}")
        return ("\r\n".join(head) + "\r\n\r\n").encode() + body

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(*self._address)

    async def close(self) -> None:
        """Disconnect."""
        self._writer.close()
        await self._writer.wait_closed()

    async def call(self, other: Target | None = None) -> bytes:
        """One call, of another tool of the same server if one is given; the body of the answer.

        Raises:
            RuntimeError: The server answered something other than 200.
        """
        self._writer.write(self._request if other is None else self._encode(other))
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        body = await self._reader.readexactly(int(headers["content-length"]))
        if " 200 " not in lines[0]:
            raise RuntimeError(f"{self._url}: {lines[0]} {body[:300]!r}")
        return body

    async def time(self, calls: int) -> list[float]:
        """Seconds each of ``calls`` calls took."""
        taken = []
        for _ in range(calls):
            start = time.perf_counter()
            await self.call()
            taken.append(time.perf_counter() - start)
        return taken
