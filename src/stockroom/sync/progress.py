"""What a sync tells whoever watches: one event per step, one summary at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from stockroom.spec.run import GOOD_STATES, Run, RunState
from stockroom.spec.window import Window


@dataclass(frozen=True, slots=True)
class Progress:
    """A run took a step.

    Args:
        account: The account's slug.
        dataset: The dataset.
        marketplace: Country code; empty for the region.
        window: The days.
        reason: nightly, backfill, …
        state: The state it is in now.
        done: Runs of this sync that need no further step.
        total: Runs of this sync.
        rows: Rows read, once known.
        error: Why it waits or ended, if it did.
    """

    account: str
    dataset: str
    marketplace: str
    window: Window
    reason: str
    state: str
    done: int
    total: int
    rows: int | None
    error: str | None


Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcome of one account's sync.

    Args:
        runs: Every run it drove, as it was left.
    """

    runs: tuple[Run, ...]

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(run.rows or 0 for run in self.good)

    @property
    def good(self) -> tuple[Run, ...]:
        """Runs whose rows are in."""
        return tuple(run for run in self.runs if run.state in GOOD_STATES)

    @property
    def waiting(self) -> tuple[Run, ...]:
        """Runs left for later, each with the instant from which to go on."""
        return tuple(run for run in self.runs if run.open and run.state not in GOOD_STATES)

    @property
    def bad(self) -> tuple[Run, ...]:
        """Runs that failed or were quarantined."""
        fine = {*GOOD_STATES, RunState.DISCARDED}
        return tuple(run for run in self.runs if not run.open and run.state not in fine)

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Summary:
        """The summary of these runs."""
        return cls(tuple(runs))


class Board:
    """The runs of one sync, and whoever watches them.

    Args:
        account: The account's slug.
        watch: Told of every step; None: nobody watches.
    """

    def __init__(self, account: str, watch: Watch | None) -> None:
        self._account = account
        self._watch = watch
        self.runs: dict[UUID, Run] = {}

    def add(self, run: Run) -> bool:
        """One more run; whether it is new here."""
        return self.runs.setdefault(run.id, run) is run

    def good(self, run: Run) -> bool:
        """Whether a run's rows are in by now."""
        return self.runs[run.id].state in GOOD_STATES

    def note(self, run: Run) -> None:
        """A run took a step; one that only waits on is not news."""
        before = self.runs.get(run.id)
        self.runs[run.id] = run
        same = before is not None and (before.state, before.error) == (run.state, run.error)
        if self._watch is None or same:
            return
        ended_runs = sum(not one.open for one in self.runs.values())
        self._watch(
            Progress(
                account=self._account,
                dataset=run.dataset,
                marketplace=run.marketplace,
                window=run.window,
                reason=run.reason,
                state=run.state,
                done=ended_runs,
                total=len(self.runs),
                rows=run.rows,
                error=run.error,
            )
        )
