"""A program that is missing fails the suites that need it, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.clients import programs


def test_a_missing_browser_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(pytest.fail.Exception, match=r"Chromium is missing: .*apt install chromium"):
        programs.browser()


def test_a_missing_package_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"mcp-remote.* is missing: run `make node`"):
        programs.package(tmp_path, "mcp-remote/dist/proxy.js")


def test_a_node_that_is_too_old_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v20.9.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "CLIENTS", tmp_path)

    with pytest.raises(pytest.fail.Exception, match="Node 22 or newer is missing"):
        programs.node()
