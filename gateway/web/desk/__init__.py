"""The duty desk: wall map, incidents, households, passes, search, the day's report.

``standing`` says what colour a door has, ``floors`` where it stands on the map, ``matters`` what
there is to say of an incident; the other modules are pages. Nothing here decides: what a person
does goes to the rules by ``gateway.requests``.
"""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from gateway.web.desk import day_report, homes, incidents, passes, wall

if TYPE_CHECKING:
    from gateway.web.site import Site


def router(site: "Site") -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    for part in (wall, incidents, homes, passes, day_report):
        pages.include_router(part.router(site))
    return pages
