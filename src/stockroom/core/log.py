"""Structured logs. Secrets cannot get in: keys that name one, and text that looks like one, are cut.

Redaction is a processor at the end of the chain, so it also covers exceptions
and the records of other libraries.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

REDACTED = "[redacted]"

_SECRET_NAME = re.compile(
    r"(authorization|password|passwd|secret|token|cookie|api_?key|pepper|signature)", re.IGNORECASE
)
_HARMLESS_NAME = re.compile(r"(next_token_present|token_count|key_id|tokens_total)", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"""(?x)
    \b(?:Atz[ar]\|[^\s"']+                      # LWA access and refresh tokens
      |amzn1\.(?:oa2-cs|application-oa2-client)\.[^\s"']+
      |sk_stockroom_[A-Za-z0-9_]+                # our own API keys
      |st_(?:access|refresh|code)_[A-Za-z0-9]+   # and OAuth credentials
      |Bearer\s+[A-Za-z0-9._~+/|=-]+)
    |(?<=://)[^/\s:@]+:[^/\s@]+(?=@)             # credentials in a URL
    |(?<=[?&])X-Amz-(?:Signature|Credential|Security-Token)=[^&\s"']+
    """
)


def redact_text(text: str) -> str:
    """``text`` with everything that looks like a credential cut out."""
    return _SECRET_TEXT.sub(REDACTED, text)


def redact(value: Any) -> Any:
    """``value`` with credentials cut out, at any depth."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {key: _redact_item(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [redact(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(str(value))


def _redact_item(name: str, item: Any) -> Any:
    if _SECRET_NAME.search(name) and not _HARMLESS_NAME.search(name):
        return REDACTED
    return redact(item)


def _redact_event(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: _redact_item(key, value) for key, value in event.items()}


_CHATTY = (
    "httpx",
    "httpcore",
    "sp_api",
    "mcp",
    "uvicorn.access",
    "apscheduler",
    "alembic",
    "procrastinate",
)


def configure(level: str = "INFO", style: str = "json") -> None:
    """Send every record (ours and the libraries') to standard error, redacted.

    Args:
        level: Least severe level that is written, e.g. ``INFO``.
        style: ``json`` (one object a line) or ``console`` (for a person).
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    root = logging.getLogger()
    root.handlers = [_handler(shared, style)]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _handler(shared: list[Any], style: str) -> logging.Handler:
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redact_event,
                renderer,
            ],
        )
    )
    return handler


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger named after its room, e.g. ``logger("sync.land")``."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return log
