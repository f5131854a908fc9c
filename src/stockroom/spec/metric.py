"""The language of metrics: a table filled from other tables, by set-based SQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from stockroom.core.clock import Clock
from stockroom.db.base import Base
from stockroom.spec.account import AccountFacts as AccountFacts
from stockroom.spec.window import DaySpan as DaySpan


@dataclass(frozen=True, slots=True)
class DeriveContext:
    """What a derivation stands on.

    Args:
        connection: Role writer, inside one account and one transaction; never commit it.
        account: The account.
        clock: For ``now``.
        run_id: The run whose load made the derivation necessary; for lineage.
    """

    connection: psycopg.AsyncConnection[Any]
    account: AccountFacts
    clock: Clock
    run_id: UUID


Derive = Callable[[DeriveContext, DaySpan], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A derived table.

    Args:
        name: The house's word for it.
        fills: The table; this metric is its only filler.
        reads: Facts and metrics it is made from; a change in any of them re-derives it.
        derive: Fills the table for the days given. Doing it twice changes nothing.
    """

    name: str
    fills: type[Base]
    reads: tuple[type[Base], ...]
    derive: Derive


def in_order(metrics: Sequence[Metric]) -> list[Metric]:
    """``metrics`` so that each comes after those that fill what it reads.

    Raises:
        ValueError: They read each other in a circle, or two fill one table.
    """
    by_table = {metric.fills: metric for metric in metrics}
    if len(by_table) != len(metrics):
        raise ValueError("Two metrics fill the same table.")
    done: dict[str, Metric] = {}
    waiting: list[str] = []

    def visit(metric: Metric) -> None:
        if metric.name in done:
            return
        if metric.name in waiting:
            raise ValueError(f"Metrics read each other in a circle: {[*waiting, metric.name]}.")
        waiting.append(metric.name)
        for table in metric.reads:
            if table in by_table:
                visit(by_table[table])
        waiting.pop()
        done[metric.name] = metric

    for metric in metrics:
        visit(metric)
    return list(done.values())


def touched(metrics: Sequence[Metric], tables: set[type[Base]]) -> list[Metric]:
    """The metrics that must be derived again after ``tables`` changed, in order."""
    changed = set(tables)
    found: list[Metric] = []
    for metric in in_order(metrics):
        if changed.intersection(metric.reads):
            found.append(metric)
            changed.add(metric.fills)
    return found
