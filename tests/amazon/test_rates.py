"""Our paces are the lower of what Amazon's models and its SDK's table say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stockroom.amazon.rates import OPERATIONS, Operation

AMAZON = Path(__file__).parents[2].parent / "shared" / "amazon"
ROW = re.compile(r"^\|\s*(\d*\.?\d+)\s*\|\s*(\d+)\s*\|", re.MULTILINE)

pytestmark = pytest.mark.skipif(
    not AMAZON.is_dir(), reason="Amazon's models are not beside this project (../shared/amazon)"
)


def _stated_in_models(name: str) -> tuple[float, int] | None:
    """None where the model knows the operation and states no pace."""
    known = False
    for path in (AMAZON / "amzn-models" / "models").rglob("*.json"):
        for operations in json.loads(path.read_text(encoding="utf-8"))["paths"].values():
            for operation in operations.values():
                found = _row(operation, name)
                if found:
                    return found
                known = known or _is(operation, name)
    assert known, f"Amazon's models do not know {name}"
    return None


def _is(operation: Any, name: str) -> bool:
    return isinstance(operation, dict) and operation.get("operationId") == name


def _row(operation: Any, name: str) -> tuple[float, int] | None:
    if not _is(operation, name):
        return None
    row = ROW.search(operation["description"])
    return (float(row[1]), int(row[2])) if row else None


def _stated_in_table(name: str) -> tuple[float, int]:
    text = (AMAZON / "reference" / "rate-limits.yml").read_text(encoding="utf-8")
    figures = next(row for key, row in yaml.safe_load(text).items() if key.endswith(f"-{name}"))
    rate, burst, *interval = figures
    return rate / (interval[0] if interval else 1), burst


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_a_pace_is_the_lower_one_that_amazon_states(operation: Operation) -> None:
    table_rate, table_burst = _stated_in_table(operation.name)
    model_rate, model_burst = _stated_in_models(operation.name) or (table_rate, table_burst)

    assert operation.rate == pytest.approx(min(model_rate, table_rate), rel=1e-9)
    assert operation.burst == min(model_burst, table_burst)
