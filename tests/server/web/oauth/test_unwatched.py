"""A browser that was left alone lets no program in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server.web.oauth.conftest import ticked

if TYPE_CHECKING:
    from tests.server.web.oauth.conftest import Program

    from stockroom.core.clock import FixedClock


async def test_a_program_is_let_in_only_by_who_has_just_proved_who_they_are(
    program: Program, browser: Any, join: Any, clock: FixedClock
) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    clock.move(14 * 60)
    asked = await program.ask()
    page = await browser.get(asked.headers["location"])
    assert page.status_code == 200
    clock.move(2 * 60)

    fields, here = {**ticked(page), "answer": "allow"}, {"Referer": str(page.url)}
    sent = await browser.http.post(str(page.url), data=fields, headers=here)
    looked = await browser.http.get(str(page.url))

    for answer in (sent, looked):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/prove?next=%2Fconsole%2Fauthorise")
