"""``doorwatch check`` from the page: every mistake and every doubt, with place and remedy.

It runs beside the daemon: the lint walks through a week of every roster.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.web.guard import Operating
from gateway.web.live import events
from gateway.web.ops.theirs import configuration, whole_gateway
from gateway.web.ops.work import State, Work, Worker
from gateway.web.pages import Pages
from rules.moment import Moment

if TYPE_CHECKING:
    from gateway.web.site import Site

LONGEST_S = 120.0


@dataclass(slots=True)
class Checked:
    """The newest check. ``found``: as ``doorwatch check --json`` has it."""

    work: Work
    at: Moment
    found: list[dict[str, Any]]


class Check:
    """One a gateway."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._worker = Worker(longest_s=LONGEST_S)
        self.newest: Checked | None = None

    def start(self) -> None:
        """Unless one runs."""
        path = configuration(self._site)
        if path is None or self._worker.is_busy:
            return
        work = self._worker.start(["check", "--json", "--config", str(path)], self._ended)
        self.newest = Checked(work, self._site.now(), [])

    async def _ended(self, work: Work) -> None:
        if self.newest is not None and work.state is State.DONE:
            try:
                self.newest.found = json.loads(work.answer)
            except ValueError:
                work.state = State.FAILED
        work.answer = b""

    def seen(self) -> tuple[Any, ...]:
        """For a page that watches."""
        one = self.newest
        return () if one is None else (id(one), one.work.state)


def router(site: "Site") -> APIRouter:
    pages, check = APIRouter(), Check(site)

    @pages.get("/ops/check")
    async def checked(request: Request, who: Operating) -> Response:
        whole_gateway(who)
        found = check.newest.found if check.newest else []
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "ops/check.html",
            newest=check.newest,
            state=check.newest.work.state.value if check.newest else "",
            mistakes=[one for one in found if one["level"] == "error"],
            warnings=[one for one in found if one["level"] != "error"],
            config=configuration(site),
        )

    @pages.post("/ops/check")
    async def start(request: Request, who: Operating) -> Response:
        whole_gateway(who)
        check.start()
        return RedirectResponse("/ops/check", 303)

    @pages.get("/ops/check/events")
    async def check_events(request: Request, who: Operating) -> Response:
        whole_gateway(who)
        return events(request, check.seen, site.now)

    return pages
