"""Ids, marketplaces and settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stockroom.core.config import HOME_FILE, load_settings
from stockroom.core.errors import ConfigurationError, InvalidInputError
from stockroom.core.ids import digest, uuid7
from stockroom.core.marketplaces import MARKETPLACES, NETWORK_OF_COUNTRY, Region, marketplace

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_ids_sort_by_their_moment() -> None:
    ids = [uuid7(AT + timedelta(seconds=second)) for second in range(50)]

    assert ids == sorted(ids)
    assert {one.version for one in ids} == {7}


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})


def test_gb_is_read_as_uk_in_stores_and_in_ledger_countries() -> None:
    assert marketplace(" gb ") is MARKETPLACES["UK"]
    assert NETWORK_OF_COUNTRY["GB"] == "UK"


def test_an_unknown_marketplace_is_named_with_the_remedy() -> None:
    with pytest.raises(InvalidInputError, match="'XX' is not a marketplace") as caught:
        marketplace("XX")

    assert caught.value.field == "marketplace"
    assert "US" in caught.value.next_step


def test_warehouses_outside_a_store_belong_to_their_network() -> None:
    assert NETWORK_OF_COUNTRY["CZ"] == NETWORK_OF_COUNTRY["DE"] == "EU"


def test_a_home_remembers_settings_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / HOME_FILE).write_text("STOCKROOM_PORT=9001\nSTOCKROOM_LOG_LEVEL=DEBUG\n")
    monkeypatch.setenv("STOCKROOM_HOME", str(tmp_path))
    monkeypatch.setenv("STOCKROOM_PORT", "9002")
    settings = load_settings()

    assert (settings.port, settings.log_level) == (9002, "DEBUG")
    assert settings.spapi_url(Region.EU).endswith("-eu.amazon.com")


def test_an_empty_variable_counts_as_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKROOM_ENCRYPTION_KEYS", "")

    assert load_settings(home=tmp_path).encryption_keys is None


def test_an_impossible_setting_is_named_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOCKROOM_PORT", "seventy")

    with pytest.raises(ConfigurationError, match="STOCKROOM_PORT") as caught:
        load_settings(home=tmp_path)

    assert "seventy" not in str(caught.value)
