"""What others feel of an agent that runs wild: 1,000 previews and 200 confirmations a minute.

Its previews change real listings of the home, read live from the pretend Amazon, one at a time
and now and then 25 together; it confirms whatever it was shown last. Another client asks the same question all the while, in
turns with and without the runaway, so that a busy moment of the machine hits both.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from client import Connection, Target

ROUNDS, CALM_S, WILD_S, WARM_UP = 8, 1.0, 3.0, 100
BURST_S = 8.0
"""What it may preview at once (20 changes, and 100 of them in batches) is spent by then, and it is
held to its pace."""
CALLS_PER_S = 1200 / 60
CONNECTIONS = 12
CONFIRM_EVERY = 6
TOGETHER_EVERY, TOGETHER = 10, 25
"""Each tenth preview is one of 25 changes."""
MOST_P50, MOST_P95 = 1.25, 1.5
"""Of the other client's times beside the runaway to those without it."""


@dataclass
class Runaway:
    """An agent in a loop.

    Args:
        agent: Its key, at the server's address.
        offers: Listings it changes, as ``set_price`` takes them, with their present prices.
    """

    agent: Target
    offers: list[dict[str, Any]]
    let_loose: asyncio.Event = field(default_factory=asyncio.Event)
    answers: Counter[str] = field(default_factory=Counter)
    shown: dict[str, Any] = field(default_factory=dict)
    cents: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def run(self) -> None:
        """Go on until cancelled; pauses while not let loose."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self._one())

    async def _one(self) -> None:
        connection = Connection(self.agent)
        await connection.open()
        for n in itertools.count():
            await self.let_loose.wait()
            began = time.perf_counter()
            confirms = n % CONFIRM_EVERY == CONFIRM_EVERY - 1 and self.shown
            await (self._confirm(connection) if confirms else self._preview(connection))
            taken = time.perf_counter() - began
            await asyncio.sleep(max(0.0, CONNECTIONS / CALLS_PER_S - taken))

    async def _preview(self, connection: Connection) -> None:
        n = next(self.cents)
        if n % TOGETHER_EVERY:
            told = await self._ask(connection, "set_price", self._raised(self.offers[0], n))
        else:
            told = await self._together(connection, n)
        if told.get("fingerprint"):
            self.shown = {name: told[name] for name in ("id", "fingerprint")}

    async def _together(self, connection: Connection, n: int) -> Any:
        each = [self._raised(offer, n) for offer in self.offers]
        shared = {name: each[0][name] for name in ("marketplace", "currency")}
        items = [{name: one[name] for name in ("sku", "price")} for one in each]
        asked = {**shared, "items": items}
        return await self._ask(connection, "set_price", asked, called=f"set_price of {len(items)}")

    def _raised(self, offer: dict[str, Any], n: int) -> dict[str, Any]:
        return {**offer, "price": f"{float(offer['price']) + n % 500 / 100:.2f}"}

    async def _confirm(self, connection: Connection) -> None:
        await self._ask(connection, "confirm_change", self.shown)

    async def _ask(
        self, connection: Connection, tool: str, arguments: dict[str, Any], called: str = ""
    ) -> Any:
        asked = replace(self.agent, tool=tool, arguments=arguments)
        told = json.loads(await connection.call(asked))["result"]["structuredContent"]
        self.answers[f"{called or tool} {told.get('error_kind', 'done')}"] += 1
        return told


async def measure(reader: Target, agent: Target) -> dict[str, Any]:
    """How long the reader waits, with and without the runaway, and what that one was answered."""
    connection = Connection(reader)
    await connection.open()
    await connection.time(WARM_UP)
    runaway = Runaway(agent, await _offers(connection, agent))
    running = asyncio.create_task(runaway.run())
    runaway.let_loose.set()
    burst = await _for_a_while(connection, BURST_S)
    calm: list[float] = []
    beside: list[float] = []
    for _ in range(ROUNDS):
        runaway.let_loose.clear()
        calm += await _for_a_while(connection, CALM_S)
        runaway.let_loose.set()
        beside += await _for_a_while(connection, WILD_S)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await connection.close()
    told = {"burst_p50_ms": round(statistics.median(burst) * 1000, 3)}
    return told | _figures(calm, beside, runaway.answers)


async def _offers(connection: Connection, agent: Target) -> list[dict[str, Any]]:
    """Listings of one marketplace, each of another SKU."""
    asked = replace(agent, tool="listings", arguments={"status": "active", "limit": 200})
    told = json.loads(await connection.call(asked))["result"]["structuredContent"]
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    priced = [row for row in rows if row["price"]]
    here = [row for row in priced if row["marketplace"] == priced[0]["marketplace"]]
    wanted = ("sku", "marketplace", "price", "currency")
    by_sku = {row["sku"]: {name: row[name] for name in wanted} for row in here}
    return list(by_sku.values())[:TOGETHER]


async def _for_a_while(connection: Connection, seconds: float) -> list[float]:
    ends = time.perf_counter() + seconds
    taken: list[float] = []
    while time.perf_counter() < ends:
        taken += await connection.time(1)
    return taken


def _figures(calm: list[float], beside: list[float], answers: Counter[str]) -> dict[str, Any]:
    without, among = (statistics.quantiles(one, n=100) for one in (calm, beside))
    return {
        "p50_ms": round(among[49] * 1000, 3),
        "p95_ms": round(among[94] * 1000, 3),
        "calm_p50_ms": round(without[49] * 1000, 3),
        "calm_p95_ms": round(without[94] * 1000, 3),
        "ratio_p50": round(among[49] / without[49], 2),
        "ratio_p95": round(among[94] / without[94], 2),
        "most_p50": MOST_P50,
        "most_p95": MOST_P95,
        "answers": dict(sorted(answers.items())),
    }


def moved(one: dict[str, Any]) -> bool:
    """Whether the other client felt it."""
    return bool(one["ratio_p50"] > one["most_p50"] or one["ratio_p95"] > one["most_p95"])


def line(one: dict[str, Any]) -> str:
    """The figures for a person."""
    return (
        f"runaway         another client's p50 {one['p50_ms']:.2f} ms beside it, "
        f"{one['calm_p50_ms']:.2f} without: ratio {one['ratio_p50']} (most {one['most_p50']}); "
        f"p95 ratio {one['ratio_p95']} (most {one['most_p95']}); it was answered {one['answers']}"
    )
