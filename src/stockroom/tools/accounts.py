"""What the tools need of the account itself."""

from __future__ import annotations

from sqlalchemy import column, func, select, table

from stockroom.db.query import Query

# The model belongs to tenancy; of its columns the tools need these.
accounts_table = table(
    "accounts",
    *map(
        column,
        (
            *("account_id", "slug", "name", "region", "agents_stopped_at"),
            *("settings", "created_at", "stopped", "authorised_at", "probed_at", "probe_error"),
        ),
    ),
    schema="app",
)

# The lists themselves are no columns of the table above: they are read through their reach only.
MARKETPLACES = func.app.reached(column("marketplaces")).label("marketplaces")
"""The marketplaces the account sells in, as far as the reader's reach."""
_ADVERTISED = func.app.reached(column("ads_marketplaces")).label("ads_marketplaces")

SOLD_IN = Query(select(MARKETPLACES, _ADVERTISED).select_from(accounts_table))
"""The marketplaces the account sells in, and those in which its advertising is connected."""
SETTINGS = Query(select(accounts_table.c.settings))
"""The account's own thresholds and assumptions."""
