"""Who sees what: another's names, SKUs and ids are on no page, and theirs answer like unknown ones."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from tests.server.web.conftest import Browser, form_of
from tests.server.web.content.conftest import SLUGS, Planted, SignIn

from stockroom.entrypoints.house import House
from stockroom.tenancy.roles import Role

ACCOUNT_PAGES = (
    *("", "stock", "stock?q=sku&sort=velocity&order=desc", "data"),
    *("backfill", "backfill/now", "audit", "audit?who=robot", "changes"),
)


def pages_of(home: str, planted: Planted, slug: str) -> list[str]:
    """Every page of an account."""
    account = f"{home}/a/{slug}"
    return [
        *(f"{account}/{page}" for page in ACCOUNT_PAGES),
        f"{account}/sku?sku={slug}-sku-1&marketplace=US",
        f"{account}/changes/{planted.changes[slug]}",
    ]


def without_marks(text: str) -> str:
    """A page without what is different on every page: the mark of its forms."""
    return re.sub(r'name="csrf" value="[^"]*"', "", text)


@pytest.mark.requirement("console-reach")
async def test_a_member_with_one_account_finds_nothing_of_another_on_any_page(
    sign_in: SignIn, home: str, planted: Planted
) -> None:
    browser = await sign_in(Role.ADMIN, "harbor")
    shared = ["/console/", f"{home}/", f"{home}/accounts", f"{home}/keys", f"{home}/keys/new"]
    for path in (*shared, *pages_of(home, planted, "harbor")):
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert "harbor" in page.text or "/now" in path
        for other in ("elm", "ridge"):
            assert f"{other}-" not in page.text, path
            assert f"A{other.upper()}" not in page.text, path
            assert f"{other.title()} Trading" not in page.text, path
            assert f"of {other}" not in page.text, path
            assert str(planted.keys[other]) not in page.text, path


@pytest.mark.requirement("console-reach")
async def test_anothers_account_key_or_organisation_answers_like_an_unknown_one(
    sign_in: SignIn, home: str, planted: Planted, house: House
) -> None:
    browser = await sign_in(Role.ADMIN, "harbor")
    unknown = without_marks((await browser.get(f"{home}/a/nobody/")).text)
    for slug in ("elm", "ridge"):
        for path in pages_of(home, planted, slug):
            page = await browser.get(path)
            assert page.status_code == 404, path
            assert without_marks(page.text) == unknown
    other = await house.registry.organisation("Other")
    for tail in ("/", "/accounts", "/keys", "/keys/new", "/a/ridge/", "/a/harbor/"):
        theirs, nobodys = [await browser.get(f"/console/o/{one}{tail}") for one in (other, uuid4())]
        assert theirs.status_code == nobodys.status_code == 404
        assert without_marks(theirs.text) == without_marks(nobodys.text)
    keys = [await browser.get(f"{home}/keys/{one}") for one in (planted.keys["elm"], uuid4())]
    assert keys[0].status_code == keys[1].status_code == 404
    assert without_marks(keys[0].text) == without_marks(keys[1].text)


@pytest.mark.requirement("console-reach")
async def test_ids_of_another_account_are_unknown_below_ones_own(
    sign_in: SignIn, home: str, planted: Planted
) -> None:
    browser = await sign_in(Role.OPERATOR, "harbor")
    csrf = form_of(await browser.get(f"{home}/a/harbor/data"), "/console/sign-out")["csrf"]

    async def answer(run_id: UUID, verb: str) -> tuple[int, str]:
        path = f"{home}/a/harbor/data/{run_id}/{verb}"
        sent = await browser.http.post(path, data={"csrf": csrf})
        return sent.status_code, without_marks(sent.text)

    for verb in ("release", "discard"):
        assert await answer(planted.runs["elm"], verb) == await answer(uuid4(), verb)
        assert (await answer(planted.runs["ridge"], verb))[0] == 404
    changes = [
        await browser.get(f"{home}/a/harbor/changes/{one}")
        for one in (planted.changes["elm"], uuid4())
    ]
    assert changes[0].status_code == 404
    assert without_marks(changes[0].text) == without_marks(changes[1].text)
    sku = await browser.get(f"{home}/a/harbor/sku?sku=elm-sku-1&marketplace=US")
    assert sku.status_code == 404


def decisions(home: str, planted: Planted) -> list[str]:
    """Every address that changes something."""
    harbor, key = f"{home}/a/harbor", f"{home}/keys/{planted.keys['harbor']}"
    run = f"{harbor}/data/{planted.runs['harbor']}"
    return [
        *(f"{harbor}/changes/{planted.changes['harbor']}/{verb}" for verb in ("approve", "reject")),
        f"{home}/four-eyes",
        *(f"{run}/release", f"{run}/discard", f"{harbor}/stop"),
        *(f"{home}/stop", f"{home}/keys/new", f"{key}/rotate", f"{key}/revoke"),
    ]


@pytest.mark.requirement("roles-held")
async def test_a_viewer_decides_nothing_and_is_offered_nothing(
    sign_in: SignIn, home: str, planted: Planted
) -> None:
    browser = await sign_in(Role.VIEWER)
    page = await browser.get(f"{home}/a/harbor/data")
    csrf = form_of(page, "/console/sign-out")["csrf"]

    for path in decisions(home, planted):
        assert path not in page.text
        sent = await browser.http.post(path, data={"csrf": csrf, "stop": "changes", "reason": "x"})
        assert sent.status_code == 403, path
    assert (await browser.get(f"{home}/keys")).status_code == 403
    assert "/keys" not in page.text
    assert "/stop" not in (await browser.get(f"{home}/a/harbor/")).text


@pytest.mark.requirement("forms-from-here")
async def test_nothing_is_decided_without_the_mark_of_a_form(
    sign_in: SignIn, home: str, planted: Planted
) -> None:
    browser = await sign_in()
    for path in decisions(home, planted):
        sent = await browser.http.post(path, data={"stop": "changes", "reason": "x"})
        assert sent.status_code == 403, path
        assert (await browser.http.get(path)).status_code in {200, 405}


async def test_nobody_sees_a_page_without_signing_in(
    browser: Browser, home: str, planted: Planted
) -> None:
    for slug in SLUGS:
        for path in pages_of(home, planted, slug):
            sent = await browser.http.get(path)
            assert sent.status_code == 303
            assert sent.headers["location"].startswith("/console/sign-in?next=")
