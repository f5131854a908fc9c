"""Keys in the console: made with what the maker may give, shown once, handed on, ended."""

from __future__ import annotations

import html
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from mcp import Client
from tests.server.web.conftest import Browser, form_of
from tests.server.web.content.conftest import NOW, Planted, SignIn

from stockroom.core.clock import FixedClock
from stockroom.core.scope import Scope
from stockroom.entrypoints.connect_configs import CLIENTS, Addresses
from stockroom.entrypoints.house import House
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.models import ApiKey
from stockroom.tenancy.roles import Role

Connect = Callable[..., AbstractAsyncContextManager[Client]]
SENT: dict[str, Any] = {
    "name": "Reports of elm",
    "purpose": "The weekly sheet",
    "account": ["elm"],
    "scope": ["stock:read"],
    "marketplace": ["US"],
    "tool": ["stock"],
    "life": "30",
    "networks": "127.0.0.0/8\n",
    "requests_per_minute": "60",
    "requests_per_day": "",
}


async def make(browser: Browser, home: str, **fields: Any) -> httpx2.Response:
    page = await browser.get(f"{home}/keys/new")
    return await browser.send(page, f"{home}/keys/new", **{**SENT, **fields})


def text_of(page: httpx2.Response) -> str:
    return page.text.split('class="secret" tabindex="0">')[1].split("<")[0]


async def newest(house: House, name: str) -> ApiKey:
    keys = await house.registry.keys_of(await house.registry.organisation("Agency"))
    return next(key for key in keys if key.name == name)


async def test_a_form_with_fields_left_out_is_shown_again_with_what_is_wrong(
    sign_in: SignIn, home: str
) -> None:
    browser = await sign_in(Role.ADMIN, "harbor", "elm")
    page = await browser.get(f"{home}/keys/new")
    csrf = form_of(page, f"{home}/keys/new")["csrf"]

    answer = await browser.http.post(f"{home}/keys/new", data={"csrf": csrf, "name": "Half"})

    assert answer.status_code == 400
    assert 'value="Half"' in answer.text


async def test_a_key_holds_exactly_what_its_form_said(
    sign_in: SignIn, home: str, house: House, connect: Connect
) -> None:
    browser = await sign_in(Role.ADMIN, "harbor", "elm")
    page = await make(browser, home)

    key = await newest(house, "Reports of elm")
    elm = await house.registry.account("elm")
    assert (key.account_ids, key.scopes, key.tools) == ([elm.id], ["stock:read"], ["stock"])
    assert (key.marketplaces, key.networks) == (["US"], ["127.0.0.0/8"])
    assert (key.requests_per_minute, key.requests_per_day) == (60, None)
    assert key.expires_at == NOW + timedelta(days=30)
    assert key.created_by.endswith("@example.com")
    async with connect(text_of(page)) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["stock"]
    listed = await browser.get(f"{home}/keys")
    assert "Reports of elm" in listed.text
    assert text_of(page) not in listed.text
    assert text_of(page) not in (await browser.get(f"{home}/keys/{key.id}")).text


async def test_its_page_says_what_to_paste_and_leads_where_keys_are_taken(
    sign_in: SignIn, home: str, house: House
) -> None:
    page = await make(await sign_in(Role.ADMIN), home)

    _, *rest = page.text.split('<pre class="secret" tabindex="0">')
    shown = [html.unescape(one.partition("</pre>")[0]) for one in rest]
    at = Addresses(f"{house.base_url}/mcp", house.keys_url)
    assert CLIENTS["cursor"].pastes(at, text_of(page))[1].text in shown
    assert all(house.keys_url in one for one in shown)


UNUSABLE: list[tuple[str, Any]] = [
    ("name", " "),
    ("name", "x" * 81),
    ("account", []),
    ("account", ["harbor", "ridge"]),
    ("scope", []),
    ("scope", ["stock:write"]),
    ("marketplace", ["DE"]),
    ("tool", ["drop_table"]),
    ("life", "forever"),
    ("networks", "somewhere"),
    ("networks", "203.0.113.7/24"),
    ("requests_per_minute", "-1"),
    ("requests_per_day", "²"),
    ("price_step", "sNaN"),
    ("price_step", "101"),
]


async def test_a_form_that_cannot_be_used_comes_back_with_what_is_wrong(
    sign_in: SignIn, home: str, house: House
) -> None:
    browser = await sign_in(Role.OWNER, "harbor", "elm")
    organisation_id = await house.registry.organisation("Agency")
    before = len(await house.registry.keys_of(organisation_id))
    for field, value in UNUSABLE:
        page = await make(browser, home, **{"scope": ["listings:write"], field: value})
        assert page.status_code == 400, (field, value)
        assert 'role="alert"' in page.text
        assert 'value="The weekly sheet"' in page.text
    assert len(await house.registry.keys_of(organisation_id)) == before


@pytest.mark.requirement("roles-held")
async def test_nobody_gives_a_key_more_than_their_role_allows(
    sign_in: SignIn, home: str, house: House
) -> None:
    admin, owner = await sign_in(Role.ADMIN), await sign_in(Role.OWNER)
    asked = {"scope": ["listings:write", "changes:confirm"], "changes_per_day": "5", "tool": []}
    asked["spend_per_day"] = "100 usd, 80.50 EUR"

    assert "changes:confirm" not in (await admin.get(f"{home}/keys/new")).text
    assert (await make(admin, home, **asked)).status_code == 403
    unlimited = await make(owner, home, **asked | {"changes_per_day": ""})
    assert unlimited.status_code == 400
    asks = asked | {"scope": ["listings:write", "changes:ask"]}
    assert (await make(admin, home, **asks)).status_code == 403
    assert (await make(owner, home, **asks | {"spend_per_day": ""})).status_code == 400
    for money in ("", "100", "100 XYZ", "-1 USD", "1 USD, 2 USD"):
        assert (await make(owner, home, **asked | {"spend_per_day": money})).status_code == 400
    assert (await make(owner, home, **asked, price_step="12.5", name="Robot")).status_code == 200

    robot = await newest(house, "Robot")
    assert robot.limits == {
        "changes_per_day": 5,
        "spend_per_day": {"USD": "100", "EUR": "80.50"},
        "rules": [{"tool": "set_price", "measure": "relative_change", "max": "0.125"}],
    }
    page = await admin.get(f"{home}/keys/{robot.id}")
    rotated = await admin.send(page, f"{home}/keys/{robot.id}/rotate", overlap="0")
    assert rotated.status_code == 403


async def test_the_page_of_a_key_tells_all_its_limits(
    sign_in: SignIn, home: str, house: House
) -> None:
    limits = {
        "previews_per_minute": 30,
        "spend_per_day": {"USD": "150"},
        "skus": ["LAMP-*"],
        "quiet_hours": {"from": "22:00", "to": "06:00"},
        "rules": [{"measure": "relative_change", "max": "0.25"}],
    }
    elm = await house.registry.account("elm")
    new = NewKey("Held", [elm], frozenset({Scope.LISTINGS_WRITE}), limits=limits)
    await house.registry.issue(elm.organisation_id, new)
    key = await newest(house, "Held")

    page = html.unescape((await (await sign_in(Role.OWNER)).get(f"{home}/keys/{key.id}")).text)
    told = ("previews_per_minute: 30", "150", "LAMP-*", "22:00", "every tool: relative_change")
    assert [one for one in told if one not in page] == []


async def test_what_a_key_could_not_confirm_is_said_where_it_is_made_and_on_its_page(
    sign_in: SignIn, home: str, house: House
) -> None:
    owner = await sign_in(Role.OWNER)
    scopes = [Scope.ADS_READ, Scope.ADS_WRITE, Scope.CONFIRM]
    wanted = {"name": "Bidder", "scope": scopes, "tool": [], "marketplace": []}
    made = await make(owner, home, **wanted, changes_per_day="5", spend_per_day="10 USD")
    page = await owner.get(f"{home}/keys/{(await newest(house, 'Bidder')).id}")

    for told in (made.text, page.text):
        assert "cannot confirm set_bid by itself" in told
        assert "cannot confirm edit_campaign by itself" in told


async def test_a_key_is_handed_on_with_an_overlap_and_ended(
    sign_in: SignIn, home: str, house: House
) -> None:
    browser = await sign_in(Role.ADMIN)
    old = text_of(await make(browser, home, name="Handed on"))
    key = await newest(house, "Handed on")
    page = await browser.get(f"{home}/keys/{key.id}")

    new = text_of(await browser.send(page, f"{home}/keys/{key.id}/rotate", overlap="1"))

    assert new != old
    both = {k.id: k for k in await house.registry.keys() if k.name == "Handed on"}
    kept = both.pop(key.id)
    (successor,) = both.values()
    assert kept.expires_at == NOW + timedelta(hours=1)
    assert successor.scopes == key.scopes
    page = await browser.get(f"{home}/keys/{successor.id}")
    ended = await browser.send(page, f"{home}/keys/{successor.id}/revoke")
    assert ended.status_code == 303
    assert await house.authenticator.principal(new) is None
    gone = await browser.get(f"{home}/keys/{successor.id}")
    assert "revoked" in gone.text
    assert "/revoke" not in gone.text


async def test_a_rotated_key_is_of_whoever_gets_its_new_text(
    sign_in: SignIn, home: str, house: House
) -> None:
    """Four eyes ask who stands behind a proposal: the one who holds the key, not who made the first."""
    maker, holder = await sign_in(Role.ADMIN), await sign_in(Role.ADMIN)
    await make(maker, home, name="Taken over")
    key = await newest(house, "Taken over")
    page = await holder.get(f"{home}/keys/{key.id}")
    await holder.send(page, f"{home}/keys/{key.id}/rotate", overlap="1")
    behind = {k.created_by for k in await house.registry.keys() if k.name == "Taken over"}
    assert len(behind) == 2


async def test_who_makes_a_key_has_just_proved_who_they_are(
    sign_in: SignIn, home: str, clock: FixedClock
) -> None:
    browser = await sign_in(Role.ADMIN)
    clock.move(16 * 60)
    for path in (f"{home}/keys/new", f"{home}/keys"):
        page = await browser.http.get(path)
        assert page.status_code == (303 if path.endswith("new") else 200)
    assert (await browser.get(f"{home}/keys/new")).url.path == "/console/prove"


@pytest.mark.requirement("console-reach")
async def test_a_key_that_opens_more_than_the_member_sees_is_not_theirs_to_see(
    sign_in: SignIn, home: str, house: House, planted: Planted
) -> None:
    accounts = [await house.registry.account(slug) for slug in ("harbor", "elm")]
    both = NewKey("Both of them", accounts, frozenset({Scope.STOCK_READ}))
    await house.registry.issue(accounts[0].organisation_id, both)

    seen = await (await sign_in(Role.ADMIN, "harbor")).get(f"{home}/keys")
    everything = await (await sign_in(Role.ADMIN)).get(f"{home}/keys")

    assert "Both of them" not in seen.text
    assert "key of harbor" in seen.text
    assert "Both of them" in everything.text
    assert str(planted.keys["ridge"]) not in everything.text
