"""A refusal is remembered: who was refused what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stockroom.core.errors import RuledOutError, StockroomError
from stockroom.writes.audit import Journal
from stockroom.writes.models import ChangeRow
from stockroom.writes.party import Party
from stockroom.writes.told import told_of


async def remember(
    journal: Journal,
    party: Party,
    asked: str,
    refusal: StockroomError,
    *,
    row: ChangeRow | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Add the audit row of a refusal.

    Args:
        journal: An open transaction that will commit: never the one the refusal rolls back.
        party: Who was refused.
        asked: ``call`` (refused at the door), ``propose``, ``confirm``, ``reject``, ``cancel`` or
            ``execute``.
        refusal: What they were told.
        row: The change it was about, when there is one.
        more: What else was asked, e.g. the arguments.
    """
    await journal.write(
        "refused",
        None if row is None else row.id,
        {
            "by": party.facts,
            "asked": asked,
            "error_kind": refusal.kind,
            "summary": refusal.summary,
            "amazon_says": list(refusal.amazon_says),
            "guardrails": rulings_of(refusal),
            **({} if row is None else {"change": told_of(row)}),
            **(more or {}),
        },
    )


def rulings_of(refusal: StockroomError) -> list[Mapping[str, Any]]:
    """The guardrail that refused, when one did and can be told apart."""
    ruling = refusal.ruling if isinstance(refusal, RuledOutError) else None
    return [] if ruling is None else [ruling.facts()]
