"""A person's word on a document that was not believed, given in the console."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.reports.lines import quoted
from tests.server.web.conftest import Browser, form_of
from tests.server.web.content.conftest import SignIn
from tests.server.web.content.test_pages import words

from stockroom.entrypoints.house import House
from stockroom.entrypoints.quarantine import withheld_in
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.spec.run import Run, RunState
from stockroom.sync.bring import Brought
from stockroom.sync.by_hand import ByHand
from stockroom.tenancy.roles import Role

DAY = "11/10/2026"


@pytest.fixture
async def browser(sign_in: SignIn) -> Browser:
    """An operator of elm."""
    return await sign_in(Role.OPERATOR, "elm")


async def bring(house: House, folder: Path, skus: int, *, accept: bool = False) -> Run:
    """A ledger of one day that somebody exported."""
    file = folder / "ledger.txt"
    file.write_text(quoted(*({"MSKU": f"SKU-{n}", "Date": DAY} for n in range(skus))))
    account = await house.registry.account("elm")
    facts = await house.grounds.facts(account.id)
    brought = Brought("GET_LEDGER_SUMMARY_VIEW_DATA", file, "US", accept)
    amazon = await house.grounds.partner(account.id)
    (run,) = await ByHand(sync_engine(house)).bring(facts, brought, amazon)
    return run


async def rows(house: House) -> int:
    account = await house.registry.account("elm")
    async with house.database.session(account.id) as session:
        of_sku = select(func.count()).where(LedgerDay.sku.startswith("SKU-"))
        return await session.scalar(of_sku) or 0


async def test_it_is_loaded_after_all_or_forgotten(
    browser: Browser, home: str, house: House, tmp_path: Path
) -> None:
    page = f"{home}/a/elm/data"
    await bring(house, tmp_path, 40, accept=True)
    small = await bring(house, tmp_path, 10)
    assert (small.state, await rows(house)) == (RunState.QUARANTINED, 40)

    answer = await browser.send(await browser.get(page), f"{page}/{small.id}/release")
    assert "The document is loaded" in words((await browser.get(answer.headers["location"])).text)
    assert await rows(house) == 10
    csrf = form_of(await browser.get(page), "/console/sign-out")["csrf"]
    again = await browser.http.post(f"{page}/{small.id}/release", data={"csrf": csrf})
    assert again.status_code == 404

    large = await bring(house, tmp_path, 90)
    assert large.state == RunState.QUARANTINED
    answer = await browser.send(await browser.get(page), f"{page}/{large.id}/discard")
    assert "is forgotten" in words((await browser.get(answer.headers["location"])).text)
    assert await rows(house) == 10
    account = await house.registry.account("elm")
    assert large.id not in {run.id for run in await withheld_in(house, account.id)}
    assert str(large.id) not in (await browser.get(page)).text
