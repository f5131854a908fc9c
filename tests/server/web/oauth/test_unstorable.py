"""What no database holds (NUL), sent where names and words are taken: refused, never a fault."""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.tenancy.keys import _checksum
from stockroom.tenancy.oauth.tokens import ACCESS

from .conftest import Program, said

NUL = "\0"


@pytest.mark.parametrize("email", [f"ada{NUL}@example.com", NUL])
async def test_a_form_is_refused(browser: Any, email: str) -> None:
    answer = await browser.sign_in(email)
    assert answer.status_code == 400
    assert "reference" not in answer.text


@pytest.mark.parametrize("path", ["authorise/%00", "invitation/a%00", "o/a%00/keys"])
async def test_an_address_leads_nowhere(browser: Any, join: Any, path: str) -> None:
    await join("ada")
    await browser.sign_in("ada@example.com")
    assert (await browser.get(f"/console/{path}")).status_code == 404


@pytest.mark.parametrize("client_id", [f"https://example.com/{NUL}", NUL, "st_client_\0"])
async def test_a_program_is_not_known(program: Program, client_id: str) -> None:
    asked = await program.ask(client_id=client_id)
    assert (asked.status_code, asked.json()["error"]) == (400, "invalid_client")
    answer = await program.refresh("st_refresh_", client_id=client_id)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_state_is_refused(program: Program) -> None:
    assert said(await program.ask(state=f"a{NUL}"))["error"] == "invalid_request"


def test_a_right_checksum_makes_no_credential_of_it() -> None:
    body = ACCESS.fresh()[:-6]
    assert ACCESS.fits(body + _checksum(body))
    for sign in (NUL, "\n", "\x7f", "é"):
        forged = f"{body[:20]}{sign}{body[21:]}"
        assert not ACCESS.fits(forged + _checksum(forged))
