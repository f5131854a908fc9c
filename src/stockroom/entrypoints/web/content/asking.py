"""Asking the read tools, as an agent would: pages show the same figures, checked the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stockroom.db.session import ReadSession
from stockroom.entrypoints.answers import input_error
from stockroom.entrypoints.house import House
from stockroom.tenancy.principal import Account

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A tool's answer, its rows by column.

    Args:
        rows: Values by column name.
        notes: What to know about them.
        as_of: Per dataset, the day its numbers describe.
    """

    rows: Sequence[Record]
    notes: Sequence[str]
    as_of: Mapping[str, str | None]


def reading(house: House, account: Account) -> AbstractAsyncContextManager[ReadSession]:
    """Reading inside an account that was granted to whoever looks."""
    return house.database.read(account.id, account.reach, account.settings)


async def ask(house: House, account: Account, name: str, **arguments: Any) -> Told:
    """One call of a read tool.

    Raises:
        InvalidInputError: An argument cannot be used.
    """
    tool = next(tool for tool in house.read_tools if tool.name == name)
    try:
        checked = tool.arguments.model_validate(arguments)
    except ValidationError as error:
        raise input_error(error, name) from None
    async with reading(house, account) as db:
        answer = await tool.ask(db, house.clock, **dict(checked))
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return Told(rows, answer.notes, answer.as_of)
