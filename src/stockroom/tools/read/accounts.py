"""``accounts``: who this key reaches, and whether Amazon still answers for them."""

from __future__ import annotations

from sqlalchemy import or_, select

from stockroom.core.scope import Scope
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer, Column
from stockroom.spec.fact import table_of
from stockroom.spec.run import GOOD_STATES, Run
from stockroom.spec.tool import read_tool
from stockroom.tools.accounts import accounts_table
from stockroom.tools.columns import iso_instant

COLUMNS = (
    Column("account", "The name to pass as account."),
    Column("name", "What people call it."),
    Column("region", "Amazon's API region: NA, EU or FE."),
    Column("marketplaces", "Country codes it sells in.", "list"),
    Column("state", "connected, or revoked: the seller must authorise again."),
    Column("connected_since", "When it was connected here.", "instant"),
    Column("last_sync", "When a load last succeeded; null: never.", "instant"),
)

_account, _run = accounts_table.c, table_of(Run).c

ACCOUNT = Query(
    select(
        _account.slug,
        _account.name,
        _account.region,
        _account.marketplaces,
        _account.state,
        iso_instant(_account.created_at),
    )
)
LAST_SYNC = Query(
    select(iso_instant(_run.finished_at))
    .where(
        or_(*(_run.state == state.value for state in GOOD_STATES)), _run.finished_at.is_not(None)
    )
    # Ids sort by time: the newest good run is found without sorting.
    .order_by(_run.id.desc())
    .limit(1)
)
QUERIES = (ACCOUNT, LAST_SYNC)


@read_tool(scope=Scope.STOCK_READ, title="Accounts", columns=COLUMNS)
async def accounts(db: ReadSession) -> Answer:
    """The accounts and marketplaces this key reaches, the health of each, and what the key may do.

    Call it first when a key covers several accounts: other tools take its account names. For the
    age of the data use data_freshness.
    """
    found, synced = await db.many((ACCOUNT, {}), (LAST_SYNC, {}))
    last_sync = synced[0][0] if synced else None
    return Answer(
        columns=[column.name for column in COLUMNS],
        rows=[(*row, last_sync) for row in found],
        as_of={},
        total=len(found),
    )
