"""What the tools need of the account itself."""

from __future__ import annotations

from sqlalchemy import column, select, table

from stockroom.db.query import Query

# The model belongs to tenancy; of its columns the tools need these.
accounts_table = table(
    "accounts",
    *map(
        column,
        (
            *("account_id", "slug", "name", "region", "marketplaces", "ads_marketplaces"),
            *("settings", "created_at", "stopped", "authorised_at", "probed_at", "probe_error"),
        ),
    ),
    schema="app",
)

SOLD_IN = Query(select(accounts_table.c.marketplaces, accounts_table.c.ads_marketplaces))
"""The marketplaces the account sells in, and those in which its advertising is connected."""
SETTINGS = Query(select(accounts_table.c.settings))
"""The account's own thresholds and assumptions."""
