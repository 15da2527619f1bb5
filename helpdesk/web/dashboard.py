"""The dashboard's routes."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.web import (
    views_feedback,
    views_lists,
    views_messages,
    views_now,
    views_texts,
    views_then,
    views_watch,
)
from helpdesk.web.guard import changing, door_routes, looking
from helpdesk.web.site import Site

STATIC = Path(__file__).resolve().parent / "static"
FILES = {"app.css": "text/css", "app.js": "text/javascript", "icon.svg": "image/svg+xml"}

PAGES = {
    "/": views_now.overview,
    "/queue": views_now.queue,
    "/queue.csv": views_now.queue_csv,
    "/tickets/{number:int}": views_now.ticket,
    "/messages": views_messages.behind,
    "/messages.csv": views_messages.behind_csv,
    "/lists/{name}.csv": views_lists.listing_csv,
    "/lists/{name}": views_lists.listing,
    "/sla": views_then.response,
    "/sla.csv": views_then.response_csv,
    "/charts/{name}.svg": views_then.chart,
    "/quality": views_then.quality,
    "/quality.csv": views_then.quality_csv,
    "/feedback": views_feedback.ratings,
    "/feedback.csv": views_feedback.ratings_csv,
    "/watchlist": views_watch.listing,
    "/watchlist.csv": views_watch.listing_csv,
    "/texts": views_texts.texts,
    "/system": views_then.system,
    "/system.csv": views_then.system_csv,
}


def routes(site: Site) -> list[BaseRoute]:
    """Everything but /healthz and /metrics."""
    found: list[BaseRoute] = [Route(path, looking(site, view), methods=["GET"]) for path, view in PAGES.items()]
    found.append(Route("/watchlist", changing(site, views_watch.decide), methods=["POST"]))
    return [*found, *door_routes(site), Route("/static/{name}", static, methods=["GET"])]


async def static(request: Request) -> Response:
    """Style and script, from this machine."""
    name = request.path_params["name"]
    if name not in FILES:
        return Response(status_code=404)
    return FileResponse(STATIC / name, media_type=FILES[name], headers={"cache-control": "no-cache"})
