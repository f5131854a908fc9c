"""The published conformance suite, run against an address, and what it said of each check."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.clients import programs

BASELINE = Path(__file__).with_name("baseline.yml")
_SUITE = "@modelcontextprotocol/conformance/dist/index.js"
_RESULT = re.compile(r"(?:server|authorization-server)-(.+?)-\d{4}-\d\d-\d\dT.*")
_GOOD = {"SUCCESS", "INFO", "SKIPPED"}


@dataclass(frozen=True)
class Check:
    """One check of one scenario, as the suite judged it."""

    name: str
    status: str
    said: str

    @property
    def good(self) -> bool:
        """Nothing to excuse: a check that the suite itself skipped found nothing to look at."""
        return self.status in _GOOD


@dataclass(frozen=True)
class Excuse:
    """Why some checks cannot apply, and what the suite then says."""

    reason: str
    shows: re.Pattern[str]
    checks: Sequence[str]


def excuses() -> list[Excuse]:
    """The baseline."""
    groups = yaml.safe_load(BASELINE.read_text(encoding="utf-8"))
    return [
        Excuse(group["reason"], re.compile(group["shows"]), group["checks"]) for group in groups
    ]


def command(*arguments: str) -> list[str]:
    """How the suite is started."""
    return [programs.node(), programs.package(programs.CONFORMANCE, _SUITE), *arguments]


def checks(folder: Path, done: subprocess.CompletedProcess[str]) -> list[Check]:
    """What a run left in its folder, and that it came to its end.

    One check may be repeated in a scenario: its worst verdict counts.
    """
    assert "Total:" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, Check] = {}
    for path in sorted(folder.glob("*/checks.json")):
        scenario = _RESULT.fullmatch(path.parent.name)
        assert scenario, path.parent.name
        for one in json.loads(path.read_text()):
            check = _check(scenario[1], one)
            if check.name not in found or found[check.name].good:
                found[check.name] = check
    return list(found.values())


def _check(scenario: str, one: dict[str, Any]) -> Check:
    return Check(f"{scenario}:{one['id']}", one["status"], json.dumps(one))
