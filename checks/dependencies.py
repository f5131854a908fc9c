"""`make check`: no known vulnerability in the lock, no licence nobody agreed to.

The advisories are asked over the network. Where they cannot be reached the check says so,
loudly, and passes: whoever works on a train must be able to. What is found always fails.
Licences are read from what is installed and held against the lists in pyproject.toml.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
_PATIENCE_S = 60
_QUIET = 5


def main() -> None:
    """Run both checks; exit 1 when one of them found something."""
    found = [*audit(), *licences()]
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(bool(found))


# --- vulnerabilities ------------------------------------------------------------------------------


def audit() -> list[str]:
    """What is known against the versions in the lock."""
    lock = str(ROOT / "requirements.lock")
    command = [str(BIN / "pip-audit"), "--requirement", lock, "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", str(_QUIET)]
    try:
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        print(unaudited(f"the advisory service did not answer in {_PATIENCE_S} s"), file=sys.stderr)
        return []
    found, missed = judged(done.stdout, done.stderr)
    if missed:
        print(unaudited(missed), file=sys.stderr)
    elif not found:
        print("pip-audit: nothing is known against any version in requirements.lock")
    return found


def judged(report: str, complaint: str) -> tuple[list[str], str]:
    """What pip-audit found, and why what it left out was not looked up (empty: nothing was).

    It ends well when it could look up nothing at all, and badly when it found something or
    could not ask: its report tells which.
    """
    try:
        dependencies = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = complaint.strip().splitlines()[-1:] or ["it gave no report"]
        return [], f"pip-audit could not ask: {last[0][:200]}"
    skipped = [one["name"] for one in dependencies if "skip_reason" in one]
    missed = f"{len(skipped)} of {len(dependencies)} packages were not found there"
    found = [
        f"{one['name']} {one['version']}: {known['id']}, mended in {_mended(known)}"
        for one in dependencies
        for known in one.get("vulns", ())
    ]
    return found, missed if skipped else ""


def _mended(known: Mapping[str, Any]) -> str:
    return ", ".join(known.get("fix_versions", ())) or "no version yet"


def unaudited(why: str) -> str:
    """What is said where nothing, or not all, could be looked up."""
    bar = "!" * 78
    return (
        f"{bar}\nNOT AUDITED for known vulnerabilities: {why}.\nRun make check again online.\n{bar}"
    )


# --- licences -------------------------------------------------------------------------------------


def licences() -> list[str]:
    """Packages whose licence is not on the lists."""
    lists = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    agreed = lists["tool"]["stockroom"]["licences"]
    command = [str(BIN / "pip-licenses"), "--from=mixed", "--with-system", "--format=json"]
    done = subprocess.run(
        [*command, f"--python={sys.executable}"], capture_output=True, text=True, check=True
    )
    installed = {one["Name"]: one["License"] for one in json.loads(done.stdout)}
    found = disagreed(installed, agreed["allowed"], agreed["packages"])
    if not found:
        print(f"licences: {len(installed)} packages, each under one that is agreed to")
    return found


def disagreed(
    installed: Mapping[str, str], allowed: Iterable[str], packages: Mapping[str, str]
) -> list[str]:
    """One line for each package under a licence that was not agreed to.

    Args:
        installed: Package → licence, as the package states it.
        allowed: Licences that are good for any package.
        packages: Package → a licence that is good for it alone.
    """
    good = {one.lower() for one in allowed}
    return [
        f"{name}: its licence '{stated}' is not on the lists of pyproject.toml ([tool.stockroom.licences])"
        for name, stated in sorted(installed.items())
        if not _agreed(stated, good) and packages.get(name) != stated
    ]


def _agreed(stated: str, good: set[str]) -> bool:
    """Whether one of its alternatives is good in all its parts."""
    return any(
        all(part.strip().lower() in good for part in re.split(r" AND |;", choice))
        for choice in stated.split(" OR ")
    )


if __name__ == "__main__":
    main()
