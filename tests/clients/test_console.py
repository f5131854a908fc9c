"""The console in a real browser: every page that links lead to, as anybody has to be able to use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
def pages(script: Callable[..., str], person: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each page, with what is wrong with it on a desk and a phone, in light and dark."""
    found: list[dict[str, Any]] = json.loads(script("crawl.mjs", **person))
    return found


def test_every_page_is_accessible_fits_a_phone_and_breaks_no_policy(
    pages: list[dict[str, Any]],
) -> None:
    assert {page["path"]: page["faults"] for page in pages if page["faults"]} == {}


def test_links_lead_beyond_the_door(pages: list[dict[str, Any]]) -> None:
    paths = [page["path"] for page in pages]

    assert paths[0] == "/console/sign-in"
    assert len(paths) > 3
    assert all(page["title"].endswith(" · Stockroom") for page in pages)
