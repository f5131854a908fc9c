"""The HTTP policy of one seller: pace, sign-in, repeats, and errors that are ours.

The library names operations and builds requests; each of its clients sends
through a :class:`Call`. What the library would make of an answer is not used,
because it takes an HTML page or ``{"message": "Forbidden"}`` for success.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from stockroom.amazon.exchange import Answer, exchange
from stockroom.amazon.failures import failure, no_use, positive_number, unsaid
from stockroom.amazon.lwa import TokenSource
from stockroom.amazon.ports import AmazonAnswer
from stockroom.amazon.rates import ABOUT_PERSONS, Operation
from stockroom.amazon.repeat import Attempts, Repeat
from stockroom.amazon.tally import sent
from stockroom.amazon.throttle import Bucket, Throttle
from stockroom.core.clock import Clock
from stockroom.core.errors import AmazonError, AmazonUnavailableError, ThrottledError
from stockroom.core.log import logger

_HIGHEST_RATE = 1000.0

log = logger("amazon.transport")


@dataclass(frozen=True, slots=True)
class Request:
    """What the library built: where to and what, without any credential."""

    method: str
    url: str
    params: Mapping[str, Any]
    content: str | None


class Transport:
    """Sends one seller's requests.

    Args:
        http: The shared client.
        endpoint: The region's address, without a slash at the end.
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
        seller_id: str,
        tokens: TokenSource,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self.endpoint = endpoint
        self._http = http
        self._seller_id = seller_id
        self._tokens = tokens
        self._throttle = throttle
        self._clock = clock

    async def send(self, operation: Operation, repeat: Repeat, request: Request) -> AmazonAnswer:
        """Send a request until it succeeds or may not be repeated.

        Raises:
            AmazonError: The last try's failure, as the kind that says what to do.
        """
        bucket = self._throttle.bucket(operation)
        attempts = Attempts(repeat)
        while True:
            token = await self._tokens.token()
            await bucket.take()
            sent(operation)
            try:
                return await self._once(operation, request, token, bucket)
            except AmazonError as error:
                if operation in ABOUT_PERSONS:
                    unsaid(error)
                self._note(operation, error)
                if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                    self._tokens.forget(token)
                if not attempts.another(error):
                    raise
                if isinstance(error, AmazonUnavailableError):
                    await self._clock.sleep(attempts.pause_s)

    async def _once(
        self, operation: Operation, request: Request, token: str, bucket: Bucket
    ) -> AmazonAnswer:
        answer = await exchange(
            self._http,
            operation.name,
            request.method,
            request.url,
            params=request.params or None,
            content=request.content,
            headers=self._headers(token),
        )
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            throttled = failure(operation.name, answer)
            await bucket.refused(throttled.retry_after_s)
            raise throttled
        rate = answer.headers.get("x-amzn-ratelimit-limit")
        await bucket.accepted(positive_number(rate, _HIGHEST_RATE))
        return _success(operation, answer)

    def _headers(self, token: str) -> dict[str, str]:
        return {
            "content-type": "application/json",
            "x-amz-access-token": token,
            "x-amz-date": self._clock.now().strftime("%Y%m%dT%H%M%SZ"),
        }

    def _note(self, operation: Operation, error: AmazonError) -> None:
        write = log.info if isinstance(error, ThrottledError) else log.warning
        write(
            "call failed",
            operation=operation.name,
            seller=self._seller_id,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            amazon_says=error.amazon_says,
        )


def _success(operation: Operation, answer: Answer) -> AmazonAnswer:
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise failure(operation.name, answer)
    body = answer.json_object()
    if body is None or body.get("errors"):
        raise no_use(operation.name, answer)
    return AmazonAnswer(body, answer.request_id)


@dataclass(slots=True)
class Call:
    """The transport inside one library client, for one call. Keeps Amazon's own answer."""

    transport: Transport
    operation: Operation
    repeat: Repeat
    answer: AmazonAnswer | None = field(default=None, init=False)

    async def request(
        self,
        *,
        method: str,
        url: str,
        params: Mapping[str, Any],
        content: str | None,
        headers: Mapping[str, str],  # noqa: ARG002 - the library's Host, date and agent are wrong
    ) -> _Done:
        """Called by the library with what it built."""
        request = Request(method, url, params, content)
        self.answer = await self.transport.send(self.operation, self.repeat, request)
        return _Done()


class _Done:
    """What the library gets to see: an empty success, of which it can make nothing wrong."""

    status_code = HTTPStatus.OK
    headers: Mapping[str, str] = {}

    def json(self) -> dict[str, Any]:
        """An empty object."""
        return {}
