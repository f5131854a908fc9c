"""How an account's datasets stand, as ``data_freshness`` tells: in short, and while history comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stockroom.entrypoints.house import House
from stockroom.entrypoints.web.content.asking import Record, ask
from stockroom.tenancy.principal import Account

_URGENCY = ("quarantined", "failing", "late", "backfilling", "never", "fresh", "not_applicable")
_TROUBLE = ("quarantined", "failing", "late")
_COMING = frozenset({"backfilling", "never"})
_ABSENT = "not_applicable"


@dataclass(frozen=True, slots=True)
class Loads:
    """The datasets of one account.

    Args:
        rows: What ``data_freshness`` tells, the most urgent first.
        states: How many datasets are in each state, in that order.
    """

    rows: Sequence[Record]
    states: dict[str, int]

    @property
    def worst(self) -> str:
        """The most urgent state that some dataset is in."""
        return next(iter(self.states), _ABSENT)

    @property
    def troubles(self) -> list[tuple[str, int]]:
        """The states that need somebody, with the number of datasets."""
        return [(state, self.states[state]) for state in _TROUBLE if state in self.states]

    @property
    def backfill(self) -> Backfill:
        """How far the history is in."""
        expected = [row for row in self.rows if row["state"] != _ABSENT]
        coming = [row for row in expected if row["state"] in _COMING]
        ends = [row["backfilled_at"] for row in coming if row["backfilled_at"]]
        return Backfill(
            coming=coming,
            complete=len(expected) - len(coming),
            of=len(expected),
            expected_at=max(ends, default=None),
            requests=sum((row["backfill"] or {}).get("requests_left", 0) for row in coming),
            days_in=sum((row["backfill"] or {}).get("days_in", 0) for row in coming),
            days_of=sum((row["backfill"] or {}).get("days_of", 0) for row in coming),
        )


@dataclass(frozen=True, slots=True)
class Backfill:
    """History on its way.

    Args:
        coming: Datasets whose history is not all in.
        complete: How many others there are.
        of: How many there are in all.
        expected_at: When the last of it is expected; None: nothing is known to come.
        requests: Questions that are still to be asked of Amazon.
        days_in: Days that are in, of the datasets that are still coming.
        days_of: Days there are of them.
    """

    coming: Sequence[Record]
    complete: int
    of: int
    expected_at: str | None
    requests: int
    days_in: int
    days_of: int

    @property
    def done(self) -> bool:
        """Nothing more is on its way."""
        return all(row["state"] == "never" for row in self.coming) and self.complete > 0


async def loads_of(house: House, account: Account) -> Loads:
    """The datasets of one account."""
    told = await ask(house, account, "data_freshness")
    rows = sorted(told.rows, key=lambda row: (_URGENCY.index(row["state"]), row["dataset"]))
    states = Counter(row["state"] for row in rows if row["state"] != _ABSENT)
    return Loads(rows, dict(states))
