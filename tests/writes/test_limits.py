"""Rules judge measures; what cannot be judged does not pass."""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.core.errors import GuardrailError
from stockroom.writes.limits import Limits

CHANGE = {"price": "19.99", "currency": "USD", "relative_change": "0.1000"}


def judge(*rules: dict[str, Any], measures: dict[str, Any] | None = None) -> None:
    limits = Limits.read({"rules": [{"tool": "set_price", **rule} for rule in rules]})
    limits.judge("set_price", measures or CHANGE)


def test_a_key_without_rules_is_judged_by_none() -> None:
    judge()


def test_a_figure_on_the_bound_passes() -> None:
    judge({"measure": "price", "currency": "USD", "min": "19.99", "max": "19.99"})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"measure": "relative_change", "max": "0.05"}, ["relative_change", "0.05", "0.1000"]),
        ({"measure": "price", "currency": "USD", "max": "15"}, ["price", "at most 15 USD"]),
        ({"measure": "price", "currency": "USD", "min": "20"}, ["price", "at least 20 USD"]),
    ],
)
def test_a_refusal_names_the_rule_its_value_and_who_can_change_it(
    rule: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(GuardrailError) as refused:
        judge(rule)
    assert all(word in refused.value.summary for word in words)
    assert "issue a key with other limits" in refused.value.next_step


def test_a_price_in_a_currency_without_a_rule_does_not_pass_where_others_have_one() -> None:
    with pytest.raises(GuardrailError, match="EUR"):
        judge(
            {"measure": "price", "currency": "USD", "max": "50"},
            measures={**CHANGE, "currency": "EUR"},
        )


def test_a_change_without_the_measure_does_not_pass() -> None:
    with pytest.raises(GuardrailError, match="relative_change"):
        judge({"measure": "relative_change", "max": "1"}, measures={"price": "19.99"})


def test_rules_of_another_tool_do_not_apply() -> None:
    limits = Limits.read({"rules": [{"tool": "set_bid", "measure": "bid", "max": "1"}]})
    limits.judge("set_price", CHANGE)


def test_limits_that_cannot_be_read_let_nothing_pass() -> None:
    with pytest.raises(GuardrailError, match="cannot be read"):
        Limits.read({"max_price": "10"})
