"""A sync as it happens: bars for a person, plain lines for a log."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from stockroom.sync.progress import Progress

_LATER = frozenset({"done", "failed", "cancelled", "quarantined"})


class ProgressView:
    """Shows the steps of several accounts; used as a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._live = self._console.is_terminal
        self._bars = Bars(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[now]}"),
            console=self._console,
            disable=not self._live,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def note(self, step: Progress) -> None:
        """A run took a step."""
        place = f"{step.dataset} {step.marketplace}".strip()
        now = f"{place} {step.window.first} – {step.window.last} {step.state}"
        if self._live:
            task = self._tasks.get(step.account)
            if task is None:
                task = self._tasks[step.account] = self._bars.add_task(step.account, now="")
            self._bars.update(task, completed=step.done, total=step.total, now=now)
        elif step.state in _LATER:
            rows = "" if step.rows is None else f", {step.rows} rows"
            problem = f" ({step.error})" if step.error else ""
            self._console.print(
                f"{step.account}: {now}{rows}{problem} [{step.done}/{step.total}]",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
