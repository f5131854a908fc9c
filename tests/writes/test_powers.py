"""What a key that confirms will be refused for want of a rule is known when it is issued."""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.core.scope import Scope
from stockroom.entrypoints.key_warnings import warnings_of
from stockroom.entrypoints.wiring import write_tools

CONFIRMS = frozenset({Scope.ADS_WRITE, Scope.LISTINGS_WRITE, Scope.CONFIRM})
BID = {"measure": "bid", "currency": "USD", "max": "2.00"}
BUDGET = {"tool": "edit_campaign", "measure": "budget", "currency": "USD", "max": "50"}


def named(limits: dict[str, Any], **key: Any) -> list[str]:
    """The tools that a key with these limits is warned of."""
    held = {"scopes": CONFIRMS, "only": None} | key
    told = warnings_of(write_tools(), limits=limits, **held)
    spending = [tool.name for tool in write_tools() if hasattr(tool, "spends_later")]
    return [name for name in spending for one in told if name in one]


def test_a_key_that_confirms_is_warned_of_each_tool_that_no_rule_caps() -> None:
    assert named({}) == ["edit_campaign", "set_bid"]
    assert named({"rules": [BID]}) == ["edit_campaign"]
    assert named({"rules": [BUDGET]}) == ["set_bid"]
    assert named({"rules": [{**BID, "max": None, "min": "0.10"}, BUDGET]}) == ["set_bid"]
    assert named({"rules": [{**BID, "tool": "edit_campaign"}, BUDGET]}) == ["set_bid"]
    assert named({"rules": [BID, BUDGET]}) == []


@pytest.mark.parametrize(
    "key",
    [
        {"scopes": CONFIRMS - {Scope.CONFIRM}},
        {"scopes": CONFIRMS - {Scope.ADS_WRITE}},
        {"only": ["set_price", "confirm_change"]},
    ],
)
def test_a_key_that_does_not_confirm_those_is_not(key: dict[str, Any]) -> None:
    assert named({}, **key) == []


def test_limits_of_another_version_are_said_to_be_unreadable() -> None:
    (told,) = warnings_of(write_tools(), CONFIRMS, None, {"moon_phase": "full"})
    assert "cannot be read" in told
