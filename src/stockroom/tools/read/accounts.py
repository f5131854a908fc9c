"""``accounts``: who this key reaches, and whether Amazon still answers for them."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from stockroom.core.clock import Clock
from stockroom.core.scope import Scope
from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer, Column
from stockroom.spec.fact import table_of
from stockroom.spec.run import GOOD_STATES, Run
from stockroom.spec.tool import read_tool
from stockroom.tools.accounts import MARKETPLACES, accounts_table
from stockroom.tools.columns import iso_instant
from stockroom.tools.connection import (
    GRANT_LIFE,
    REMEMBERED,
    SUSPENDED,
    TRIALS,
    Standing,
    Trial,
    judge,
)

COLUMNS = (
    Column("account", "The name to pass as account."),
    Column("name", "What people call it."),
    Column("region", "Amazon's API region: NA, EU or FE."),
    Column("marketplaces", "Country codes it sells in.", "list"),
    Column(
        "state",
        "Of the connection to Amazon: connected; revoked (the seller must authorise again); "
        "secret_refused (the operator must act); unreachable; role_missing (some datasets are "
        "denied); ads_denied (only advertising is); suspended (listings in some marketplace are); "
        "expiring (within 30 days).",
    ),
    Column("reason", "Why it is not simply connected."),
    Column("next_step", "What a person must do."),
    Column(
        "stopped",
        "The stop switch is on: no change leaves for Amazon; notes say if agents may not read either.",
        "boolean",
    ),
    Column("authorised_until", "The seller must have authorised again by then.", "date"),
    Column("connected_since", "When it was connected here.", "instant"),
    Column("last_sync", "When a load last succeeded; null: never.", "instant"),
)

_account, _run = accounts_table.c, table_of(Run).c

ACCOUNT = Query(
    select(
        _account.slug,
        _account.name,
        _account.region,
        MARKETPLACES,
        or_(_account.stopped, _account.agents_stopped_at.is_not(None)),
        iso_instant(_account.created_at),
        func.coalesce(_account.authorised_at, _account.created_at),
        _account.probed_at,
        _account.probe_error,
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
QUERIES = (ACCOUNT, LAST_SYNC, TRIALS, *((SUSPENDED,) if SUSPENDED else ()))


@read_tool(scope=Scope.STOCK_READ, title="Accounts", columns=COLUMNS)
async def accounts(db: ReadSession, clock: Clock) -> Answer:
    """The accounts and marketplaces this key reaches, the health of each, and what the key may do.

    Call it first when a key covers several accounts: other tools take its account names. For the
    age of the data use data_freshness.
    """
    now = clock.now()
    asked = [(ACCOUNT, {}), (LAST_SYNC, {}), (TRIALS, {"since": now - REMEMBERED})]
    found, synced, tried, *suspended = await db.many(
        *asked, *([(SUSPENDED, {})] if SUSPENDED else [])
    )
    last_sync = synced[0][0] if synced else None
    trials = [Trial(*row) for row in tried]
    rows = []
    for *who, stopped, since, authorised_at, probed_at, probe_error in found:
        standing = Standing(authorised_at, probed_at, probe_error)
        health = judge(standing, trials, [code for page in suspended for (code,) in page], now)
        until = (authorised_at + GRANT_LIFE).date().isoformat()
        rows.append((*who, *health, stopped, until, since, last_sync))
    return Answer(
        columns=[column.name for column in COLUMNS], rows=rows, as_of={}, total=len(found)
    )
