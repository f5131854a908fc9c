"""Report documents: one file per report type, each a view of the world's one event stream."""

from __future__ import annotations

from stockroom.simulator.documents import all_orders, ledger_summary
from stockroom.simulator.documents.view import DocumentView

DOCUMENTS: dict[str, DocumentView] = {
    module.VIEW.report_type: module.VIEW for module in (all_orders, ledger_summary)
}
"""Report type → what it shows."""
