"""Report documents: one file per report type, each a view of the world's one event stream."""

from __future__ import annotations

from stockroom.simulator.documents import (
    all_orders,
    customer_returns,
    customer_shipments,
    inventory_by_country,
    ledger_detail,
    ledger_summary,
    merchant_listings,
    myi_all,
    myi_unsuppressed,
    reimbursements,
    reserved_inventory,
    sales_traffic,
    settlement,
    stranded_inventory,
    suppressed_listings,
)
from stockroom.simulator.documents.view import DocumentView

DOCUMENTS: dict[str, DocumentView] = {
    module.VIEW.report_type: module.VIEW
    for module in (
        all_orders,
        customer_returns,
        customer_shipments,
        inventory_by_country,
        ledger_detail,
        ledger_summary,
        merchant_listings,
        myi_all,
        myi_unsuppressed,
        reimbursements,
        reserved_inventory,
        sales_traffic,
        settlement,
        stranded_inventory,
        suppressed_listings,
    )
}
"""Report type → what it shows."""
