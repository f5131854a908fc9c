"""The simulator's tables equal Amazon's published ones: rates, columns, error bodies."""

from __future__ import annotations

import json

import pytest
import yaml
from tests.contract.conftest import Contract

from stockroom.core.errors import InvalidInputError, NotFoundError, StockroomError, ThrottledError
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.wire.errors import (
    BAD_TOKEN,
    EXPIRED_TOKEN,
    OVER_QUOTA,
    denied,
    error_response,
)
from stockroom.simulator.wire.rates import RATES


@pytest.mark.parametrize("operation", RATES)
def test_the_lower_published_rate_is_served(contract: Contract, operation: str) -> None:
    text = (contract.folder / "reference" / "rate-limits.yml").read_text(encoding="utf-8")
    listed = next(
        figures for name, figures in yaml.safe_load(text).items() if name.endswith(f"-{operation}")
    )
    amount, burst, interval = (*listed, 1)[:3]
    rate, model_burst = contract.plan(operation) or (amount / interval, burst)
    assert RATES[operation].per_second == pytest.approx(min(rate, amount / interval), abs=1e-4)
    assert RATES[operation].burst == min(model_burst, burst)


@pytest.mark.parametrize(
    "report_type", [name for name, one in DOCUMENTS.items() if not one.written]
)
def test_document_columns_are_the_published_ones(contract: Contract, report_type: str) -> None:
    text = (contract.folder / "reference" / "report-columns.json").read_text(encoding="utf-8")
    published = json.loads(text)["reports"][report_type]
    view = DOCUMENTS[report_type]
    required, extras = published["columns"], view.columns[len(published["columns"]) :]
    assert list(view.columns[: len(required)]) == required
    assert set(extras) <= set(published["columns_seen_extra"])
    assert len(set(view.columns)) == len(view.columns)
    assert view.quoted is published.get("quoted", False)


@pytest.mark.parametrize(
    "error",
    [
        ThrottledError(OVER_QUOTA, status=429),
        denied(EXPIRED_TOKEN),
        denied(BAD_TOKEN),
        denied(),
        InvalidInputError("Invalid request parameters"),
        NotFoundError("One or more of the provided ReportRequestIds could not be found."),
    ],
    ids=lambda error: str(error)[-30:],
)
def test_error_bodies_are_the_recorded_ones(contract: Contract, error: StockroomError) -> None:
    text = (contract.folder / "reference" / "error-shapes.json").read_text(encoding="utf-8")
    recorded = [(one["http"], one["body"]) for one in json.loads(text)["sp_api"]]
    answer = error_response(error)
    assert (answer.status_code, json.loads(bytes(answer.body))) in recorded
