"""What a credential may do: a domain and a power."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """``domain:power``. Reading and writing never imply each other."""

    STOCK_READ = "stock:read"
    SALES_READ = "sales:read"
    INBOUND_READ = "inbound:read"
    FINANCE_READ = "finance:read"
    LISTINGS_READ = "listings:read"
    PLANNING_READ = "planning:read"
    ADS_READ = "ads:read"
    AUDIT_READ = "audit:read"
    LISTINGS_WRITE = "listings:write"
    INBOUND_WRITE = "inbound:write"
    PLANNING_WRITE = "planning:write"
    ADS_WRITE = "ads:write"
    CONFIRM = "changes:confirm"
    """Delegated confirmation: off by default, only with limits."""
    ASK = "changes:ask"
    """The same, of what the person at the program's client is asked about and agrees to."""


CONFIRMING = frozenset({Scope.CONFIRM, Scope.ASK})
"""What stands in for a person on the approval page."""
READ_SCOPES = frozenset(scope for scope in Scope if scope.endswith(":read"))
