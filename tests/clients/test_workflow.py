"""The classic workflow, with a real client and a real browser: read, plan, approve, see it done, undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.e2e.conftest import Demo

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
def seen(served: Demo, script: Callable[..., str], person: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(script("workflow.mjs", KEY=served.key("operator"), **person))
    return found


@pytest.fixture(scope="module")
def trail(served: Demo, seen: dict[str, Any]) -> list[dict[str, Any]]:
    """The audit of the account, as it is exported."""
    assert seen["approvals"]
    path = served.home.parent / "trail.jsonl"
    account = served.ready["accounts"][0]["account"]
    served.run("audit", "export", "--account", account, "--to", str(path))
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines[:-1]]


def test_a_plan_is_made_from_what_runs_out(seen: dict[str, Any]) -> None:
    assert seen["candidates"] > 0
    preview = seen["preview"]
    assert preview["before"] == {"plan": None}
    assert preview["after"]["items"][0]["quantity"] > 0
    assert preview["fingerprint"] not in preview["approve_url"]


def test_looking_changes_nothing_and_shows_all_of_it(seen: dict[str, Any]) -> None:
    for approval in seen["approvals"]:
        assert approval["untouched"] == "proposed"
    shown = seen["approvals"][0]["shown"]
    item = seen["preview"]["after"]["items"][0]
    assert str(item["quantity"]) in shown
    assert item["msku"] in shown
    assert "by operator" in " ".join(shown.split())


def test_what_a_person_approved_is_done_and_seen_at_amazon(seen: dict[str, Any]) -> None:
    made, cancelled = (approval["change"] for approval in seen["approvals"])
    assert (made["state"], made["delegated"]) == ("verified", False)
    assert (cancelled["state"], cancelled["delegated"]) == ("verified", False)
    assert made["confirmed_by"]["client"] == "console"
    assert made["seen"]["plan"]
    assert cancelled["seen"] == {"status": "VOIDED"}
    assert all("verified" in approval["after"] for approval in seen["approvals"])


def test_the_audit_has_before_and_after_and_who_agreed(
    seen: dict[str, Any], trail: list[dict[str, Any]]
) -> None:
    for approval in seen["approvals"]:
        change = approval["change"]
        rows = [row for row in trail if row["change_id"] == change["id"]]
        assert [row["action"] for row in rows][:3] == ["proposed", "confirmed", "executing"]
        assert rows[-1]["action"] == "verified"
        assert rows[1]["actor"].startswith("member ")
        told = json.loads(rows[-1]["details"])["change"]
        assert (told["before"], told["after"]) == (change["before"], change["after"])
    assert "verified" in seen["audit"]


def test_each_was_sent_once(seen: dict[str, Any], served: Demo) -> None:
    assert seen["approvals"]
    for operation in ("createInboundPlan", "cancelInboundPlan"):
        log = json.loads(served.run("simulator", "log", "--operation", operation, "--json"))
        assert len(log) == 1


def test_the_agent_learns_what_was_turned_down_and_why(seen: dict[str, Any]) -> None:
    rejected = seen["rejected"]
    assert rejected["state"] == "rejected"
    assert rejected["problem"] == "A person rejected it: Not before the holidays."
    assert any("Not before the holidays." in one for one in seen["again"]["warnings"])


def test_no_page_of_ours_had_an_error(seen: dict[str, Any]) -> None:
    assert seen["troubles"] == []
