"""Finding whose something is before it is entered: the database's directory.

Whoever knows a name (an organisation's, an e-mail address, a credential's hash) learns
the id of its holder and nothing else. What the holder has is then read from inside it.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from stockroom.db.engine import Database


async def holder_of(database: Database, table: str, *names: str) -> UUID | None:
    """Whose row of ``table`` is found by ``names``; None: there is none.

    Args:
        database: Where to look.
        table: The table's bare name.
        names: The values of its ``found_by`` columns, in their order.
    """
    async with database.system_session() as session:
        found: UUID | None = await session.scalar(
            select(func.app.holder_of(table, " ".join(names)))
        )
    return found


async def holders(database: Database, table: str) -> list[UUID]:
    """Everybody who holds a row of ``table``: for the operator and the clockwork, never a caller."""
    async with database.system_session() as session:
        return list(await session.scalars(select(func.app.all_holders(table))))


def hashed_name(digest: bytes) -> str:
    """A hash as the directory spells it."""
    return "\\x" + digest.hex()
