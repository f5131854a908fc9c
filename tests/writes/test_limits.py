"""Limits judge what a change would do; what cannot be judged does not pass."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from stockroom.core.errors import GuardrailError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.ruling import Holder, Ruling
from stockroom.spec.change import Change, Cost
from stockroom.writes.house_limits import HOUSE
from stockroom.writes.judging import Held, judge_change, judge_changes, judge_hour, judge_spend
from stockroom.writes.limits import Limits, QuietHours

MEASURES = {"price": "19.99", "currency": "USD", "relative_change": "0.1000"}
BERLIN = MARKETPLACES["DE"].zone


def change(tool: str = "set_price", **values: Any) -> Change:
    given: dict[str, Any] = {
        "arguments": {"sku": "LAMP-1", "price": "19.99"},
        "target": {"sku": "LAMP-1", "marketplace": "US"},
        "measures": MEASURES,
        **{name: {} for name in ("before", "after", "observed", "payload")},
    }
    return Change(tool=tool, account_id=UUID(int=1), summary="", **given | values)


def judge(limits: dict[str, Any], given: Change | None = None) -> list[Ruling]:
    return judge_change(Held(Holder.KEY, Limits.read(limits)), given or change())


def ruled(*rules: dict[str, Any], **values: Any) -> list[Ruling]:
    return judge({"rules": [{"tool": "set_price", **rule} for rule in rules]}, change(**values))


def refusal(limits: dict[str, Any], given: Change | None = None) -> GuardrailError:
    with pytest.raises(GuardrailError) as refused:
        judge(limits, given)
    return refused.value


# --- measures --------------------------------------------------------------------------------------


def test_a_key_without_rules_is_judged_by_none() -> None:
    assert judge({}) == []


def test_a_figure_on_the_bound_passes_and_leaves_a_ruling() -> None:
    (ruling,) = ruled({"measure": "price", "currency": "USD", "min": "19.99", "max": "19.99"})
    assert ruling.facts() == {
        "of": "key",
        "tool": "set_price",
        "measure": "price",
        "currency": "USD",
        "min": "19.99",
        "max": "19.99",
        "value": "19.99",
        "passed": True,
    }


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"measure": "relative_change", "max": "0.05"}, ["relative_change", "0.05", "0.1000"]),
        ({"measure": "price", "currency": "USD", "max": "15"}, ["price", "at most 15 USD"]),
        ({"measure": "price", "currency": "USD", "min": "20"}, ["price", "at least 20 USD"]),
        ({"measure": "price", "min": "20"}, ["price", "at least 20 for"]),
    ],
)
def test_a_refusal_names_the_rule_its_value_and_who_can_change_it(
    rule: dict[str, Any], words: list[str]
) -> None:
    refused = refusal({"rules": [{"tool": "set_price", **rule}]})
    assert all(word in refused.summary for word in words)
    assert "issue a key with other limits" in refused.next_step
    assert refused.ruling is not None
    assert not refused.ruling.passed


def test_a_price_in_a_currency_without_a_rule_does_not_pass_where_others_have_one() -> None:
    with pytest.raises(GuardrailError, match="EUR"):
        ruled(
            {"measure": "price", "currency": "USD", "max": "50"},
            measures={**MEASURES, "currency": "EUR"},
        )


@pytest.mark.parametrize("measures", [{"price": "19.99"}, {"relative_change": "much"}])
def test_a_change_without_the_measure_does_not_pass(measures: dict[str, str]) -> None:
    with pytest.raises(GuardrailError, match="relative_change"):
        ruled({"measure": "relative_change", "max": "1"}, measures=measures)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-sNaN"])
def test_what_is_no_figure_does_not_pass(value: str) -> None:
    with pytest.raises(GuardrailError):
        ruled({"measure": "relative_change", "max": "1"}, measures={"relative_change": value})


def test_a_tool_measures_only_what_limits_can_name() -> None:
    with pytest.raises(ValueError, match="quantity"):
        change("set_quantity", measures={"quantity": 7})


def test_rules_of_another_tool_do_not_apply() -> None:
    assert judge({"rules": [{"tool": "set_bid", "measure": "bid", "max": "1"}]}) == []


def test_a_rule_without_a_tool_holds_for_every_tool_that_carries_the_measure() -> None:
    limits = {"rules": [{"measure": "relative_change", "max": "0.05"}]}
    refusal(limits)
    assert judge(limits, change("create_inbound_plan", measures={"units": 4})) == []


@pytest.mark.parametrize(
    ("measure", "value", "currency", "passes"),
    [
        ("bid", "0.02", "USD", True),
        ("bid", "0.01", "USD", False),
        ("bid", "100", "EUR", True),
        ("bid", "100.01", "EUR", False),
        ("bid", "10000", "JPY", True),
        ("bid", "1", "JPY", False),
        ("budget", "1", "GBP", True),
        ("budget", "0.99", "GBP", False),
        ("budget", "10000.01", "USD", False),
        ("bid", "1", None, False),
        ("bid", "1", "XXX", False),
    ],
)
def test_bids_and_budgets_have_bounds_that_nobody_widens(
    measure: str, value: str, currency: str | None, *, passes: bool
) -> None:
    held = Held(Holder.HOUSE, HOUSE)
    given = change("set_bid", measures={measure: value, "currency": currency})
    if passes:
        assert [one.passed for one in judge_change(held, given)] == [True]
        return
    with pytest.raises(GuardrailError) as refused:
        judge_change(held, given)
    assert "nobody can widen it" in refused.value.next_step


# --- SKUs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skus", [["LAMP-1"], ["SHELF-2", "LAMP-*"], ["*"]])
def test_a_sku_on_the_list_passes(skus: list[str]) -> None:
    (ruling,) = judge({"skus": skus})
    assert (ruling.measure, ruling.value, ruling.passed) == ("skus", "LAMP-1", True)


@pytest.mark.parametrize("skus", [[], ["LAMP-10"], ["lamp-1"], ["LAMP"], ["AMP-*"]])
def test_a_sku_that_is_not_on_it_does_not(skus: list[str]) -> None:
    refused = refusal({"skus": skus})
    assert "LAMP-1" in refused.summary


def test_every_sku_of_a_change_must_be_on_the_list() -> None:
    items = [{"sku": "LAMP-1", "units": 2}, {"sku": "SHELF-2", "units": 2}]
    plan = change("create_inbound_plan", arguments={"items": items}, target={"marketplace": "US"})
    assert plan.skus == {"LAMP-1", "SHELF-2"}
    assert "SHELF-2" in refusal({"skus": ["LAMP-*"]}, plan).summary
    assert judge({"skus": ["LAMP-*", "SHELF-2"]}, plan)


def test_a_list_of_skus_in_the_arguments_counts_too() -> None:
    assert change(arguments={"skus": ["A", "B"]}, target={}).skus == {"A", "B"}


def test_a_change_of_no_sku_does_not_pass_where_skus_are_limited() -> None:
    plan = change("choose_placement", arguments={"plan": "wf1"}, target={"plan": "wf1"})
    assert "no SKU that can be told" in refusal({"skus": ["*"]}, plan).summary


# --- hours, numbers, money -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "end", "at", "quiet"),
    [
        ("22:00", "06:00", "21:59", False),
        ("22:00", "06:00", "22:00", True),
        ("22:00", "06:00", "05:59", True),
        ("22:00", "06:00", "06:00", False),
        ("09:00", "10:00", "09:30", True),
        ("09:00", "10:00", "10:00", False),
        ("09:00", "10:00", "08:59", False),
    ],
)
def test_quiet_hours_may_pass_midnight(begin: str, end: str, at: str, *, quiet: bool) -> None:
    hours = QuietHours.model_validate({"from": begin, "to": end})
    assert hours.hold(time.fromisoformat(at)) is quiet


def test_in_quiet_hours_nothing_passes() -> None:
    held = Held(Holder.ACCOUNT, Limits.read({"quiet_hours": {"from": "22:00", "to": "06:00"}}))
    with pytest.raises(
        GuardrailError, match=r"22:00 to 06:00 quiet, and it is 23:15 \(CET\)"
    ) as no:
        list(judge_hour(held, datetime(2026, 11, 21, 23, 15, tzinfo=BERLIN)))
    assert no.value.next_step.startswith("Propose it again after 06:00. Whoever runs this server")


def test_the_last_change_of_a_day_passes_and_the_next_does_not() -> None:
    held = Held(Holder.KEY, Limits.read({"changes_per_day": 2}))
    assert judge_changes(held, 1).passed
    with pytest.raises(GuardrailError, match="2 changes in 24 hours"):
        judge_changes(held, 2)


@pytest.mark.parametrize(
    ("cost", "passes"),
    [
        (Cost("40.00", "USD"), True),
        (Cost("40.01", "USD"), False),
        (Cost("0.01", "EUR"), False),
        (Cost("0", "EUR"), True),
    ],
)
def test_money_of_a_day_is_counted_per_currency(cost: Cost, *, passes: bool) -> None:
    held = Held(Holder.KEY, Limits.read({"spend_per_day": {"USD": "100"}}))
    spent = Decimal(60) if cost.currency == "USD" else Decimal()
    if passes:
        assert judge_spend(held, cost, spent).passed
        return
    with pytest.raises(GuardrailError, match=f"{cost.currency} in 24 hours"):
        judge_spend(held, cost, spent)


# --- what can be read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limits",
    [
        {"max_price": "10"},
        {"rules": [{"tool": "set_price", "measure": "colour", "max": "1"}]},
        {"rules": [{"tool": "set_price", "measure": "price"}]},
        {"rules": [{"measure": "units", "currency": "USD", "max": "1"}]},
        {"rules": [{"measure": "price", "currency": "usd", "max": "1"}]},
        {"rules": [{"measure": "price", "max": "NaN"}]},
        {"spend_per_day": {"USD": "-1"}},
        {"spend_per_day": "100"},
        {"previews_per_minute": 0},
        {"quiet_hours": {"from": "22:00"}},
        {"quiet_hours": {"from": "22:00", "to": "22:00"}},
        {"quiet_hours": {"from": "22:00+02:00", "to": "24:00"}},
        {"skus": [""]},
    ],
)
def test_limits_that_cannot_be_read_let_nothing_pass(limits: dict[str, Any]) -> None:
    with pytest.raises(GuardrailError, match="cannot be read"):
        Limits.read(limits)
