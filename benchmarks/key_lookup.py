"""What looking up a key costs of a request, measured where requests pass: the authenticator.

A key in use is asked of the database when it was last asked half a second ago, and is
remembered otherwise. Both are timed, and weighed by how many requests share one question.
Prints one JSON object; the key is read from standard input.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from stockroom.core.clock import Clock
from stockroom.core.config import load_settings
from stockroom.db.engine import Database
from stockroom.tenancy.authenticate import REMEMBERED_S, Authenticator
from stockroom.tenancy.home_secrets import key_pepper

CALLS = 200
REQUESTS_PER_S = 20
"""Of one key: a busy agent, far below what a server answers."""
MOST_MS = 0.3


class Leaping(Clock):
    """Real time, and what was leapt over: then all that is remembered is too old."""

    leapt = 0.0

    def monotonic(self) -> float:
        """Seconds, for durations."""
        return super().monotonic() + self.leapt


async def _milliseconds(
    act: Callable[[], Awaitable[object]], settled: Callable[[], Awaitable[None]]
) -> float:
    """The median of single calls; what a call leaves to be done beside it is done in between."""
    taken = []
    for _ in range(CALLS):
        start = time.perf_counter()
        await act()
        taken.append(time.perf_counter() - start)
        await settled()
    return statistics.median(taken) * 1000


async def main(home: Path, key: str) -> None:
    """Time both, and print what they come to."""
    settings = load_settings(home=home)
    clock = Leaping()
    async with Database.open(settings) as database:
        authenticator = Authenticator(database, key_pepper(settings), clock)

        async def remembered() -> None:
            assert await authenticator.principal(key) is not None

        async def asked() -> None:
            clock.leapt += 2 * REMEMBERED_S
            await remembered()

        await asked()
        await authenticator.settled()
        asked_ms = await _milliseconds(asked, authenticator.settled)
        remembered_ms = await _milliseconds(remembered, authenticator.settled)
    # One question is shared by the requests of the time it is remembered.
    share = 1 / max(1.0, REQUESTS_PER_S * REMEMBERED_S)
    figures = {
        "asked_ms": round(asked_ms, 4),
        "remembered_ms": round(remembered_ms, 4),
        "requests_per_s": REQUESTS_PER_S,
        "per_request_ms": round(remembered_ms + share * asked_ms, 4),
        "most_ms": MOST_MS,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.stdin.read().strip()))
