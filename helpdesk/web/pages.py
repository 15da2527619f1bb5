"""The web door: /healthz and /metrics, which need no sign-in, and the dashboard's routes behind its headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.store.gauges import Gauges
from helpdesk.web.headers import SafeHeaders
from helpdesk.web.site import Vital

__all__ = ["Vital", "build", "exposition"]


def build(vital: Vital, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The application: health, metrics, and whatever routes are added; every answer carries the safe headers."""
    routes = [Route("/healthz", _health(vital)), Route("/metrics", _metrics(vital)), *more]
    return Starlette(routes=routes, middleware=[Middleware(SafeHeaders)])


Handler = Callable[[Request], Awaitable[Response]]


def _health(vital: Vital) -> Handler:
    async def health(_request: Request) -> Response:
        trouble = await vital.trouble()
        said = {"ok": not trouble, "trouble": trouble, "warnings": vital.warnings()}
        return JSONResponse(said, status_code=503 if trouble else 200)

    return health


def _metrics(vital: Vital) -> Handler:
    async def metrics(_request: Request) -> Response:
        return Response(exposition(await vital.gauges()), media_type="text/plain; version=0.0.4; charset=utf-8")

    return metrics


def exposition(numbers: Gauges) -> bytes:
    """The numbers in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def family(name: str, text: str, label: str, values: dict[str, int] | dict[str, float]) -> None:
        gauge = Gauge(name, text, [label], registry=registry)
        for key, value in values.items():
            gauge.labels(key).set(value)

    family("helpdesk_tickets", "Tickets by status.", "status", numbers.tickets)
    family("helpdesk_mails", "Mails by verdict.", "verdict", numbers.mails)
    family("helpdesk_outbox", "Effects that are not done, by state.", "state", numbers.outbox)
    family("helpdesk_events", "Events of tickets by kind, ever.", "kind", numbers.events)
    family("helpdesk_mailbox_seen_seconds", "Seconds since a mailbox was seen.", "mailbox", numbers.mailbox_age)
    Gauge("helpdesk_tickets_waiting", "Tickets whose clock runs.", registry=registry).set(numbers.waiting)
    Gauge("helpdesk_tickets_overdue", "Tickets past their due time.", registry=registry).set(numbers.overdue)
    return bytes(generate_latest(registry))
