"""Following: a client that waits is told each step of the change it confirmed.

It waits for our own rows, which the worker writes: the change goes on whether anybody
follows it or not. Between two looks no connection is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from stockroom.core.errors import DatabaseUnavailableError
from stockroom.entrypoints.mcp_exchange import Report
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch
from stockroom.writes.gate import Gate
from stockroom.writes.shown import ChangeState

_MOST = 50
"""Calls that one process follows at the same time; the next are answered at once."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call follows its change, on the machine's clock: clients give up on theirs.

    Args:
        longest_s: Clients end a call after a minute.
        look_every_s: The pause between two looks.
        ending: Returns when the process is asked to end.
    """

    longest_s: float = 45.0
    look_every_s: float = 0.5
    ending: Callable[[], Awaitable[object]] = field(default_factory=lambda: asyncio.Event().wait)

    async def pause(self) -> bool:
        """Wait for the next look; whether there is to be one."""
        try:
            async with asyncio.timeout(self.look_every_s):
                await self.ending()
        except TimeoutError:
            return True
        return False


class Follower:
    """Follows changes for the clients of one process.

    Args:
        gate: Knows how far they have come.
        patience: How long.
    """

    def __init__(self, gate: Gate, patience: Patience) -> None:
        self._gate = gate
        self._patience = patience
        self._following = 0

    async def follow(
        self, asker: Asker, agreed: ChangeState | Batch, report: Report
    ) -> ChangeState | Batch:
        """Report each step until the change is over, or patience is.

        Args:
            asker: Who confirmed it.
            agreed: How it stood right after.
            report: Tells the client; ever more, never the same again.

        Returns:
            How it stands then.
        """
        if self._following >= _MOST:
            return agreed
        self._following += 1
        try:
            return await self._follow(asker, agreed, report)
        finally:
            self._following -= 1

    async def _follow(
        self, asker: Asker, standing: ChangeState | Batch, report: Report
    ) -> ChangeState | Batch:
        loop = asyncio.get_running_loop()
        until, passed = loop.time() + self._patience.longest_s, -1
        while True:
            try:
                sight = await self._gate.watch(asker, standing)
            except DatabaseUnavailableError:
                return standing  # it was confirmed: that answer must not be lost
            standing = sight.standing
            if sight.passed > passed:
                passed = sight.passed
                await report(passed, sight.total, sight.said)
            if sight.over or loop.time() >= until or not await self._patience.pause():
                return standing
