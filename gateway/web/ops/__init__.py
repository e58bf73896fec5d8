"""Operations: is every part of this gateway well, and what to do where one is not.

``parts`` and ``sensors`` say what state a part has, out of what the gateway counts anyway;
``work`` runs a command beside the daemon; the other modules are pages. Sensors and people of
another grid are not shown; what concerns the whole gateway is for those who see all grids.
"""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from gateway.web.ops import audit, check, glance, maintenance, rules, runbooks, sensors

if TYPE_CHECKING:
    from gateway.web.site import Site


def router(site: "Site") -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    for part in (glance, sensors, runbooks, check, rules, audit, maintenance):
        pages.include_router(part.router(site))
    return pages
