"""``planning_inputs``: the assumptions in force, who said them, and what was believed before."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer, decode_cursor, encode_cursor
from stockroom.spec.tool import (
    CursorArgument,
    DetailArgument,
    LimitArgument,
    MarketplaceFilter,
    SkuFilter,
    read_tool,
)
from stockroom.tools import planning_in_force
from stockroom.tools.asked import Asked
from stockroom.tools.emptiness import unknown_skus, why_empty
from stockroom.tools.planning_in_force import in_force
from stockroom.tools.planning_sheet import HISTORY, ON_FILE, spelled

QUERIES = (*ON_FILE.queries(), *HISTORY.queries(), *planning_in_force.QUERIES)
_RESOLVED = "planning_inputs:in force"
_NOTHING = "No planning input is on file here; set_planning_inputs records them."
_ON_FILE = "What was said, for a SKU, a group or all. Name sku to see what counts for it."


@read_tool(scope=Scope.PLANNING_READ, title="Planning inputs", columns=ON_FILE.columns)
async def planning_inputs(
    db: ReadSession,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    history: Annotated[bool, Field(description="Every version, also what is over.")] = False,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Assumptions of planning (lead time, MOQ, unit cost …): value, source, who said it, since when.

    With sku: what counts for it, from the SKU, its product group, the account or the default, in
    that order; null is unknown. Without: all that is on file. Not for stock or sales.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    if asked.skus and not history:
        return await _resolved(db, asked)
    sheet = HISTORY if history else ON_FILE
    page = spelled(await sheet.page(db, asked))
    whole = cursor is None and page.next_cursor is None
    return Answer(
        columns=page.columns,
        rows=page.rows,
        as_of={},
        notes=(*await _why_empty(db, asked, page.rows), *([] if history else [_ON_FILE])),
        total=len(page.rows) if whole else None,
        next_cursor=page.next_cursor,
    )


async def _resolved(db: ReadSession, asked: Asked) -> Answer:
    everything = await in_force(db, asked)
    begins = _position(asked.cursor)
    rows = everything[begins : begins + asked.limit]
    ends = begins + len(rows)
    names = [one.name for one in ON_FILE.columns if asked.full or not one.full]
    reasons = unknown_skus(asked.skus, {row["sku"] for row in everything})
    if not everything:
        reasons = list(await why_empty(db, asked, datasets=(), filters={}))
    return Answer(
        columns=names,
        rows=[[row[name] for name in names] for row in rows],
        as_of={},
        notes=reasons,
        total=len(everything),
        next_cursor=encode_cursor(_RESOLVED, ends) if ends < len(everything) else None,
    )


async def _why_empty(db: ReadSession, asked: Asked, rows: list[Any]) -> tuple[str, ...]:
    if rows:
        return ()
    return await why_empty(db, asked, datasets=(), filters={}) or (_NOTHING,)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    name, begins = decode_cursor(cursor, 2)
    if name != _RESOLVED or type(begins) is not int or begins < 0:
        raise InvalidInputError(
            "The cursor belongs to another question.",
            field="cursor",
            next_step="Pass next_cursor of the previous answer with the same arguments.",
        )
    return begins
