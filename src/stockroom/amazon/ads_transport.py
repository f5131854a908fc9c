"""The HTTP policy of one seller's advertising: pace, sign-in, repeats, and errors that are ours.

Amazon publishes no limits: they are those of a queue that all sellers of a
region share, and a 429 seldom says when to come back. So we are slow by
ourselves, and each refusal in a row doubles the wait (see ``Bucket.refused``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from stockroom.amazon.ads_failures import ads_failure
from stockroom.amazon.exchange import Answer, exchange
from stockroom.amazon.lwa import TokenSource
from stockroom.amazon.rates import Operation
from stockroom.amazon.repeat import Attempts, Repeat
from stockroom.amazon.throttle import Throttle
from stockroom.core.clock import Clock
from stockroom.core.errors import AmazonError, AmazonUnavailableError
from stockroom.core.log import logger

LIST_PROFILES = Operation("getAdsProfiles", 0.5, 3)
CREATE_REPORT = Operation("createAdsReport", 0.2, 5)
GET_REPORT = Operation("getAdsReport", 1, 10)

_ANSWERED = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS, HTTPStatus.TOO_EARLY})

log = logger("amazon.ads")


@dataclass(frozen=True, slots=True)
class AdsRequest:
    """What is asked.

    Args:
        operation: Whose pace it keeps.
        method: HTTP method.
        path: Below the region's address.
        profile: The advertising account it is about; empty: none.
        body: Sent as JSON, under Amazon's own content type.
        content_type: That type.
        accept: The type of the answer, where it must be named.
        repeat: What it does at Amazon, as far as repeating it goes.
    """

    operation: Operation
    method: str
    path: str
    profile: str = ""
    body: Mapping[str, Any] | None = None
    content_type: str = "application/json"
    accept: str = "application/json"
    repeat: Repeat = Repeat.FREELY


class AdsTransport:
    """Sends one seller's requests.

    Args:
        http: The shared client.
        endpoint: The region's address, without a slash at the end.
        client_id: Of our application: named in every request.
        seller_id: For the log only.
        tokens: The seller's access tokens.
        throttle: The seller's buckets.
        clock: What waiting is measured by.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        endpoint: str,
        client_id: str,
        seller_id: str,
        tokens: TokenSource,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self.endpoint = endpoint
        self._http = http
        self._client_id = client_id
        self._seller_id = seller_id
        self._tokens = tokens
        self._throttle = throttle
        self._clock = clock

    async def send(self, request: AdsRequest) -> Answer:
        """The answer: a success, also a partial one, or a 425 (the same was asked a moment ago).

        Raises:
            AmazonError: The last try's failure, as the kind that says what to do.
        """
        attempts = Attempts(request.repeat)
        while True:
            token = await self._tokens.token()
            try:
                return await self._once(request, token)
            except AmazonError as error:
                log.info(
                    "call failed",
                    operation=request.operation.name,
                    seller=self._seller_id,
                    status=error.status,
                    code=error.code,
                )
                if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                    self._tokens.forget(token)
                if not attempts.another(error):
                    raise
                if isinstance(error, AmazonUnavailableError):
                    await self._clock.sleep(attempts.pause_s)

    async def _once(self, request: AdsRequest, token: str) -> Answer:
        bucket = self._throttle.bucket(request.operation)
        await bucket.take()
        answer = await exchange(
            self._http,
            request.operation.name,
            request.method,
            f"{self.endpoint}{request.path}",
            content=None if request.body is None else json.dumps(request.body),
            headers=self._headers(request, token),
        )
        if answer.status in _ANSWERED:
            await bucket.accepted(None)
            return answer
        failed = ads_failure(request.operation.name, answer)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            await bucket.refused(failed.retry_after_s)
        raise failed

    def _headers(self, request: AdsRequest, token: str) -> dict[str, str]:
        headers = {
            "authorization": f"Bearer {token}",
            "amazon-advertising-api-clientid": self._client_id,
            "content-type": request.content_type,
            "accept": request.accept,
        }
        if request.profile:
            headers["amazon-advertising-api-scope"] = request.profile
        return headers
