"""Processes that may die: before or after any commit, and on either side of the call to Amazon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from tests.writes.conftest import Bench

from stockroom.core.errors import StockroomError
from stockroom.db.engine import Database
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Entry, Ground
from stockroom.tools.write.set_planning_inputs import SetPlanningInputs
from stockroom.tools.write.set_price import SetPrice
from stockroom.tools.write.set_quantity import SetQuantity
from stockroom.writes.gate import Gate

T = TypeVar("T")


class DiedError(Exception):
    """The process ended here."""


@dataclass
class Life:
    """How many moments a process has left; 0: it lives on."""

    left: int

    def moment(self) -> None:
        """One more is over."""
        self.left -= 1
        if self.left == 0:
            raise DiedError


@dataclass(frozen=True, slots=True)
class Mortal(Database):
    """The database of a process that may die before or after any commit."""

    life: Life

    @asynccontextmanager
    async def system_session(self) -> AsyncIterator[AsyncSession]:
        async with Database.system_session(self) as session:
            yield session
            self.life.moment()
        self.life.moment()


@dataclass
class Witness:
    """Sees every call that writes, as it is about to be made, by a process that may die around it."""

    life: Life
    calls: list[Change]

    async def sees(self, change: Change, send: Callable[[], Awaitable[Receipt]]) -> Receipt:
        self.life.moment()
        self.calls.append(change)
        receipt = await send()
        self.life.moment()
        return receipt


@dataclass
class MortalPrice(SetPrice):
    """The real tool, in that process."""

    witness: Witness

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        return await self.witness.sees(change, partial(SetPrice.execute, self, change, ground))


@dataclass
class MortalQuantity(SetQuantity):
    """The real tool, in that process."""

    witness: Witness

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        return await self.witness.sees(change, partial(SetQuantity.execute, self, change, ground))


@dataclass
class MortalInputs(SetPlanningInputs):
    """The real tool, in that process: what it writes down may be half of a transaction."""

    life: Life

    async def record(self, change: Change, entry: Entry) -> None:
        self.life.moment()
        await super().record(change, entry)
        self.life.moment()


def mortal_gate(bench: Bench, calls: list[Change], lives: int = 0) -> Gate:
    """The gate of a process that has so many moments left; 0: it lives on."""
    life = Life(lives)
    parts = {one.name: getattr(bench.database, one.name) for one in fields(Database)}
    witness = Witness(life, calls)
    mortal = replace(bench, database=Mortal(**parts, life=life))
    return mortal.gate(MortalPrice(witness), also=(MortalQuantity(witness), MortalInputs(life)))


async def alive(asked: Awaitable[T]) -> T | None:
    """What was answered; None when it was refused, or the process died."""
    try:
        return await asked
    except (StockroomError, DiedError):
        return None
