"""Write down: a change of what is only kept here is done in the transaction that settles it.

The record, the step and its audit row are committed together, so there is nothing to read
back and nothing that nobody knows. Whoever dies before that has done nothing; whoever comes
second finds the change settled.
"""

from __future__ import annotations

from stockroom.spec.change import Change
from stockroom.spec.tool import Entry, LocalTool
from stockroom.writes.leaving import last_word
from stockroom.writes.means import Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.states import State, step


async def write_down(means: Means, row: ChangeRow, change: Change, tool: LocalTool) -> None:
    """Do a confirmed change that Amazon has no part in."""
    async with means.journal(row.account_id) as journal:
        rulings = await last_word(journal, row, change, tool)
        if rulings is None:
            return
        settled = await step(
            journal,
            row.id,
            State.CONFIRMED,
            State.VERIFIED,
            details={"guardrails": [one.facts() for one in rulings]},
            taken_at=journal.at,
            executed_at=journal.at,
            verified_at=journal.at,
        )
        if settled is not None:
            by = row.proposed_by.get("person") or row.proposed_by["name"]
            entry = Entry(journal.session, row.account_id, row.id, journal.at, by)
            await tool.record(change, entry)
