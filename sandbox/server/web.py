"""Serves the HTTP side: REST endpoints, SOAP services, health, and the control desk for tests."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.server.rest import Platform
from sandbox.server.soap import Services
from sandbox.server.store import Store

Handler = Callable[[Request], Awaitable[Response]]


def application(store: Store, platform: Platform, services: Services) -> Starlette:
    """Builds the application with all routes."""
    routes = [
        Route("/health", _health(store), methods=["GET"]),
        Route("/control/habit", _habit(store), methods=["POST"]),
        Route("/control/clock", _clock(store), methods=["POST"]),
        Route("/soap/{connection_id}", _soap(services), methods=["GET", "POST"]),
    ]
    routes += [Route(path, _rest(platform), methods=["GET", "POST"]) for path in platform.endpoints]
    return Starlette(routes=routes)


def _rest(platform: Platform) -> Handler:
    async def handle(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(
            platform.answer,
            request.url.path,
            request.method,
            dict(request.query_params),
            dict(request.headers),
            body,
        )

    return handle


def _soap(services: Services) -> Handler:
    async def handle(request: Request) -> Response:
        connection_id = request.path_params["connection_id"]
        if not services.admits(connection_id, request.headers.get("authorization")):
            return Response(status_code=401, headers={"WWW-Authenticate": "Basic"})
        if request.method == "GET":
            base = str(request.base_url).rstrip("/")
            return services.wsdl(connection_id, base) or Response(status_code=404)
        return await run_in_threadpool(services.call, connection_id, await request.body())

    return handle


def _health(store: Store) -> Handler:
    async def handle(request: Request) -> Response:
        return JSONResponse(
            {
                "status": "ok",
                "as_of": store.as_of.isoformat(),
                "city": store.city.name,
                "feeds": len(store.catalogue),
            }
        )

    return handle


def _habit(store: Store) -> Handler:
    """Turns a habit on or off: ``{"feed_id": .., "habit": .., "on": true}``; a null habit means all of the
    feed's.
    """

    def switch(given: dict[str, Any]) -> dict[str, Any]:
        habits = store.switch(str(given["feed_id"]), given.get("habit"), on=bool(given.get("on", True)))
        return {"feed_id": given["feed_id"], "habits": sorted(habits)}

    return _desk(switch)


def _clock(store: Store) -> Handler:
    """Moves the departments' clock: ``{"as_of": "2020-05-13"}``."""

    def turn(given: dict[str, Any]) -> dict[str, Any]:
        store.set_clock(date.fromisoformat(str(given["as_of"])))
        return {"as_of": store.as_of.isoformat()}

    return _desk(turn)


def _desk(act: Callable[[dict[str, Any]], dict[str, Any]]) -> Handler:
    async def handle(request: Request) -> Response:
        try:
            given = json.loads(await request.body())
            return JSONResponse(await run_in_threadpool(act, given))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return handle
