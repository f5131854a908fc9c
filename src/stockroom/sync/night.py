"""A night of one account: every report is asked for first, each is fetched as it finishes.

Amazon makes reports side by side but takes one request a minute. So nobody
waits for a document before the next is asked for, and whoever is needed most
asks first: a turn begins when the one before it has asked for everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Protocol
from uuid import UUID

from stockroom.amazon.ports import SellingPartner
from stockroom.spec.account import AccountFacts
from stockroom.spec.run import Run, RunState
from stockroom.sync.plan import turn
from stockroom.sync.progress import Board
from stockroom.sync.quarantine import RECHECK
from stockroom.sync.work import Bench

_THROTTLED = "QuotaExceeded"


class Steps(Protocol):
    """The steps of runs, as the engine takes them."""

    bench: Bench

    async def advance(self, account: AccountFacts, run: Run, amazon: SellingPartner) -> Run:
        """Take one step."""
        ...

    async def find(self, account: AccountFacts, run_id: UUID) -> Run:
        """The run as it is stored."""
        ...

    async def derive(self, account: AccountFacts) -> list[Run]:
        """Derive the metrics of everything that was filled."""
        ...


class Night:
    """Drives the runs of one account to their ends.

    Args:
        steps: Takes the steps.
        account: Whose runs.
        amazon: That seller's connection.
        board: Is told of every step.
        patience: A run is left for later when its next step is further away.
    """

    def __init__(
        self,
        steps: Steps,
        account: AccountFacts,
        amazon: SellingPartner,
        board: Board,
        patience: timedelta,
    ) -> None:
        self._steps = steps
        self._account = account
        self._amazon = amazon
        self._board = board
        self._patience = patience

    async def drive(self, planned: Sequence[Run]) -> None:
        """Take every step of these runs, which come in the order of their turns."""
        reports = self._steps.bench.reports
        async with asyncio.TaskGroup() as group:
            for _, wave in groupby(planned, key=lambda run: turn(reports, run)):
                runs = [(run, asyncio.Event()) for run in wave]
                group.create_task(self._turn(runs))
                for _, asked in runs:
                    await asked.wait()

    async def _turn(self, wave: Sequence[tuple[Run, asyncio.Event]]) -> None:
        async with asyncio.TaskGroup() as group:
            for run, asked in wave:
                group.create_task(self._run(run, asked))
        for run in await self._steps.derive(self._account):
            self._board.note(run)

    async def _run(self, run: Run, asked: asyncio.Event) -> None:
        try:
            while run.open and run.state != RunState.FILLED and await self._due(run):
                run = await self._steps.advance(self._account, run, self._amazon)
                self._board.note(run)
                if not _wants_its_turn(run):
                    asked.set()
            if run.state == RunState.QUARANTINED and RECHECK in run.remarks:
                again = await self._steps.find(self._account, UUID(run.remarks[RECHECK]))
                self._board.add(again)
        finally:
            asked.set()

    async def _due(self, run: Run) -> bool:
        """Wait for the run's next step; False: it is too far away."""
        if run.next_at is None:
            return True
        clock = self._steps.bench.clock
        wait = run.next_at - clock.now()
        if wait > self._patience:
            return False
        await clock.sleep(wait.total_seconds())
        return True


def _wants_its_turn(run: Run) -> bool:
    """Whether it is still to ask, and nothing but the pace holds it up."""
    return run.state == RunState.PLANNED and run.error_kind == _THROTTLED
