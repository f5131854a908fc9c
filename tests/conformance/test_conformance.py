"""Both protocol revisions, as the published suite judges a running server.

The suite cannot send a key, so it speaks to the server through a door that adds one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from tests.clients import programs
from tests.conformance import suite
from tests.conformance.bearer import bearer_proxy
from tests.conformance.suite import Check
from tests.e2e.conftest import Demo

pytestmark = pytest.mark.foreign

REVISIONS = ("2025-11-25", "2026-07-28")
APPLY = {
    "2025-11-25": {
        "dns-rebinding-protection",
        "ping",
        "prompts-list",
        "resources-list",
        "server-initialize",
        "tools-list",
    },
    "2026-07-28": {
        "caching",
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "input-required-result-validate-input",
        "prompts-list",
        "resources-list",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
        "tools-list",
    },
}
"""Scenarios that need nothing of the suite's example server: they pass, whole."""

Results = dict[str, list[Check]]


async def _through_the_door(served: Demo, home: Path, *more: str) -> list[Check]:
    async with bearer_proxy(served.ready["mcp_url"], served.key("operator")) as url:
        asked = suite.command("server", "--url", url, "--output-dir", str(home / "out"), *more)
        done = await asyncio.to_thread(programs.run, *asked, home=home)
    return suite.checks(home / "out", done)


@pytest.fixture(scope="module")
def results(served: Demo, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What the suite said, by revision."""
    return {
        revision: asyncio.run(
            _through_the_door(served, tmp_path_factory.mktemp("suite"), "--requirements", revision)
        )
        for revision in REVISIONS
    }


@pytest.mark.parametrize("revision", REVISIONS)
def test_whatever_fails_is_excused_with_its_reason(results: Results, revision: str) -> None:
    excused = {name: excuse for excuse in suite.excuses() for name in excuse.checks}
    failed = [check for check in results[revision] if not check.good]

    assert [check.name for check in failed if check.name not in excused] == []
    assert [
        f"{check.name} {check.said}"
        for check in failed
        if not excused[check.name].shows.search(check.said)
    ] == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_scenario_that_applies_passes(results: Results, revision: str) -> None:
    bad = {check.name.partition(":")[0] for check in results[revision] if not check.good}
    passed = {
        check.name.partition(":")[0] for check in results[revision] if check.status == "SUCCESS"
    }

    assert APPLY[revision] <= passed - bad


def test_no_excuse_has_outlived_its_reason(results: Results) -> None:
    failed = {check.name for checks in results.values() for check in checks if not check.good}
    listed = Counter(name for excuse in suite.excuses() for name in excuse.checks)

    assert set(listed) - failed == set()
    assert [name for name, times in listed.items() if times > 1] == []


def test_the_suite_would_notice_a_server_that_is_none(served: Demo, tmp_path: Path) -> None:
    asked = suite.command("server", "--url", f"{served.ready['base_url']}/healthz", "--scenario")
    done = programs.run(*asked, "tools-list", home=tmp_path)

    assert done.returncode != 0
