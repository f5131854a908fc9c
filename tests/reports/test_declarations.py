"""What holds for every dataset, also the next one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stockroom.reports import all_reports
from stockroom.simulator.documents import DOCUMENTS
from stockroom.spec.fact import Header, Ordinal, sources, table_of
from stockroom.spec.format import JSON_DOCUMENT, normalized
from stockroom.spec.load import Replaces
from stockroom.spec.report import MARKETPLACE, AdsReport, PagedApi, Report, SpApiReport
from stockroom.sync.layout import wanted
from stockroom.sync.redact import is_personal

COLUMNS = Path(__file__).parents[3] / "shared" / "amazon" / "reference" / "report-columns.json"
reports = pytest.mark.parametrize("report", all_reports(), ids=lambda report: report.name)


@reports
def test_every_column_says_where_it_comes_from(report: Report) -> None:
    mapped = {column.key for column, _ in sources(report.fills)}
    assert {column.key for column in table_of(report.fills).columns} - mapped == {
        "account_id",
        "run_id",
    }


@reports
def test_the_account_comes_first_and_the_day_second(report: Report) -> None:
    keys = [column.name for column in table_of(report.fills).primary_key]
    assert keys[:2] == ["account_id", "day"]


@reports
def test_no_personal_column_is_read(report: Report) -> None:
    names = [name for header in wanted(report.fills).values() for name in header.names]
    assert [name for name in names if is_personal(name, report.personal)] == []


@reports
def test_a_table_of_what_happened_tells_duplicates_apart(report: Report) -> None:
    ordinals = [source for _, source in sources(report.fills) if isinstance(source, Ordinal)]
    if report.load.replaces is not Replaces.SNAPSHOT:
        assert len(ordinals) == 1


@reports
def test_a_marketplaces_rows_are_told_from_its_neighbours(report: Report) -> None:
    keys = {column.name for column in table_of(report.fills).primary_key}
    assert (report.scope is MARKETPLACE) == ("marketplace" in keys)


@reports
def test_a_group_is_named_by_columns_that_exist(report: Report) -> None:
    if report.load.replaces is Replaces.GROUP:
        assert {*report.load.group, report.load.version} <= set(
            table_of(report.fills).columns.keys()
        )


@reports
def test_what_shows_the_present_loads_snapshots(report: Report) -> None:
    assert (not report.request.dated) == (report.load.replaces is Replaces.SNAPSHOT)


@reports
def test_the_pretend_amazon_has_it(report: Report) -> None:
    if isinstance(report.request, SpApiReport):
        assert report.request.report_type in DOCUMENTS


@reports
def test_the_columns_are_amazons(report: Report) -> None:
    if isinstance(report.request, PagedApi | AdsReport) or report.format is JSON_DOCUMENT:
        pytest.skip("JSON has no headers")
    if not COLUMNS.exists():
        pytest.skip(f"{COLUMNS} is not here")
    described = json.loads(COLUMNS.read_text())
    known = described["reports"][report.request.report_type]
    seen = [name.partition(" (")[0] for name in known.get("columns_seen_extra", [])]
    headers = set(map(normalized, known["columns"] + seen))
    for name, source in wanted(report.fills).items():
        assert isinstance(source, Header)
        assert headers.intersection(map(normalized, source.names)), name
