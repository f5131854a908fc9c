"""What the tests of moods share: switching one on, and calls that may come to nothing."""

from __future__ import annotations

from typing import Any

import httpx
from tests.simulator.conftest import Application


async def mood(application: Application, *names: str) -> httpx.Response:
    answer = await application.http.put(f"{application.url}/_mood", json=names)
    assert answer.status_code == 200, answer.text
    return answer


async def log(application: Application) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await application.http.get(f"{application.url}/_log")).json()
    return found


async def flaky_calls(application: Application, count: int) -> list[httpx.Response | str]:
    """Reads of a report that does not exist, well within the quota: answers, or what broke."""
    found: list[httpx.Response | str] = []
    for _ in range(count):
        application.clock.move(0.5)
        try:
            found.append(await application.get("/reports/2021-06-30/reports/1"))
        except httpx.TransportError as error:
            found.append(str(error))
    return found
