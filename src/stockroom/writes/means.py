"""What the gate works with; handed in by whoever joins the rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.db.engine import Database
from stockroom.db.reach import Reach
from stockroom.spec.change import Change, Cost
from stockroom.spec.tool import ChangeTool, Ground, LocalTool, WriteTool
from stockroom.tenancy.marks import Marks
from stockroom.tenancy.vault import Vault
from stockroom.writes.audit import Journal, journal
from stockroom.writes.heads import Signer
from stockroom.writes.models import ChangeRow
from stockroom.writes.pace import Pace
from stockroom.writes.party import Party

PREVIEW_LASTS = timedelta(minutes=15)
"""How long a preview can be confirmed, and a confirmation can be carried out."""

WORKER = "worker"
"""The actor of everything that no caller asked for at that moment."""


OpenGround = Callable[[UUID, Reach], AbstractAsyncContextManager[Ground]]
"""Opens what a tool stands on (live Amazon, our facts), for one account and as far as a reach."""


@dataclass(frozen=True, slots=True)
class Means:
    """The gate's surroundings.

    Args:
        database: Changes and audit are written there as writer.
        clock: Expiries and limits run on it.
        tools: Every write tool by name.
        ground: Opens what a tool stands on.
        base_url: Where the installation is reached, without a trailing slash.
        signer: Signs the heads of the audit.
        vault: Seals what is personal in a change that waits.
        marks: Tells whom a change is about from everybody else, and from nobody's guess.
        pace: Holds back callers that ask too fast.
    """

    database: Database
    clock: Clock
    tools: Mapping[str, ChangeTool]
    ground: OpenGround
    base_url: str
    signer: Signer
    vault: Vault
    marks: Marks
    pace: Pace

    def journal(
        self, account_id: UUID, actor: str = WORKER
    ) -> AbstractAsyncContextManager[Journal]:
        """A transaction of one account, in its turn."""
        return journal(self.database, self.clock, account_id, actor)

    def sender(self, name: str) -> WriteTool:
        """The tool of that name, of a change that was sent to Amazon."""
        tool = self.tools[name]
        assert not isinstance(tool, LocalTool)  # what is only kept here is never sent
        return tool

    async def find(self, account_id: UUID, change_id: UUID) -> ChangeRow:
        """A change of this account as it stands.

        Raises:
            NotFoundError: No such change, or another account's: the same answer.
        """
        async with self.database.session(account_id) as session:
            row = await session.get(ChangeRow, (account_id, change_id))
        return known(row)


def within_reach(party: Party, row: ChangeRow | None) -> ChangeRow:
    """``row``, if the party reaches what it is about.

    Raises:
        NotFoundError: It does not, or there is none.
    """
    return known(row if row is not None and party.reaches(row.target) else None)


def known(row: ChangeRow | None) -> ChangeRow:
    """``row``, or the one answer for everything that is out of reach.

    Raises:
        NotFoundError: There is none.
    """
    if row is None:
        raise NotFoundError(
            "There is no such change within this key's reach.",
            field="id",
            next_step="Call changes to list the changes of this account.",
        )
    return row


def change_of(row: ChangeRow) -> Change:
    """The change as it was worked out at the preview, and what came of it so far."""
    return Change(
        tool=row.tool,
        account_id=row.account_id,
        arguments=row.arguments,
        target=row.target,
        before=row.before,
        after=row.after,
        observed=row.observed,
        payload=row.payload,
        summary=row.summary,
        warnings=tuple(row.warnings),
        measures=row.measures,
        reversible=row.reversible,
        costs=None if row.costs is None else Cost(**row.costs),
        irreversible=row.irreversible,
        id=row.id,
        answer=(row.receipt or {}).get("answer", {}),
        seen=(row.last_verdict or {}).get("live", {}),
    )
