"""Whether Amazon still answers for an account, and what a person must do if not.

Nothing is asked here: every load is a trial of the connection, and its run tells
how it went. Advertising is a grant of its own: how its loads went says nothing of
the seller's, nor the other way round. The judgement is a pure function of what the database says and the
present: one state, the worst first, with one reason and one next step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import DateTime, bindparam, func, or_, select

from stockroom.db.query import Query
from stockroom.reports import all_reports
from stockroom.spec.fact import table_of
from stockroom.spec.report import AdsReport
from stockroom.spec.run import GOOD_STATES, GRANT_LOST, ROLE_MISSING, SECRET_REFUSED, Run

GRANT_LIFE = timedelta(days=365)
"""A seller authorises anew every 365 days."""
GRANT_WARNING = timedelta(days=30)
"""Sellers are warned from day 335."""
REMEMBERED = timedelta(days=7)
_NAMED = 3
_PARTICIPATIONS = "marketplace_participations"
_ADVERTISING = frozenset(
    report.name for report in all_reports() if isinstance(report.request, AdsReport)
)

_run = table_of(Run).c


class Trial(NamedTuple):
    """How loads of one dataset in one marketplace went lately: the last of each kind."""

    dataset: str
    marketplace: str
    good: datetime | None
    role_missing: datetime | None
    grant_lost: datetime | None
    secret_refused: datetime | None


class Standing(NamedTuple):
    """What is stored of the connection itself."""

    authorised_at: datetime
    probed_at: datetime | None
    probe_error: str | None


class Health(NamedTuple):
    """The judgement."""

    state: str
    reason: str | None = None
    next_step: str | None = None


def _last(kind: str) -> object:
    return func.max(_run.finished_at).filter(_run.error_kind == kind)


TRIALS = Query(
    select(
        _run.dataset,
        _run.marketplace,
        func.max(_run.finished_at).filter(or_(*(_run.state == one.value for one in GOOD_STATES))),
        *map(_last, (ROLE_MISSING, GRANT_LOST, SECRET_REFUSED)),
    )
    .where(_run.finished_at > bindparam("since", type_=DateTime(timezone=True)))
    .group_by(_run.dataset, _run.marketplace)
)


def _suspended() -> Query | None:
    """Marketplaces with suspended listings by the newest snapshot; None where none is taken."""
    for report in all_reports():
        if report.name == _PARTICIPATIONS:
            seen = table_of(report.fills)
            newest = select(func.max(seen.c.day)).scalar_subquery()
            return Query(
                select(seen.c.marketplace).where(
                    seen.c.suspended_listings, seen.c.participating, seen.c.day == newest
                )
            )
    return None


SUSPENDED = _suspended()


def judge(
    standing: Standing, trials: Sequence[Trial], suspended: Sequence[str], now: datetime
) -> Health:
    """One word for the connection.

    Args:
        standing: What is stored of it.
        trials: How loads went.
        suspended: Marketplaces in which Amazon has suspended listings.
        now: The present.
    """
    selling = [one for one in trials if one.dataset not in _ADVERTISING]
    probe = standing.probed_at
    fine = _latest([*(one.good for one in selling), None if standing.probe_error else probe])
    failed = {standing.probe_error: probe}

    def lost(kind: str, seen: Iterable[datetime | None]) -> bool:
        at = _latest([*seen, failed.get(kind)])
        return at is not None and (fine is None or at > fine)

    if lost(SECRET_REFUSED, (one.secret_refused for one in selling)):
        return _SECRET
    if lost(GRANT_LOST, (one.grant_lost for one in selling)):
        return _REVOKED
    if standing.probe_error not in {None, GRANT_LOST, SECRET_REFUSED, ROLE_MISSING} and (
        probe is not None and (fine is None or probe > fine)
    ):
        return _UNREACHABLE
    return (
        _roles(selling)
        or _advertising([one for one in trials if one.dataset in _ADVERTISING])
        or _suspension(suspended)
        or _expiry(standing, now)
        or Health("connected")
    )


def _latest(instants: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in instants if at is not None), default=None)


_AUTHORISE = "Have the seller authorise the application again, then run stockroom account renew."
_SECRET = Health(
    "secret_refused",
    "Login with Amazon does not accept this installation's client id and secret.",
    "Set STOCKROOM_LWA_CLIENT_ID and STOCKROOM_LWA_CLIENT_SECRET to the current ones.",
)
_REVOKED = Health("revoked", "The seller's authorisation was revoked or has run out.", _AUTHORISE)
_UNREACHABLE = Health(
    "unreachable", "Amazon gave no usable answer to the last probe.", "Run stockroom doctor."
)


def _roles(trials: Sequence[Trial]) -> Health | None:
    needed = {report.name: report.role for report in all_reports()}
    missing = sorted(
        {
            one.dataset
            for one in trials
            if one.role_missing and (one.good is None or one.role_missing > one.good)
        }
    )
    if not missing:
        return None
    return Health(
        "role_missing",
        f"Amazon denies {_listed(missing, needed)}.",
        "Give the application the role, then have the seller authorise it again.",
    )


def _listed(missing: Sequence[str], needed: Mapping[str, str]) -> str:
    """The first few, each with its role."""
    named = [f"{name} (role {needed[name]})" if name in needed else name for name in missing]
    more = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _advertising(trials: Sequence[Trial]) -> Health | None:
    """What keeps advertising from being loaded, by its newest failure."""
    failures = [
        (at, kind, one.marketplace)
        for one in trials
        for kind, at in zip(_ADS_DENIED, one[3:], strict=True)
        if at is not None and (one.good is None or at > one.good)
    ]
    if not failures:
        return None
    _, newest, _ = max(failures)
    places = sorted({place for _, kind, place in failures if kind == newest})
    reason, step = _ADS_DENIED[newest]
    return Health("ads_denied", reason.format(", ".join(places)), step)


_ADS_DENIED = {
    ROLE_MISSING: (
        "The advertising grant does not reach the seller's profile in {}.",
        "Check who may see the advertising account, then run stockroom account ads.",
    ),
    GRANT_LOST: (
        "The authorisation of the seller's advertising was revoked or has run out, seen in {}.",
        "Have the seller authorise the advertising application again, then run stockroom account ads.",
    ),
    SECRET_REFUSED: (
        "Login with Amazon does not accept the advertising application, seen in {}.",
        "Set the client id and secret of the advertising application to the current ones.",
    ),
}
"""Reason and next step by kind of failure, in the order of a trial's columns."""


def _suspension(suspended: Sequence[str]) -> Health | None:
    if not suspended:
        return None
    return Health(
        "suspended",
        f"Amazon has suspended listings in {', '.join(sorted(suspended))}.",
        "See Account Health in Seller Central.",
    )


def _expiry(standing: Standing, now: datetime) -> Health | None:
    ends = standing.authorised_at + GRANT_LIFE
    if now < ends - GRANT_WARNING:
        return None
    left = (ends.date() - now.date()).days
    when = f"ends on {ends.date()}, in {left} days" if left >= 0 else f"was due on {ends.date()}"
    what = "authorisation" if left >= 0 else "yearly renewal of the authorisation"
    return Health("expiring", f"The seller's {what} {when}.", _AUTHORISE)
