"""Following: a client that waits is told each step of the change it confirmed.

It waits for our own rows, which the worker writes: the change goes on whether anybody
follows it or not. Between two looks no connection is held. What was confirmed is answered
in any case: following ends before the call would.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from stockroom.core.errors import DatabaseUnavailableError
from stockroom.entrypoints.mcp_exchange import Report
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch
from stockroom.writes.gate import Gate
from stockroom.writes.shown import ChangeState

_MOST = 50
"""Calls that one process follows at the same time; the next are answered at once."""
_MOST_OF_A_KEY = 4
"""And of these, those of one key: nobody takes all of it."""
_LAST_LOOK_S = 3.0
"""What the answer itself may still take; then it is what was said when it was confirmed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call follows its change, on the machine's clock: clients give up on theirs.

    Args:
        longest_s: From the confirmation on.
        call_s: From the beginning of the call on: clients end one after a minute.
        look_every_s: The pause between two looks.
        ending: Returns when the process is asked to end.
    """

    longest_s: float = 45.0
    call_s: float = 50.0
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
        self._following: Counter[UUID | None] = Counter()

    async def follow(
        self, asker: Asker, agreed: ChangeState | Batch, report: Report, began: float
    ) -> ChangeState | Batch:
        """Report each step until the change is over, or patience is.

        Args:
            asker: Who confirmed it.
            agreed: How it stood right after.
            report: Tells the client; ever more, never the same again.
            began: When the call did, on the loop's clock.

        Returns:
            How it stands then.
        """
        if self._following.total() >= _MOST or self._following[asker.key_id] >= _MOST_OF_A_KEY:
            return agreed
        self._following[asker.key_id] += 1
        try:
            return await self._follow(asker, agreed, report, began)
        finally:
            self._following -= Counter([asker.key_id])  # whoever has none left is forgotten

    async def _follow(
        self, asker: Asker, agreed: ChangeState | Batch, report: Report, began: float
    ) -> ChangeState | Batch:
        now = asyncio.get_running_loop().time()
        until = min(now + self._patience.longest_s, began + self._patience.call_s)
        # It was confirmed: that answer must not be lost, whatever becomes of following it.
        with suppress(TimeoutError, DatabaseUnavailableError):
            async with asyncio.timeout_at(until):
                await self._report(asker, agreed, report)
        with suppress(TimeoutError, DatabaseUnavailableError):
            async with asyncio.timeout(_LAST_LOOK_S):
                return await self._gate.stands(asker, agreed)
        return agreed

    async def _report(self, asker: Asker, agreed: ChangeState | Batch, report: Report) -> None:
        passed = -1
        while True:
            sight = await self._gate.watch(asker, agreed)
            if sight.passed > passed:
                passed = sight.passed
                await report(passed, sight.total, sight.said)
            if sight.over or not await self._patience.pause():
                return
