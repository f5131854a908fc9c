"""What is asked of the advertising API is what Amazon publishes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.conftest import Contract

from stockroom.reports import all_reports
from stockroom.simulator.documents.ads import ADS_DOCUMENTS, LONGEST_SPAN
from stockroom.spec.report import AdsReport, Report
from stockroom.sync.layout import wanted

OF_CAMPAIGN = {
    "campaignId",
    "campaignName",
    "campaignStatus",
    "campaignBudgetAmount",
    "campaignBudgetType",
    "campaignBudgetCurrencyCode",
}
"""Columns that grouping by campaign adds; the transcript lists none for any grouping."""
REPORTS = [report for report in all_reports() if isinstance(report.request, AdsReport)]


def published(contract: Contract, report_type: str) -> dict[str, Any]:
    text = (contract.folder / "reference" / "ads-v3-report-types.json").read_text(encoding="utf-8")
    described: dict[str, Any] = json.loads(text)["reportTypes"][report_type]
    return described


def columns(described: dict[str, Any]) -> set[str]:
    return {name for names in described["columns"].values() for name in names}


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_request_asks_only_for_what_there_is(contract: Contract, report: Report) -> None:
    request = report.request
    assert isinstance(request, AdsReport)
    described = published(contract, request.report_type)
    asked = {header.names[0] for header in wanted(report.fills).values()}
    added = OF_CAMPAIGN if request.report_type == "spCampaigns" else set()
    assert asked <= columns(described) | added | {"campaignId"}
    assert request.ad_product == described["adProduct"]
    assert request.group_by in described["groupBy"]
    assert report.window <= int(described["maxSpanDays"])
    assert report.history + 2 < int(described["dataRetentionDays"])


@pytest.mark.parametrize("report_type", ADS_DOCUMENTS)
def test_the_pretend_amazon_serves_no_other_columns(contract: Contract, report_type: str) -> None:
    described, document = published(contract, report_type), ADS_DOCUMENTS[report_type]
    assert set(document.columns) <= columns(described) | OF_CAMPAIGN
    assert document.product == described["adProduct"]
    assert document.kept_days == int(described["dataRetentionDays"])
    assert int(described["maxSpanDays"]) == LONGEST_SPAN
