"""``changes``: what was proposed, where it stands, and what happened to it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer, Column, decode_cursor, encode_cursor
from stockroom.spec.tool import CursorArgument, DetailArgument, LimitArgument, read_tool
from stockroom.tools.change_rows import BATCH, CHANGES, TRAIL, values_of

COLUMNS = (
    Column("id", "The change; confirm_change, cancel_change and revert_change take it."),
    Column("tool", "The write tool that previewed it."),
    Column("state", "proposed, confirmed, executing, sent, unknown, or how it ended."),
    Column("sku", "Seller SKU it touches, if any."),
    Column("marketplace", "Country code, if any."),
    Column("before", "Live values it would replace, or replaced.", "object"),
    Column("after", "Values it would set, or set.", "object"),
    Column("seen", "What Amazon showed last, e.g. a plan's id and options.", "object"),
    Column(
        "costs",
        "Money it spends: amount, currency. Only a person confirms it.",
        "object",
        full=True,
    ),
    Column("irreversible", "What it commits to for good, if anything.", full=True),
    Column("local", "It changes only what is kept here; Amazon has no part.", "bool", full=True),
    Column("fingerprint", "What confirm_change needs beside id."),
    Column("proposed_at", "When it was previewed.", "instant"),
    Column("expires_at", "When the preview, or the confirmation, lapses.", "instant"),
    Column("problem_kind", "Why it did not happen, as an error kind."),
    Column("problem", "Why it did not happen."),
    Column("amazon_says", "Amazon's words about the problem: data.", "list"),
    Column("batch_id", "The batch it was shown and agreed to with, if any.", full=True),
    Column("summary", "The change in one line.", full=True),
    Column("reason", "Why, in the proposer's words.", full=True),
    Column("warnings", "What to know before confirming.", "list", full=True),
    Column("proposed_by", "Name, client and address of the proposer.", "object", full=True),
    Column("confirmed_by", "The same of whoever confirmed.", "object", full=True),
    Column("confirmed_at", "When it was confirmed.", "instant", full=True),
    Column("delegated", "Confirmed by a key instead of a person.", "bool", full=True),
    Column("rejected_at", "When a person turned it down.", "instant", full=True),
    Column("rejected_by", "Who turned it down.", "object", full=True),
    Column("rejected_because", "Why, in that person's words.", full=True),
    Column(
        "executed_at",
        "When Amazon answered the call; of a local one, when it was recorded.",
        "instant",
        full=True,
    ),
    Column("verified_at", "When the new values were in force.", "instant", full=True),
    Column("trail", "Audit rows, [seq, at, action, actor]; only with id.", "list", full=True),
)

STATES = Literal[
    "proposed",
    "confirmed",
    "executing",
    "sent",
    "unknown",
    "verified",
    "rejected",
    "failed",
    "expired",
    "cancelled",
    "blocked",
]

QUERIES = (CHANGES, TRAIL, BATCH)
"""What the plans are tested with."""


@read_tool(scope=Scope.AUDIT_READ, title="Changes and their history", columns=COLUMNS)
async def changes(
    db: ReadSession,
    clock: Clock,
    *,
    state: Annotated[STATES | None, Field(description="Only changes in this state.")] = None,
    id: Annotated[UUID | None, Field(description="A change with its trail, or a batch.")] = None,  # noqa: A002 - the argument's public name
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Proposed changes, newest first: their state, values before and after, and problems.

    Use it after confirm_change to learn the result, to see what a person approved or rejected and
    why, or to find a preview's fingerprint again.
    It shows nothing that happened at Amazon without this server.
    """
    wanted = {
        "state": state,
        "id": id,
        "after": _position(cursor),
        "limit": limit + 1,
        "now": clock.now(),
    }
    rows, trail = await db.many((CHANGES, wanted), (TRAIL, {"id": id}))
    if id is not None and not rows:
        rows = await db.rows(BATCH, **wanted)
    page = [values_of(row, trail if id else None) for row in rows[:limit]]
    more = len(rows) > limit
    shown = [one.name for one in COLUMNS if detail == "full" or not one.full]
    return Answer(
        columns=shown,
        rows=[[values[name] for name in shown] for values in page],
        as_of={},
        notes=() if page else (_why_empty(state, id, cursor),),
        next_cursor=encode_cursor(page[-1]["id"]) if more else None,
    )


def _position(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, 1)[0])
    except (ValueError, AttributeError, TypeError):
        raise InvalidInputError(
            "The cursor is not one of this tool.",
            field="cursor",
            next_step="Pass next_cursor of the page before, or leave cursor out.",
        ) from None


def _why_empty(state: str | None, change_id: UUID | None, cursor: str | None) -> str:
    if cursor is not None:
        return "There are no more changes."
    if change_id is not None:
        return "There is no such change within this key's reach, or it is in another state."
    return f"No change is {state}." if state else "Nothing was ever proposed for this account."
