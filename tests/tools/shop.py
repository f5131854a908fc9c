"""A seller, asked through the tools as an agent would."""

from __future__ import annotations

from typing import Any

from stockroom.core.clock import Clock
from stockroom.db.engine import Database
from stockroom.db.reach import EVERYWHERE, Reach
from stockroom.entrypoints.wiring import read_tools
from stockroom.spec.answer import Answer
from stockroom.spec.tool import TargetAccount


class Shop:
    """A seller, asked through the tools."""

    def __init__(
        self,
        database: Database,
        account: TargetAccount,
        clock: Clock,
        reach: Reach = EVERYWHERE,
    ) -> None:
        self.database = database
        self.account = account
        self.clock = clock
        self.reach = reach
        self.tools = {tool.name: tool for tool in read_tools()}

    async def ask(self, name: str, **arguments: Any) -> Answer:
        """One call, its arguments checked as at the boundary."""
        tool = self.tools[name]
        checked = dict(tool.arguments.model_validate(arguments))
        async with self.database.read(self.account.id, self.reach) as db:
            answer: Answer = await tool.ask(db, self.clock, **checked)
        return answer

    async def records(self, name: str, **arguments: Any) -> list[dict[str, Any]]:
        """An answer's rows by column."""
        answer = await self.ask(name, **arguments)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    async def column(self, name: str, column: str, **arguments: Any) -> list[Any]:
        """One column of an answer."""
        answer = await self.ask(name, **arguments)
        return [row[list(answer.columns).index(column)] for row in answer.rows]
