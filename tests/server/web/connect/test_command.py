"""``stockroom account link``: what it prints, and what it does not take."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.server.web.connect.conftest import MINE, Client, Installation

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError, NotFoundError, StockroomError
from stockroom.entrypoints import links
from stockroom.entrypoints.house import House

NOTHING: dict[str, Any] = {
    "organisation": "Northlight Agency",
    "slug": None,
    "name": None,
    "store": None,
    "renew": None,
    "ads": None,
    "expires_in_days": 7,
}


async def _command(settings: Settings, **given: Any) -> None:
    """In a thread: it begins a loop of its own."""
    await asyncio.to_thread(links.make_link, settings, **NOTHING | given)


@pytest.mark.usefixtures("agency")
async def test_it_prints_a_link_that_connects(
    installation: tuple[Installation, House],
    client: Client,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at, house = installation

    await _command(at.settings, slug="harbor", store="US", expires_in_days=1)
    link = capsys.readouterr().out.splitlines()[-1]  # the server logs there, too
    assert (await client.connects(link, MINE)).status_code == 200
    for kind in ("renew", "ads"):
        await _command(at.settings, **{kind: "harbor"})
        link = capsys.readouterr().out.splitlines()[-1]  # the server logs there, too
        assert (await client.connects(link, MINE)).status_code == 200

    (account,) = await house.registry.accounts()
    assert account.slug == "harbor"
    assert (await house.grounds.facts(account.id)).ads_marketplaces == MINE.marketplaces


@pytest.mark.usefixtures("account_id")
async def test_what_it_cannot_make_is_named(
    installation: tuple[Installation, House], capsys: pytest.CaptureFixture[str]
) -> None:
    at, house = installation
    refused: list[tuple[dict[str, Any], type[StockroomError], str]] = [
        ({}, InvalidInputError, "one thing"),
        ({"slug": "elm", "renew": "harbor"}, InvalidInputError, "one thing"),
        ({"slug": "elm"}, InvalidInputError, "not a marketplace"),
        ({"slug": "elm", "store": "XX"}, InvalidInputError, "'XX' is not a marketplace"),
        ({"slug": "Elm!", "store": "US"}, InvalidInputError, "'Elm!'"),
        ({"slug": "harbor", "store": "US"}, InvalidInputError, "already"),
        ({"slug": "elm", "store": "US", "name": "\n"}, InvalidInputError, "name"),
        ({"slug": "elm", "store": "US", "expires_in_days": 31}, InvalidInputError, "30 days"),
        ({"renew": "elm"}, NotFoundError, "'elm'"),
        ({"organisation": "Nobody", "renew": "harbor"}, NotFoundError, "'Nobody'"),
    ]
    other = await house.registry.organisation("Other")
    refused.append(({"organisation": "Other", "ads": "harbor"}, NotFoundError, "'harbor'"))
    for given, kind, words in refused:
        with pytest.raises(kind, match=words):
            await _command(at.settings, **given)
    assert capsys.readouterr().out == ""
    assert await house.links.counting(other) == []
