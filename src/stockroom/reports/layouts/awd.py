"""What both datasets of Amazon Warehousing and Distribution share: where it exists."""

from __future__ import annotations

from stockroom.core.marketplaces import Marketplace


def american(store: Marketplace) -> bool:
    """Amazon's distribution centres serve the United States alone."""
    return store.code == "US"
