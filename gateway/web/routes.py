"""Every page and every part of the API: the list of their routers."""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from gateway.web import api, desk, install, ops, resident

if TYPE_CHECKING:
    from gateway.web.site import Site


def routes(site: "Site") -> tuple[APIRouter, ...]:
    return (
        api.router(site),
        desk.router(site),
        install.router(site),
        ops.router(site),
        resident.router(site),
    )
