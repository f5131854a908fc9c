"""Every error of the house, sorted by what to do about it.

An error's docstring says when it is raised. ``kind`` is the word an agent sees
(the nine kinds of the answer contract); ``retryable`` says whether the same
call can succeed later without anything being changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from stockroom.core.ruling import Ruling
from stockroom.core.text import quoted


class StockroomError(Exception):
    """Something went wrong that we can name.

    Args:
        summary: One sentence for a person: what is wrong, naming the thing.
        field: The argument or setting at fault, when there is one.
        next_step: The remedy, in the imperative.
        retry_after_s: Seconds to wait before trying again, when known.
        amazon_says: Amazon's own words about it. They are data, made harmless and cut here, and
            never part of ``summary`` or ``next_step``, which a model takes for ours.
    """

    kind = "internal"
    retryable = False

    def __init__(
        self,
        summary: str,
        *,
        field: str | None = None,
        next_step: str = "",
        retry_after_s: float | None = None,
        amazon_says: Iterable[str] = (),
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.field = field
        self.next_step = next_step
        self.retry_after_s = retry_after_s
        self.amazon_says = quoted(amazon_says)

    def __str__(self) -> str:
        return f"{self.summary} {self.next_step}".strip()


# --- the caller must change something -------------------------------------------------


class InvalidInputError(StockroomError):
    """An argument, option or document cannot be used as it is."""

    kind = "invalid_input"


class NotAllowedError(StockroomError):
    """The credential is good, the action is outside what it may do."""

    kind = "not_allowed"


class NotFoundError(StockroomError):
    """Nothing by that name within the caller's reach (or it does not exist: the same answer)."""

    kind = "not_found"


class StaleError(StockroomError):
    """The world moved between preview and execution; a new preview is needed."""

    kind = "stale"


class RuledOutError(StockroomError):
    """A guardrail forbids it."""

    ruling: Ruling | None = None
    """The rule and the value that was held against it, for the audit; None: there is no such pair."""


class GuardrailError(RuledOutError):
    """A limit of this key, account or tool forbids the change."""

    kind = "blocked_by_guardrail"


class StoppedError(RuledOutError):
    """The account's stop switch is on."""

    kind = "stopped"


class ConfigurationError(StockroomError):
    """The installation is set up wrong; the operator must act."""

    kind = "unavailable"


# --- Amazon -------------------------------------------------------------------------------


class AmazonError(StockroomError):
    """Amazon answered something other than success.

    Args:
        status: HTTP status, or 0 when no answer arrived.
        code: Amazon's error code, e.g. ``QuotaExceeded``.
        request_id: ``x-amzn-RequestId``, for Amazon's support.
    """

    kind = "unavailable"

    def __init__(
        self,
        summary: str,
        *,
        status: int = 0,
        code: str = "",
        request_id: str = "",
        next_step: str = "",
        retry_after_s: float | None = None,
        amazon_says: Iterable[str] = (),
    ) -> None:
        super().__init__(
            summary, next_step=next_step, retry_after_s=retry_after_s, amazon_says=amazon_says
        )
        self.status = status
        self.code = code
        self.request_id = request_id


class AmazonRefusedError(AmazonError):
    """Amazon understood and said no (400, 404, 409, a business rule)."""

    kind = "amazon_refused"


class AuthorizationLostError(AmazonError):
    """The seller's grant (or our client secret) no longer works; a person must act."""


class SecretRefusedError(AuthorizationLostError):
    """Our own client id or secret no longer works: no seller's data comes in."""


class RoleMissingError(AmazonError):
    """The grant works, but lacks the role this operation needs."""


class ThrottledError(AmazonError):
    """429, after our own waiting was used up."""

    retryable = True


class AmazonUnavailableError(AmazonError):
    """5xx, an HTML page, a dropped connection, a timeout: nobody knows, try again later."""

    retryable = True


class BadDocumentError(AmazonError):
    """A report document that cannot be what was asked for (drift, truncation, wrong format)."""


# --- ours ---------------------------------------------------------------------------------


class DatabaseUnavailableError(StockroomError):
    """Postgres does not answer."""

    kind = "unavailable"
    retryable = True


class UnreachableError(StockroomError):
    """Somebody else's server did not answer, or not with what was asked for."""

    kind = "unavailable"
    retryable = True


class BusyError(StockroomError):
    """A limit of ours was reached (rate, time); the same call can succeed later."""

    kind = "unavailable"
    retryable = True
