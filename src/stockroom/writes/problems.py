"""Why a change did not happen, as it is kept beside it: our sentence, and Amazon's words apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stockroom.core.errors import StockroomError
from stockroom.core.text import quoted
from stockroom.writes.audit import Journal
from stockroom.writes.models import ChangeRow
from stockroom.writes.refusals import rulings_of
from stockroom.writes.states import State, step

NO_PROBLEM: dict[str, Any] = {"problem_kind": None, "problem": None, "amazon_says": []}
"""The columns of a change that got where it should."""


def problem(kind: str, sentence: str, amazon_says: Iterable[str] = ()) -> dict[str, Any]:
    """A problem as the columns of a change.

    Args:
        kind: An error kind of the answer contract.
        sentence: Ours alone.
        amazon_says: Amazon's words, as data.
    """
    return {"problem_kind": kind, "problem": sentence, "amazon_says": list(quoted(amazon_says))}


def problem_of(error: StockroomError) -> dict[str, Any]:
    """The same of an error."""
    return problem(error.kind, error.summary, error.amazon_says)


async def block(journal: Journal, row: ChangeRow, refusal: StockroomError) -> None:
    """End a change that has not left the house and may not any more."""
    why = problem_of(refusal)
    told = {**why, "guardrails": rulings_of(refusal)}
    await step(journal, row.id, State(row.state), State.BLOCKED, details=told, **why)
