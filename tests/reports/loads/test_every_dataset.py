"""What holds for every dataset, also the next one: the pretend Amazon has it, and every row of it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stockroom.reports import all_reports
from stockroom.spec.fact import table_of

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader


@pytest.mark.slow
@pytest.mark.parametrize("loader", ["NA"], indirect=True)
async def test_every_dataset_loads_without_a_rejected_row(loader: Loader) -> None:
    await loader.load(*(report.name for report in all_reports()), days=2)
    empty = set()
    for report in all_reports():
        table = table_of(report.fills).fullname
        here = bool(report.codes(loader.connected.facts))
        assert bool(await loader.days(report.name)) == here, report.name
        if here and not await loader.rows(f"select from {table} limit 1"):
            empty.add(report.name)
    rejected = await loader.rows("select dataset, remarks from app.runs where rejected > 0")
    assert rejected == []
    # These come and go: a few days of a small seller may have none.
    assert empty <= {
        *("stranded_inventory", "suppressed_listings", "reimbursements"),
        *("inbound_noncompliance", "removal_orders", "removal_shipments"),
        *("longterm_storage_fees", "overage_fees"),
    }
