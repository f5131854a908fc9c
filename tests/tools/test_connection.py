"""One word for the connection to Amazon, worst first, with its reason and the next step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stockroom.spec.run import GRANT_LOST, ROLE_MISSING, SECRET_REFUSED
from stockroom.tools.connection import Health, Standing, Trial, judge

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = Trial("orders", "", NOW - DAY, None, None, None)


def standing(age: int = 10, probed: timedelta | None = None, error: str | None = None) -> Standing:
    return Standing(NOW - age * DAY, NOW - probed if probed is not None else None, error)


def health(*trials: Trial, of: Standing | None = None, suspended: tuple[str, ...] = ()) -> Health:
    return judge(of or standing(), trials or (GOOD,), suspended, NOW)


def test_nothing_is_said_of_a_connection_that_works() -> None:
    assert health() == Health("connected", None, None)
    assert judge(standing(), (), (), NOW).state == "connected"


@pytest.mark.parametrize(
    ("age", "state"), [(334, "connected"), (335, "expiring"), (366, "expiring")]
)
def test_an_authorisation_is_warned_of_from_day_335(age: int, state: str) -> None:
    assert health(of=standing(age)).state == state


def test_the_last_days_of_an_authorisation_are_counted() -> None:
    assert health(of=standing(335)).reason == (
        "The seller's authorisation ends on 2026-12-21, in 30 days."
    )
    assert health(of=standing(365)).reason == (
        "The seller's authorisation ends on 2026-11-21, in 0 days."
    )
    assert "was due on 2026-11-20" in str(health(of=standing(366)).reason)


def test_a_lost_grant_counts_until_a_load_succeeds_again() -> None:
    lost = GOOD._replace(grant_lost=NOW - timedelta(hours=1))
    assert health(lost).state == "revoked"
    assert "renew" in str(health(lost).next_step)
    assert health(lost, GOOD._replace(dataset="listings", good=NOW)).state == "connected"


def test_a_refused_client_secret_is_the_operators_matter() -> None:
    refused = GOOD._replace(secret_refused=NOW, grant_lost=NOW)
    assert health(refused).state == "secret_refused"
    assert "STOCKROOM_LWA_CLIENT_SECRET" in str(health(refused).next_step)


def test_a_role_is_missing_for_the_datasets_that_were_denied_last() -> None:
    denied = [
        Trial(name, "US", NOW - 2 * DAY, NOW - DAY, None, None)
        for name in ("orders", "inventory", "listings", "returns")
    ]
    mended = Trial("reimbursements", "", NOW, NOW - DAY, None, None)
    found = health(*denied, mended)
    assert found.state == "role_missing"
    assert found.reason == (
        "Amazon denies inventory (role Amazon Fulfillment), listings (role Product Listing),"
        " orders (role Inventory and Order Tracking) and 1 more."
    )


@pytest.mark.parametrize(
    ("denied", "words"),
    [
        ((NOW, None, None), "profile in DE"),
        ((None, NOW, None), "revoked"),
        ((None, None, NOW), "advertising application"),
    ],
)
def test_advertising_that_is_denied_leaves_the_sellers_own_grant_alone(
    denied: tuple[datetime | None, ...], words: str
) -> None:
    found = health(GOOD, Trial("ads_sp_products", "DE", NOW - DAY, *denied))
    assert found.state == "ads_denied"
    assert words in str(found.reason)
    assert "advertising" in str(found.next_step)
    mended = Trial("ads_sp_products", "DE", NOW + DAY, *denied)
    assert health(GOOD, mended).state == "connected"


def test_advertising_that_loads_does_not_hide_a_revoked_grant() -> None:
    ads = Trial("ads_sp_products", "DE", NOW, None, None, None)
    assert health(GOOD._replace(grant_lost=NOW - timedelta(hours=1)), ads).state == "revoked"


def test_suspended_listings_are_told_by_marketplace() -> None:
    found = health(suspended=("US", "CA"))
    assert (found.state, found.reason) == (
        "suspended",
        "Amazon has suspended listings in CA, US.",
    )


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (GRANT_LOST, "revoked"),
        (SECRET_REFUSED, "secret_refused"),
        ("AmazonUnavailable", "unreachable"),
        (ROLE_MISSING, "connected"),
        (None, "connected"),
    ],
)
def test_a_probe_newer_than_every_load_is_believed(error: str | None, state: str) -> None:
    assert health(of=standing(probed=timedelta(0), error=error)).state == state
    assert health(of=standing(probed=2 * DAY, error=error)).state == "connected"


def test_the_worst_is_told_alone() -> None:
    worst = GOOD._replace(grant_lost=NOW, role_missing=NOW)
    assert health(worst, of=standing(350), suspended=("US",)).state == "revoked"
