"""Secrets cannot get into a log record, whoever writes it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from stockroom.core import log

SECRETS = {
    "refresh token": "Atzr|IwEBIA-abc.def",
    "access token": "Atza|QEBLjAs-123",
    "client secret": "amzn1.oa2-cs.v1.0a1b2c3d",
    "api key": "sk_stockroom_4fQz9sAbCdEf0123456789",
    "bearer header": "Bearer abc.def.ghi",
    "database password": "postgresql://owner:hunter2@db/stockroom",
    "presigned url": "https://bucket/doc?X-Amz-Expires=300&X-Amz-Signature=deadbeef",
}
TELLTALES = ("IwEBIA", "QEBLjAs", "0a1b2c3d", "4fQz9s", "abc.def.ghi", "hunter2", "deadbeef")


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.requirement("secrets-never-logged")
@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_cut_out_of_text(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    log.logger("test").info("seen", text=f"before {SECRETS[kind]} after", nested=[SECRETS[kind]])
    written = capsys.readouterr().err

    assert "seen" in written
    assert not any(telltale in written for telltale in TELLTALES)


@pytest.mark.requirement("secrets-never-logged")
def test_a_field_that_names_a_secret_is_cut_whole(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    log.logger("test").info("seen", client_secret="plain", headers={"Authorization": "plain"})
    written = capsys.readouterr().err

    assert "plain" not in written
    assert written.count(log.REDACTED) == 2


@pytest.mark.requirement("secrets-never-logged")
def test_records_and_tracebacks_of_libraries_are_redacted_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure()
    try:
        _fail(SECRETS["database password"])
    except ValueError:
        logging.getLogger("some.library").exception("failed with %s", SECRETS["access token"])
    written = capsys.readouterr().err

    assert "Traceback" in written
    assert not any(telltale in written for telltale in TELLTALES)


def _fail(text: str) -> None:
    raise ValueError(text)
