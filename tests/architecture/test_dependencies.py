"""The check of what we depend on: a finding fails, and what was not looked up is said aloud."""

from __future__ import annotations

import json

from checks.dependencies import disagreed, judged, licences, unaudited

CLEAN = {"name": "fine", "version": "1.0", "vulns": []}
HIT = {
    "name": "bad",
    "version": "2.0",
    "vulns": [{"id": "CVE-2026-1", "fix_versions": ["2.1"], "aliases": []}],
}
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}


def report(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_known_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    assert judged(report(CLEAN, HIT), "") == (["bad 2.0: CVE-2026-1, mended in 2.1"], "")


def test_a_finding_counts_even_if_others_were_not_looked_up() -> None:
    found, missed = judged(report(HIT, SKIPPED), "")
    assert len(found) == 1
    assert missed == "1 of 2 packages were not found there"


def test_packages_that_were_not_looked_up_are_no_clean_bill() -> None:
    assert judged(report(SKIPPED, SKIPPED), "")[1].startswith("2 of 2")


def test_an_advisory_service_out_of_reach_is_said_aloud() -> None:
    found, missed = judged("", "Traceback\nConnectionError: no route\n")
    assert found == []
    assert "ConnectionError: no route" in missed
    assert "NOT AUDITED" in unaudited(missed)


def test_only_licences_on_the_lists_pass() -> None:
    allowed, own = ["MIT", "ISC"], {"driver": "LGPL-3.0-only"}
    good = {"a": "MIT", "b": "GPL-3.0 OR MIT", "c": "MIT AND ISC", "driver": "LGPL-3.0-only"}
    assert disagreed(good, allowed, own) == []
    bad = {"a": "UNKNOWN", "b": "MIT AND GPL-3.0", "c": "MIT; GPL-3.0", "other": "LGPL-3.0-only"}
    assert len(disagreed(bad, allowed, own)) == 4


def test_everything_installed_is_under_a_licence_that_is_agreed_to() -> None:
    assert licences() == []
