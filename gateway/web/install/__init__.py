"""The installer's pages: choose a home, hear its sensor, bind it, try it, leave. Phone first.

One question a screen. What is under way is kept in the store and named by the address, so that a
phone may sleep, reload or lose its signal at any step.
"""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from gateway.web.install import at_home, choose, codes, job
from gateway.web.install.jobs import Jobs

if TYPE_CHECKING:
    from gateway.web.site import Site


def router(site: "Site") -> APIRouter:
    """All of ``/install``."""
    pages = APIRouter(include_in_schema=False)
    jobs = Jobs(site.database)
    for part in (
        choose.router(site, jobs),
        codes.router(site),
        at_home.router(site, jobs),
        job.router(site, jobs),
    ):
        pages.include_router(part)
    return pages
