"""The way into a page: only who is signed in gets there, and a change only comes from a form of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from helpdesk.web import sessions
from helpdesk.web.render import page
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

View = Callable[[Site, Visitor, Request], Awaitable[Response]]
Change = Callable[[Site, Visitor, dict[str, str]], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Response]]

#: A form of ours is never longer, bytes.
MAX_FORM = 20_000


def looking(site: Site, view: View) -> Handler:
    """A page for who is signed in; 401 and how to get in for everybody else."""

    async def handler(request: Request) -> Response:
        who = await sessions.visitor(site, request)
        if who is None:
            return page(site, None, "signed_out.html", status=401)
        return await view(site, who, request)

    return handler


def changing(site: Site, change: Change) -> Handler:
    """A change, by a manager, from a form of ours."""

    async def handler(request: Request) -> Response:
        who = await sessions.visitor(site, request)
        if who is None:
            return page(site, None, "signed_out.html", status=401)
        fields = await form(request)
        if fields is None or not sessions.is_own_form(who, fields.get("csrf"), request):
            return page(site, who, "refused.html", status=403, why="The form did not come from a page of yours here.")
        if not who.manager:
            return page(site, who, "refused.html", status=403, why="Only managers may change this.")
        return await change(site, who, fields)

    return handler


async def form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None for one that is too long or no form."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return None
    try:
        parsed = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return None
    return {name: values[-1] for name, values in parsed.items()}


def door_routes(site: Site) -> list[Route]:
    """Signing in and out."""
    attempts = sessions.Attempts()

    async def sign_in(request: Request) -> Response:
        address = request.client.host if request.client else ""
        if attempts.too_many(address):
            told = "Too many attempts. Wait a minute, then ask for a new link."
            refused = page(site, None, "signed_out.html", status=429, told=told)
            refused.headers["retry-after"] = "60"
            return refused
        response = RedirectResponse("/", status_code=303)
        if request.method == "GET" and await sessions.enter(site, request.query_params.get("link", ""), response):
            return response
        attempts.failed(address)
        told = "This link is unknown, was used already, or has expired."
        return page(site, None, "signed_out.html", status=403, told=told)

    async def sign_out(request: Request) -> Response:
        who = await sessions.visitor(site, request)
        fields = await form(request)
        if who is None or fields is None or not sessions.is_own_form(who, fields.get("csrf"), request):
            return RedirectResponse("/", status_code=303)
        response = page(site, None, "signed_out.html", told="You are signed out.")
        await sessions.leave(site, who, response)
        return response

    return [Route("/sign-in", sign_in, methods=["GET"]), Route("/sign-out", sign_out, methods=["POST"])]
