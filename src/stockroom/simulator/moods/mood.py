"""What a mood is: a declaration of what it does to requests, reports and documents.

Everything a mood does is optional. The wire asks at fixed points (before a call,
after it, at the bucket, at a new report, at a document) and draws from ``luck``,
a stream of random numbers that belongs to that one occasion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from starlette.responses import Response

from stockroom.simulator.documents.view import Table

SNAPSHOTS = frozenset(
    {
        "GET_AFN_INVENTORY_DATA",
        "GET_AFN_INVENTORY_DATA_BY_COUNTRY",
        "GET_FBA_INVENTORY_PLANNING_DATA",
        "GET_FBA_MYI_ALL_INVENTORY_DATA",
        "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
        "GET_FBA_RECOMMENDED_REMOVAL_DATA",
        "GET_MERCHANTS_LISTINGS_FYP_REPORT",
        "GET_MERCHANT_LISTINGS_ALL_DATA",
        "GET_RESERVED_INVENTORY_DATA",
        "GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT",
        "GET_STRANDED_INVENTORY_UI_DATA",
    }
)
"""Report types without a date range: pictures of one moment, and the ones known to jump."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a request is about."""

    account: str
    """Empty where no seller is involved."""
    operation: str
    report_type: str = ""
    """Empty where no report is involved."""
    submits: bool = False
    """It asks for something to be made or changed."""


class Submission(StrEnum):
    """What becomes of a listing patch in which Amazon found nothing wrong."""

    TURNED_DOWN = "turned down"
    """Answered INVALID, although the preview said VALID."""
    FORGOTTEN = "forgotten"
    """Accepted and never applied; nothing says so."""
    BELATED = "belated"
    """Accepted and applied hours or days later."""
    OBJECTED = "objected"
    """Accepted, not applied, and an issue with it shows a little later."""


class Deed(NamedTuple):
    """An answer in place of the right one, and what the request log calls it."""

    what: str
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """What a mood does to the documents of reports that are asked for while it is on."""

    chance: float = 1.0
    """Of each document, unless its report type was named: then it is certain."""
    types: frozenset[str] | None = None
    """The report types meant when none is named; None: every type."""
    edit: Callable[[Table, Random], Table] | None = None
    charset: str | None = None
    """Amazon's name of another character set."""
    alike: bool = False
    """Every document of a report type is treated the same way, not each in its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """One way in which Amazon misbehaves."""

    name: str
    takes_operation: bool = False
    """It can be narrowed to one operation."""
    takes_report_type: bool = False
    """It can be narrowed to one report type."""
    unless_named: str = ""
    """The operation or report type it means when none is named."""
    only_submits: bool = False
    """It lets everything pass that only reads or checks."""
    quota_share: float = 1.0
    """What is left of each usage plan."""
    generation_factor: float = 1.0
    """How many times longer reports take."""
    delay_s: Callable[[Random], float] | None = None
    """Seconds to wait before a call is looked at."""
    refusal: Callable[[Occasion, Random], Deed | None] | None = None
    """Instead of carrying a call out."""
    spoiled: Callable[[Response, Random], Deed | None] | None = None
    """After a call was carried out, instead of its answer."""
    submission: Submission | None = None
    """What it makes of listing patches."""
    expired_addresses: float = 0.0
    """The chance of a document's address to be dead when it is handed out."""
    poison: Poison | None = None
