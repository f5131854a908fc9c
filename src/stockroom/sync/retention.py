"""Raw documents are kept for a while, then forgotten: what was read from them stays.

A document that is withheld, or of which the rows are not in yet, is kept however
old it is: a person may still release it. That goes for every run that reads it: one
document may be read by several. What a landing left half done goes with the
documents of its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from stockroom.core.log import logger
from stockroom.db.engine import Database
from stockroom.spec.run import OPEN_STATES, RunState

_NEEDED = [RunState.QUARANTINED.value, *(state.value for state in OPEN_STATES)]
_FORGET = """
    with old as (
        delete from raw.documents d where d.landed_at < %(before)s and not exists (
            select from app.runs r where r.document_id = d.id and r.state = any(%(needed)s))
        returning d.id, d.bytes_kept
    ), pieces as (
        delete from raw.document_chunks c using old where c.document_id = old.id
    )
    select count(*), coalesce(sum(bytes_kept), 0)::bigint from old
"""
_FORGET_BEGUN = """
    delete from raw.document_chunks c using app.runs r
    where r.id = c.document_id and r.created_at < %(before)s and r.state <> all(%(needed)s)
        and not exists (select from raw.documents d where d.id = c.document_id)
"""

_log = logger("sync.retention")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted of one account.

    Args:
        documents: Documents.
        bytes: Their size, decompressed.
    """

    documents: int
    bytes: int


async def forget_old(
    database: Database, account_id: UUID, *, now: datetime, days: int
) -> Forgotten:
    """Delete the account's documents that landed more than ``days`` ago.

    Args:
        database: Where they are.
        account_id: Whose; row security lets no other be seen.
        now: The present.
        days: How long a document is kept.
    """
    where = {"before": now - timedelta(days=days), "needed": _NEEDED}
    async with database.connection(account_id) as connection:
        row = await (await connection.execute(_FORGET, where)).fetchone()
        await connection.execute(_FORGET_BEGUN, where)
    assert row is not None
    forgotten = Forgotten(*row)
    if forgotten.documents:
        _log.info(
            "old documents deleted",
            account_id=str(account_id),
            documents=forgotten.documents,
            bytes=forgotten.bytes,
            kept_days=days,
        )
    return forgotten
