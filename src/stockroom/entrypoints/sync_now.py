"""``stockroom sync``: pull what is missing, now, and show it happen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stockroom.core.config import Settings
from stockroom.core.errors import AmazonUnavailableError
from stockroom.entrypoints import wiring
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.progress_view import ProgressView
from stockroom.entrypoints.runtime import Stop, until_stopped
from stockroom.entrypoints.runtime import run as run_main
from stockroom.reports import all_reports
from stockroom.sync.engine import Limits, SyncEngine
from stockroom.sync.progress import Summary
from stockroom.tenancy.principal import KnownAccount

_BY_A_PERSON = "manual"
"""Whoever asks by hand wants data that is minutes old, not last night's."""


def sync_engine(house: House, limits: Limits | None = None) -> SyncEngine:
    """The engine, with every declared dataset and metric."""
    return SyncEngine(
        database=house.database,
        clock=house.clock,
        reports=all_reports(),
        metrics=wiring.all_metrics(),
        cipher=house.vault,
        limits=limits,
    )


def run(
    settings: Settings, *, account: str | None, datasets: list[str] | None, days: int | None
) -> None:
    """Sync one account or all.

    Raises:
        NotFoundError: There is no such account.
        InvalidInputError: There is no such dataset.
        AmazonError: A window failed; what worked is stored.
    """

    async def main() -> None:
        stop = Stop()
        async with open_house(settings) as house:
            chosen = await house.registry.accounts()
            if account is not None:
                chosen = [await house.registry.account(account)]
            with ProgressView() as view:
                summaries = await until_stopped(
                    stop,
                    sync_all(
                        house,
                        sync_engine(house),
                        chosen,
                        view,
                        datasets=datasets,
                        days=days,
                        reason=_BY_A_PERSON,
                    ),
                )
            _report(chosen, summaries)

    run_main(main())


async def sync_all(
    house: House,
    engine: SyncEngine,
    accounts: Sequence[KnownAccount],
    view: ProgressView,
    *,
    datasets: Sequence[str] | None = None,
    days: int | None = None,
    reason: str = "nightly",
    urgent: bool = False,
) -> list[Summary]:
    """Sync accounts side by side, while somebody watches."""

    async def one(account: KnownAccount) -> Summary:
        return await engine.sync(
            await house.grounds.facts(account.id),
            await house.grounds.partner(account.id),
            datasets=datasets,
            reason=reason,
            days=days,
            urgent=urgent,
            progress=view.note,
        )

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(account)) for account in accounts]
    return [task.result() for task in tasks]


def _report(accounts: Sequence[KnownAccount], summaries: Sequence[Summary]) -> None:
    for account, summary in zip(accounts, summaries, strict=True):
        late = f", {len(summary.waiting)} windows later" if summary.waiting else ""
        print(f"{account.slug}: {len(summary.good)} windows, {summary.rows} rows{late}")
    check(summaries)


def check(summaries: Sequence[Summary]) -> None:
    """Fail when a window did.

    Raises:
        AmazonError: The first window that failed, and how many did.
    """
    bad = troubles(summaries)
    if bad:
        raise AmazonUnavailableError(
            f"{len(bad)} windows did not load; {bad[0]}",
            next_step="See data_freshness; the next sync asks again.",
        )


def troubles(summaries: Sequence[Summary]) -> list[str]:
    """What is wrong with each window that failed or was withheld."""
    return [
        f"{run.dataset} {run.marketplace}".rstrip()
        + f" {run.first_day} to {run.last_day} is {run.state}: {run.error}"
        for summary in summaries
        for run in summary.bad
    ]
