"""Who did what: the same as ``doorwatch report audit``, on a page."""

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from gateway.report.audit import audit
from gateway.web.guard import Operating
from gateway.web.ops.theirs import whole_gateway
from gateway.web.pages import Pages
from rules.moment import DAY

if TYPE_CHECKING:
    from gateway.web.site import Site

DAYS = (1, 7, 30)
SHOWN = 300  # rows, the newest


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/ops/audit")
    async def acts(request: Request, who: Operating, days: int = 1, q: str = "") -> Response:
        whole_gateway(who)
        days = days if days in DAYS else DAYS[0]
        now = site.now()
        found = await audit(site.database, site.zone, now - days * DAY, now + 1)
        fitting = [one for one in reversed(found) if _fits(one, q)]
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "ops/audit.html",
            acts=fitting[:SHOWN],
            more=max(0, len(fitting) - SHOWN),
            days=days,
            choices=DAYS,
            q=q,
        )

    return pages


def _fits(one: dict[str, Any], q: str) -> bool:
    said = " ".join(str(value) for value in one.values() if value is not None).lower()
    return all(part in said for part in q.lower().split())
