"""Sealing anew: whatever the vault once sealed with a former key is sealed with the current one.

Every ciphertext names its key, so nothing has to be remembered: a value that
names another key is still to do, after an interruption too. Holder by holder, as
row security has it, in batches that lock few rows and take little memory; other
processes read and write meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Table,
    case,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import ConfigurationError
from stockroom.db.base import ACCOUNT, ORGANISATION, PERSON, Base, Holder, access_of
from stockroom.db.engine import Database, enter
from stockroom.tenancy.directory import holders
from stockroom.tenancy.vault import Vault

_BATCH = 8
"""A chunk of a document is up to 4 MB."""
_LONGEST_HEADER = 257
_HOLDERS = {
    ACCOUNT.setting: "accounts",
    ORGANISATION.setting: "organisations",
    PERSON.setting: "people",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A batch that is done.

    Args:
        table: The table's qualified name.
        sealed: How many of its rows were sealed anew.
        unopened: What was wrong with each row that did not open; it stays as it was.
    """

    table: str
    sealed: int
    unopened: tuple[ConfigurationError, ...]


async def census(database: Database) -> Counter[tuple[str, str]]:
    """How many values are sealed, by table and by the name of their key."""
    counted: Counter[tuple[str, str]] = Counter()
    for sealed in _sealed_tables():
        for holder_id in await sealed.holders(database):
            async with sealed.inside(database, holder_id) as session:
                for question in sealed.by_key():
                    for key, values in await session.execute(question):
                        counted[str(sealed.table), key] += values
    return counted


async def reseal(database: Database, vault: Vault) -> AsyncGenerator[Step, None]:
    """Seal everything anew that is not sealed with the current key, batch by batch."""
    for sealed in _sealed_tables():
        for holder_id in await sealed.holders(database):
            after: RowMapping | None = None
            while True:
                async with sealed.inside(database, holder_id) as session:
                    found = await session.execute(sealed.not_of(vault.current, after))
                    rows = found.mappings().all()
                    if not rows:
                        break
                    errors = [await sealed.turn(session, vault, holder_id, row) for row in rows]
                unopened = tuple(error for error in errors if error)
                yield Step(str(sealed.table), len(rows) - len(unopened), unopened)
                after = rows[-1]


def _sealed_tables() -> list[_SealedTable]:
    found = ((table, access_of(table)) for table in Base.metadata.sorted_tables)
    return [
        _SealedTable(table, access.holder, access.sealed)
        for table, access in found
        if access.sealed and access.holder  # a ciphertext is bound to its holder
    ]


@dataclass(frozen=True, slots=True)
class _SealedTable:
    table: Table
    holder: Holder
    purposes: Mapping[str, str]

    async def holders(self, database: Database) -> list[UUID]:
        return await holders(database, _HOLDERS[self.holder.setting])

    @asynccontextmanager
    async def inside(self, database: Database, holder_id: UUID) -> AsyncIterator[AsyncSession]:
        async with database.system_session() as session:
            await enter(session, self.holder, holder_id)
            yield session

    def by_key(self) -> Iterator[Select[str, int]]:
        """Per column: how many values each key sealed."""
        for column in self._columns:
            name = _key_of(column)
            yield select(name, func.count()).where(column.is_not(None)).group_by(name)

    def not_of(self, key: str, after: RowMapping | None) -> Select[Any]:
        """The next rows with another key's value, locked: who stores a new grant comes after us."""
        old = or_(*(_key_of(column) != key for column in self._columns))
        order = list(self.table.primary_key)
        rows = select(self.table).where(old).order_by(*order).limit(_BATCH).with_for_update()
        if after is None:
            return rows
        return rows.where(tuple_(*order) > tuple_(*(after[one.name] for one in order)))

    async def turn(
        self, session: AsyncSession, vault: Vault, holder_id: UUID, row: RowMapping
    ) -> ConfigurationError | None:
        """Seal one row anew; returns why it could not be opened, if it could not."""
        fresh: dict[str, bytes] = {}
        try:
            for column, purpose in self.purposes.items():
                if row[column] is not None:
                    bound = purpose.format_map(row)
                    plain = vault.decrypt(row[column], purpose=bound, account_id=holder_id)
                    fresh[column] = vault.encrypt(plain, purpose=bound, account_id=holder_id)
        except ConfigurationError as error:
            return error
        same = (column == row[column.name] for column in self.table.primary_key)
        await session.execute(update(self.table).where(*same).values(fresh))
        return None

    @property
    def _columns(self) -> list[ColumnElement[Any]]:
        return [self.table.c[name] for name in self.purposes]


def _key_of(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The name a ciphertext gives its key; its head alone is read, however long it is."""
    head = func.substring(column, 1, _LONGEST_HEADER)
    name = func.encode(func.substring(head, 3, func.get_byte(head, 1)), "escape")
    version_and_length = 2
    return case(
        (func.octet_length(column) > version_and_length, name), (column.is_not(None), "")
    )  # null stays null: there is nothing to open
