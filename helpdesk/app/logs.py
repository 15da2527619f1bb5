"""Logs: one JSON line a fact on standard error; `action` is a fixed word; no buyer's text, no secret."""

from __future__ import annotations

import logging
import sys

import structlog


def to_stderr(level: int = logging.INFO) -> None:
    """Our own facts as JSON lines, and other libraries' warnings in the same form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _foreign,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # these speak of every byte or retry they see; what matters of it comes back as our own errors
    for name in ("aioimaplib", "slack_sdk", "slack_bolt", "aiohttp", "mail.log", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _foreign(_logger: object, _name: str, fact: structlog.typing.EventDict) -> structlog.typing.EventDict:
    fact.setdefault("action", "library")
    fact["event"] = str(fact.get("event", ""))[:300]
    return fact


def quiet() -> None:
    """For commands that print their own result: nothing but errors."""
    to_stderr(logging.ERROR)
