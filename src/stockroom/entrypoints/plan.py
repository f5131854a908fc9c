"""``stockroom plan``: what the night will ask of Amazon, against its budgets, and until when."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from stockroom.core.config import Settings
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.sync.forecast import Forecast, Line
from stockroom.sync.plan import BACKFILL

_WIDTH = 110


def run(settings: Settings, *, account: str, as_json: bool) -> None:
    """Print one account's night.

    Raises:
        NotFoundError: There is no such account.
    """

    async def main() -> None:
        async with open_house(settings) as house:
            known = await house.registry.account(account)
            facts = await house.grounds.facts(known.id)
            night = await sync_engine(house).foresee(facts)
        if as_json:
            print(json.dumps({"account": known.slug, **as_object(night)}))
        else:
            _show(known.slug, night)

    run_main(main())


def as_object(night: Forecast) -> dict[str, Any]:
    """The night as JSON: documented in docs/operations.md."""
    due = [line for line in night.lines if line.is_due_at(night.at)]
    fresh = [line.finish for line in due if line.ask.run.reason != BACKFILL]
    return {
        "at": _instant(night.at),
        "expected_fresh_at": _instant(max(fresh, default=night.at)),
        "expected_finish_at": _instant(night.finish),
        "duration_s": round((night.finish - night.at).total_seconds()),
        "bound_s": round(night.bound_s),
        "operations": [
            {
                "operation": one.operation.name,
                "calls": one.calls,
                "left": round(one.left, 1),
                "burst": one.operation.burst,
                "per_second": round(one.operation.rate, 4),
                "wait_s": round(one.wait_s),
            }
            for one in night.spending
        ],
        "windows": [_window(line) for line in night.lines],
    }


def _window(line: Line) -> dict[str, Any]:
    run = line.ask.run
    return {
        "dataset": run.dataset,
        "marketplace": run.marketplace or None,
        "first_day": run.first_day.isoformat(),
        "last_day": run.last_day.isoformat(),
        "reason": run.reason,
        "state": run.state,
        "calls": dict(line.calls),
        "shared_with": line.ask.shared_with or None,
        "expected_at": _instant(line.finish),
    }


def _show(account: str, night: Forecast) -> None:
    # Not a terminal: a log or a file should not break lines where a screen would.
    console = Console(width=None if Console().is_terminal else _WIDTH)
    if not night.lines:
        console.print(f"{account}: nothing to ask.")
        return
    console.print(f"{account}: from {_instant(night.at)}, {len(night.lines)} windows.")
    console.print(_windows(night.lines), _operations(night))
    minutes = (night.finish - night.at).total_seconds() / 60
    console.print(
        f"All in by {_instant(night.finish)}: {minutes:.1f} minutes, of which Amazon's pace and"
        f" its slowest report make {night.bound_s / 60:.1f}."
    )


def _windows(lines: Sequence[Line]) -> Table:
    table = _table("dataset", "marketplace", "days", "windows", "reason", "calls", "in by (UTC)")
    groups: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        run = line.ask.run
        groups.setdefault((run.reason, run.dataset, run.marketplace or "all"), []).append(line)
    for (reason, dataset, place), group in groups.items():
        first = min(line.ask.run.first_day for line in group)
        last = max(line.ask.run.last_day for line in group)
        days = f"{first} to {last}" if first != last else str(first)
        until = _hour(max(line.finish for line in group))
        calls = _calls(group)
        table.add_row(dataset, place, days, str(len(group)), reason, calls, until)
    return table


def _calls(group: Sequence[Line]) -> str:
    calls: Counter[str] = Counter()
    for line in group:
        calls.update(line.calls)
    shared = {line.ask.shared_with for line in group} - {""}
    if shared:
        return f"with {', '.join(sorted(shared))}"
    return str(calls.total())


def _operations(night: Forecast) -> Table:
    table = _table("operation", "calls", "at once", "then one each", "waits")
    for one in night.spending:
        each = f"{1 / one.operation.rate:.1f} s"
        table.add_row(
            one.operation.name, str(one.calls), f"{one.left:.0f}", each, f"{one.wait_s:.0f} s"
        )
    return table


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, no_wrap=True)
    return table


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%m-%d %H:%M")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
