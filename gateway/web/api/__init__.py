"""``/api/v1``: what commands can do, over HTTP. The document is at ``/api/openapi.json``.

Every call needs a login (cookie) and, to change something, the token that the login gave
(``X-CSRF-Token``). Rights and grids are those of the pages: what is not theirs is 404.
"""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from gateway.web.api import homes, incidents, passes, session
from gateway.web.api.models import Problem

if TYPE_CHECKING:
    from gateway.web.site import Site

PREFIX = "/api/v1"


def router(site: "Site") -> APIRouter:
    api = APIRouter(
        prefix=PREFIX,
        responses={
            400: {"model": Problem, "description": "The body cannot be read."},
            401: {"model": Problem, "description": "Nobody is logged in."},
            403: {"model": Problem, "description": "Not theirs to do, or without the token."},
        },
    )
    api.include_router(session.router(site), tags=["session"])
    api.include_router(incidents.router(site), tags=["incidents"])
    api.include_router(passes.router(site), tags=["passes"])
    api.include_router(homes.router(site), tags=["households"])
    return api
