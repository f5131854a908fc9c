"""From a page to an answer: what every paging tool adds to its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer
from stockroom.tools.asked import Asked
from stockroom.tools.emptiness import NOTHING, unknown_skus, why_empty
from stockroom.tools.sheet import Page


async def answered(
    db: ReadSession,
    asked: Asked,
    page: Page,
    *,
    datasets: Sequence[str],
    filters: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Answer:
    """The answer of a page, with the reasons for what it lacks.

    Args:
        db: The account; asked again only when the page is empty.
        asked: The shared arguments.
        page: What was found.
        datasets: What the answer is made from.
        filters: The tool's own conditions, by argument name; None where not given.
        notes: What the tool itself has to say.
    """
    given = {name: value for name, value in (filters or {}).items() if value is not None}
    whole = asked.cursor is None and page.next_cursor is None
    reasons: Sequence[str] = ()
    if not page.rows:
        reasons = await why_empty(db, asked, datasets=datasets, filters=given)
        # What is withheld is known, only not here.
        reasons = reasons or (() if page.notes else (NOTHING,))
    elif whole and not given and asked.marketplace is None:
        place = page.columns.index("sku")
        reasons = unknown_skus(asked.skus, (row[place] for row in page.rows))
    return Answer(
        columns=page.columns,
        rows=page.rows,
        as_of=page.as_of,
        notes=(*reasons, *page.notes, *notes),
        total=len(page.rows) if whole else None,
        next_cursor=page.next_cursor,
    )
