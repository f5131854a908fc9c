"""What a person does with single documents: bring one, release or discard one that was withheld."""

from __future__ import annotations

from uuid import UUID

from stockroom.amazon.ports import SellingPartner
from stockroom.spec.account import AccountFacts
from stockroom.spec.run import Run, RunState
from stockroom.sync import quarantine, runs
from stockroom.sync.bring import Brought, bring
from stockroom.sync.engine import SyncEngine


class ByHand:
    """Works at the engine's bench, outside its schedule.

    Args:
        engine: Fills and derives.
    """

    def __init__(self, engine: SyncEngine) -> None:
        self._engine = engine
        self._bench = engine.bench

    async def withheld(self, account: AccountFacts) -> list[Run]:
        """The account's quarantined runs."""
        async with self._bench.database.connection(account.id) as connection:
            return await quarantine.withheld(connection)

    async def release(self, account: AccountFacts, run_id: UUID, amazon: SellingPartner) -> Run:
        """Load a withheld document in spite of the guard.

        Raises:
            InvalidInputError: It is not withheld, or something newer has been loaded since.
        """
        async with self._bench.database.connection(account.id) as connection:
            run = await runs.find(connection, run_id)
            report, now = self._engine.report(run.dataset), self._bench.clock.now()
            run = await quarantine.open_gate(connection, report, run, now)
        return await self._filled(account, run, amazon)

    async def discard(self, account: AccountFacts, run_id: UUID) -> Run:
        """Forget a withheld document.

        Raises:
            InvalidInputError: It is not withheld.
        """
        async with self._bench.database.connection(account.id) as connection:
            run = await runs.find(connection, run_id)
            return await quarantine.discard(connection, run, self._bench.clock.now())

    async def bring(
        self, account: AccountFacts, brought: Brought, amazon: SellingPartner
    ) -> list[Run]:
        """Load a document that a person exported; it may be withheld like any other.

        Returns:
            A run for each dataset that is read from it, in the order of their names.

        Raises:
            InvalidInputError: It cannot be used at all.
        """
        found = await bring(self._bench, account, amazon, brought)
        return [
            await self._filled(account, run, amazon) if run.open else run
            for run in sorted(found, key=lambda run: run.dataset)
        ]

    async def _filled(self, account: AccountFacts, run: Run, amazon: SellingPartner) -> Run:
        run = await self._engine.advance(account, run, amazon)
        if run.state == RunState.FILLED:
            await self._engine.derive(account)
        return await self._engine.find(account, run.id)
