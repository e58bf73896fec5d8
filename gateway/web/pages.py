"""Pages from templates, in the language of whoever looks.

A template has: ``t("wall.quiet", n=3)`` words, ``says(text)`` what other parts say,
``who`` (or nothing), ``csrf``, ``asset("app.css")`` (an address), ``clock(moment)`` 22:14,
``day(moment)``, ``now``. Scripts are never inline: the policy forbids it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.ledger.rows import Language
from gateway.web import static, words
from gateway.web.guard import logged_in
from gateway.web.told import told

if TYPE_CHECKING:
    from gateway.web.site import Site
    from rules.moment import Moment

LANGUAGE_COOKIE = "language"


class Pages:
    def __init__(self, site: "Site") -> None:
        self._site = site
        self._templates = Environment(
            loader=PackageLoader("gateway.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            asset=static.url, clock=self._clock, day=self._day, is_word=words.ALL.__contains__
        )

    async def show(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """The page; ``values`` are the template's."""
        login = await logged_in(request)
        language = await self.language(request)
        body = self._templates.get_template(template).render(
            t=words.speaker(language),
            says=partial(told, language),
            lang="zh-CN" if language is Language.ZH else "en",
            who=login.who if login else None,
            csrf=login.csrf if login else "",
            now=self._site.now(),
            path=request.url.path,
            gateway=self._site.config.gateway.id,
            is_demo=self._site.is_demo,
            **values,
        )
        return HTMLResponse(body, status, headers=dict(headers or {}))

    async def language(self, request: Request) -> Language:
        """As chosen on the page, else the person's, else the browser's, else the gateway's."""
        if (chosen := request.cookies.get(LANGUAGE_COOKIE)) in tuple(Language):
            return Language(chosen)
        login = await logged_in(request)
        if login is not None and login.who.language is not None:
            return login.who.language
        for wanted in request.headers.get("accept-language", "").split(","):
            if (short := wanted.strip()[:2].lower()) in tuple(Language):
                return Language(short)
        return self._site.language

    def _local(self, at: "Moment") -> datetime:
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self._site.zone)

    def _clock(self, at: "Moment") -> str:
        return f"{self._local(at):%H:%M}"

    def _day(self, at: "Moment") -> str:
        return f"{self._local(at):%Y-%m-%d}"
