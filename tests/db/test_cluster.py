"""Clusters that are made at the same moment, for homes that Postgres's user cannot reach."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stockroom.db.binaries import Programs, Servant
from stockroom.db.cluster import make_cluster
from stockroom.db.credentials import Login


@dataclass(frozen=True)
class Interrupted(Servant):
    """Instead of making a cluster, does something else and reads the password it was given."""

    meanwhile: Callable[[], object] = lambda: None
    given: list[str] = field(default_factory=list)

    def reaches(self, folder: Path) -> bool:  # noqa: ARG002 - none is
        return False

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        for argument in map(str, command):
            if argument.startswith("--pwfile="):
                self.meanwhile()
                self.given.append(Path(argument.removeprefix("--pwfile=")).read_text())
        return subprocess.CompletedProcess(command, 0, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps clusters outside the home")
def test_two_homes_at_once_keep_their_passwords_apart(tmp_path: Path) -> None:
    made = []

    def make(name: str, servant: Servant) -> None:
        home = tmp_path / name
        home.mkdir()
        made.append(make_cluster(home, Programs(servant), Login("postgres", name), {}))

    second = Interrupted()
    first = Interrupted(meanwhile=lambda: make("second", second))
    make("first", first)
    for data in made:
        shutil.rmtree(data)

    assert (first.given, second.given) == (["first"], ["second"])
