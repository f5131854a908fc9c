"""The first hour of an agency, in a real browser and with a real client: from an invitation to a
seller whose data comes in, and a key that works until it is revoked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.e2e.conftest import Demo

pytestmark = pytest.mark.foreign

MOST_MS = 1_000


@pytest.fixture(scope="module")
def seen(served: Demo, script: Callable[..., str], person: Mapping[str, str]) -> dict[str, Any]:
    owner = ("--owner", "lin@second-agency.test", "--owner-name", "Lin Harbor")
    invitation = served.run("org", "create", "Second agency", *owner, given="\n").splitlines()[-1]
    found: dict[str, Any] = json.loads(
        script(
            "walk.mjs",
            INVITATION=invitation,
            KEYS_URL=served.ready["keys_url"],
            SELLER=served.ready["accounts"][0]["seller_id"],
            **person,
        )
    )
    return found


def test_an_invitation_makes_an_owner_of_an_empty_organisation(seen: dict[str, Any]) -> None:
    assert "Second agency" in seen["joined"]
    assert "Tallowmere" not in seen["joined"]


def test_the_seller_is_told_by_whom_and_what_for_before_amazon_asks(seen: dict[str, Any]) -> None:
    assert "Second agency" in seen["offered"]
    assert "What will be read" in seen["offered"]
    assert "What may be changed" in seen["offered"]
    assert "Harbor Goods is connected" in seen["connected"]


def test_history_comes_in_before_their_eyes(seen: dict[str, Any]) -> None:
    assert " ".join(seen["before"].split()).startswith("0 of")
    assert not " ".join(seen["after"].split()).startswith("0 of")


def test_the_key_reads_this_seller_and_nobody_else(seen: dict[str, Any]) -> None:
    body = seen["accounts"]
    names = [dict(zip(body["columns"], row, strict=True))["name"] for row in body["rows"]]

    assert names == ["Harbor Goods"]
    assert "stock" in seen["tools"]
    assert "set_price" not in seen["tools"]


def test_a_revoked_key_is_refused_within_a_second(seen: dict[str, Any]) -> None:
    assert "not_allowed" in seen["refused"]
    assert seen["lastedMs"] < MOST_MS


def test_no_page_of_ours_had_an_error(seen: dict[str, Any], served: Demo) -> None:
    assert [one for one in seen["troubles"] if served.ready["base_url"] in one] == []
