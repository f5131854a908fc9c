"""Which addresses credentials are sent to, and documents fetched from."""

from __future__ import annotations

from pathlib import Path

import pytest

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.origin import may_download
from stockroom.amazon.throttle import Buckets
from stockroom.core.config import load_settings
from stockroom.core.errors import ConfigurationError

AMAZON = "https://sellingpartnerapi-na.amazon.com"
PRETEND = "http://127.0.0.1:8701/na"


@pytest.mark.parametrize(
    ("url", "api", "may"),
    [
        ("https://bucket.s3.amazonaws.com/x?X-Amz-Expires=300", AMAZON, True),
        ("http://bucket.s3.amazonaws.com/x", AMAZON, False),
        ("http://127.0.0.1:8701/documents/x", AMAZON, False),
        ("https://127.0.0.1/x", AMAZON, False),
        ("https://localhost./x", AMAZON, False),
        ("https://127.1/x", AMAZON, False),
        ("https://2130706433/x", AMAZON, False),
        ("https://0x7f000001/x", AMAZON, False),
        ("https://10.0.0.8./x", AMAZON, False),
        ("http://127.0.0.1:8701/documents/x", PRETEND, True),
        ("http://localhost:8701/documents/x", PRETEND, True),
        ("http://10.0.0.8/x", PRETEND, False),
    ],
)
def test_a_document_is_fetched_by_https_or_from_this_machine_if_the_api_is_there(
    url: str, api: str, *, may: bool
) -> None:
    assert may_download(url, api) is may


@pytest.mark.parametrize(
    ("field", "url"),
    [
        ("lwa_url", "http://api.amazon.com/auth/o2/token"),
        ("spapi_eu_url", "http://10.0.0.8:80"),
        ("spapi_fe_url", "https://user:password@example.com"),
        ("spapi_na_url", "sellingpartnerapi-na.amazon.com"),
        ("spapi_na_url", ""),
    ],
)
def test_an_address_unfit_for_credentials_is_refused_by_its_setting(
    tmp_path: Path, plenty: Buckets, field: str, url: str
) -> None:
    settings = load_settings(home=tmp_path, **{field: url})

    with pytest.raises(ConfigurationError, match=f"STOCKROOM_{field.upper()}"):
        AmazonConnections(settings, plenty)
