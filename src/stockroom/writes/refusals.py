"""A refusal is remembered: who was refused what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stockroom.core.errors import StockroomError
from stockroom.writes.asker import Asker
from stockroom.writes.audit import Journal


async def remember(
    journal: Journal,
    asker: Asker,
    asked: str,
    refusal: StockroomError,
    *,
    change_id: UUID | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Add the audit row of a refusal.

    Args:
        journal: An open transaction that will commit: never the one the refusal rolls back.
        asker: Who was refused.
        asked: ``propose``, ``confirm``, ``cancel`` or ``execute``.
        refusal: What they were told.
        change_id: The change it was about, when there is one.
        more: What else was asked, e.g. the arguments.
    """
    await journal.write(
        "refused",
        change_id,
        {
            "by": asker.facts,
            "asked": asked,
            "error_kind": refusal.kind,
            "summary": refusal.summary,
            "amazon_says": list(refusal.amazon_says),
            **(more or {}),
        },
    )
