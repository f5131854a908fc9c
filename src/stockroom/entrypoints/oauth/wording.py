"""What each scope means to the person who is asked for it."""

from __future__ import annotations

from collections.abc import Mapping

from stockroom.core.scope import Scope

MEANINGS: Mapping[Scope, str] = {
    Scope.STOCK_READ: "Stock, cover, health, and the events behind them",
    Scope.SALES_READ: "Sales, traffic and velocity",
    Scope.INBOUND_READ: "Inbound shipments and their status",
    Scope.FINANCE_READ: "Fees, reimbursements, returns and settlements",
    Scope.LISTINGS_READ: "Listings, prices and suppressions",
    Scope.PLANNING_READ: "Planning inputs and replenishment facts",
    Scope.ADS_READ: "Advertising performance",
    Scope.AUDIT_READ: "Proposed changes and the audit trail",
    Scope.LISTINGS_WRITE: "Prices, merchant quantities and listing attributes",
    Scope.INBOUND_WRITE: "Inbound plans and multi-channel orders",
    Scope.PLANNING_WRITE: "Planning inputs, reserve stock and claims",
    Scope.ADS_WRITE: "Campaign budgets, states and bids",
}
"""Every scope that can be granted."""
