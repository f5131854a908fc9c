"""Signing up: closed unless it is opened; each stranger gets an organisation of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.server.web.conftest import PASSWORD, Browser

from stockroom.entrypoints.house import House

NORA = {"organisation": "Nora's Lamps", "name": "Nora", "email": "nora@example.com"}


async def test_by_default_nobody_signs_up(house: House, browser: Browser) -> None:
    assert house.settings.open_sign_up is False
    assert (await browser.get("/console/sign-up")).status_code == 404
    assert "sign-up" not in (await browser.get("/console/sign-in")).text


class TestOpened:
    """Where it is open."""

    @pytest.fixture
    async def house(self, house: House) -> House:
        return replace(house, settings=house.settings.model_copy(update={"open_sign_up": True}))

    async def test_a_stranger_owns_an_organisation_of_their_own_and_sees_no_other(
        self, browser: Browser, house: House
    ) -> None:
        form = await browser.get("/console/sign-up")
        assert "/console/sign-up" in (await browser.get("/console/sign-in")).text

        answer = await browser.send(form, "/console/sign-up", **NORA, password=PASSWORD)

        assert answer.status_code == 303
        page = await browser.get("/console/")
        assert "Nora&#39;s Lamps" in page.text
        assert "harbor" not in page.text
        own = await house.registry.organisation("Nora's Lamps")
        (member,) = await house.reception.members.of(own)
        assert member.role == "owner"

    async def test_nobody_signs_up_into_what_is_there_or_endlessly(self, browser: Browser) -> None:
        form = await browser.get("/console/sign-up")

        async def sign_up(**fields: str) -> int:
            given = {**NORA, "password": PASSWORD, **fields}
            return (await browser.send(form, "/console/sign-up", **given)).status_code

        assert await sign_up(organisation="Agency") == 400
        assert await sign_up(organisation=" ") == 400
        assert await sign_up(password="short") == 400
        assert await sign_up(email="nora") == 400
        assert (await browser.http.get("/console/")).status_code == 303
        statuses = [await sign_up(organisation="Agency") for _ in range(10)]
        assert statuses[-1] == 429
