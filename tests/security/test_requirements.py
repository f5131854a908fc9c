"""The list of promises and the tests that hold them cover each other."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def _promises() -> set[str]:
    spec = importlib.util.spec_from_file_location(
        "requirements", Path(__file__).with_name("requirements.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return set(module.PROMISES)


def _held() -> set[str]:
    return {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(
            r'^\s*@pytest\.mark\.requirement\(\s*"([a-z-]+)"',
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }


def test_every_promise_has_a_test() -> None:
    assert _promises() - _held() == set()


def test_every_test_names_a_promise_that_is_listed() -> None:
    assert _held() - _promises() == set()
