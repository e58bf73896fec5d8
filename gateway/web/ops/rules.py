"""The rules on the page: change them, rehearse them over what really happened, then save them.

Saved is only what has no mistakes, was rehearsed in exactly this text, and changes the very file
that it was compared with.
"""

import asyncio
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from gateway.accounts.rights import Who
from gateway.errors import Mistake, Mistakes
from gateway.rulesfile import NAME
from gateway.store import audit
from gateway.store.audit import Did
from gateway.web import words
from gateway.web.guard import Operating, not_found
from gateway.web.live import events
from gateway.web.ops import rules_file
from gateway.web.ops.rehearsal import DAYS, Rehearsals
from gateway.web.ops.theirs import configuration, whole_gateway
from gateway.web.ops.work import State
from gateway.web.pages import Pages

if TYPE_CHECKING:
    from gateway.web.site import Site

Text = Annotated[str, Form(max_length=2 * rules_file.MOST)]
PAGE = "/ops/rules"


def router(site: "Site", rehearsals: Rehearsals | None = None) -> APIRouter:
    """``rehearsals``: the tests' own."""
    pages, page = APIRouter(), _Page(site, rehearsals or Rehearsals(site))

    @pages.get(PAGE)
    async def rules(request: Request, who: Operating, saved: bool = False) -> Response:
        whole_gateway(who)
        return await page.show(request, saved=saved)

    @pages.post(f"{PAGE}/rehearse")
    async def rehearse(
        request: Request, who: Operating, text: Text = "", days: Annotated[int, Form()] = DAYS[1]
    ) -> Response:
        whole_gateway(who)
        return await page.rehearse(request, who, rules_file.unixed(text), days)

    @pages.post(f"{PAGE}/cancel")
    async def cancel(request: Request, who: Operating) -> Response:
        whole_gateway(who)
        await page.rehearsals.cancel()
        return RedirectResponse(PAGE, 303)

    @pages.post(f"{PAGE}/discard")
    async def discard(request: Request, who: Operating) -> Response:
        whole_gateway(who)
        page.rehearsals.forget()
        return RedirectResponse(PAGE, 303)

    @pages.post(f"{PAGE}/save")
    async def save(request: Request, who: Operating, text: Text = "") -> Response:
        whole_gateway(who)
        return await page.save(request, who, rules_file.unixed(text))

    @pages.get(f"{PAGE}/draft.toml")
    async def draft(request: Request, who: Operating) -> Response:
        whole_gateway(who)
        if (newest := page.rehearsals.newest) is None:
            raise not_found()
        headers = {"Content-Disposition": f'attachment; filename="{NAME}"'}
        return PlainTextResponse(newest.text, headers=headers)

    @pages.get(f"{PAGE}/events")
    async def rules_events(request: Request, who: Operating) -> Response:
        whole_gateway(who)
        return events(request, page.rehearsals.seen, site.now)

    return pages


class _Page:
    def __init__(self, site: "Site", rehearsals: Rehearsals) -> None:
        self._site = site
        self._saving = asyncio.Lock()
        self.rehearsals = rehearsals

    @property
    def _path(self) -> Path | None:
        return self._site.config.rules.path

    @property
    def _name(self) -> str:
        return self._path.name if self._path else NAME

    def _written(self) -> tuple[str, str]:
        """The file's text, and why it cannot be read."""
        try:
            return rules_file.read(self._path), ""
        except (OSError, UnicodeDecodeError) as error:
            return self._site.memory.rules.text, str(error)

    async def rehearse(self, request: Request, who: Who, text: str, days: int) -> Response:
        if wrong := await self._mistakes(text):
            return await self.show(request, 422, text=text, mistakes=wrong)
        base = rules_file.seal(self._written()[0])
        days = days if days in DAYS else DAYS[1]
        if not self.rehearsals.start(text, base, days, who.by, self._name):
            return await self.show(request, 409, text=text, refused="busy")
        return RedirectResponse(PAGE, 303)

    async def save(self, request: Request, who: Who, text: str) -> Response:
        async with self._saving:
            if wrong := await self._mistakes(text):
                return await self.show(request, 422, text=text, mistakes=wrong)
            newest, path = self.rehearsals.newest, self._path
            if newest is None or newest.difference is None or newest.text != text:
                return await self.show(request, 409, text=text, refused="not_rehearsed")
            before, unreadable = self._written()
            if unreadable or rules_file.seal(before) != newest.base:
                return await self.show(request, 409, text=text, refused="changed")
            if path is None or not rules_file.may_write(path):
                return await self.show(request, 409, text=text, refused="read_only")
            try:
                await asyncio.to_thread(rules_file.replace, path, text)
                await self._site.take_rules()
            except Mistakes as error:
                wrong = list(error.mistakes)
                return await self.show(request, 422, text=text, mistakes=wrong)
            except OSError as error:
                return await self.show(
                    request, 409, text=text, refused="read_only", why=error.strerror or ""
                )
            await self._note(who, path, before, text, newest.days)
            self.rehearsals.forget()
        return RedirectResponse(f"{PAGE}?saved=1", 303)

    async def _note(self, who: Who, path: Path, before: str, after: str, days: int) -> None:
        lines = rules_file.diff(before, after, path.name)
        more = sum(line.startswith("+") for line in lines)
        less = sum(line.startswith("-") for line in lines)
        detail = f"+{more} -{less} lines; rehearsed over {days} d; before: {path.name}.1"
        at, database = self._site.now(), self._site.database
        await database.transaction(
            lambda c: audit.note(c, at, who.by, Did.RULES, path.name, detail)
        )

    async def _mistakes(self, text: str) -> list[Mistake]:
        ledger = self._site.memory.ledger
        return await asyncio.to_thread(rules_file.mistakes, text, self._name, ledger)

    async def show(
        self,
        request: Request,
        status: int = 200,
        *,
        text: str | None = None,
        mistakes: list[Mistake] | None = None,
        refused: str = "",
        why: str = "",
        saved: bool = False,
    ) -> Response:
        """``text``: what stands in the form; else what was rehearsed, else the file."""
        newest, (written, unreadable) = self.rehearsals.newest, self._written()
        draft = text if text is not None else newest.text if newest is not None else written
        path, homes = self._path, self._site.memory.ledger.households
        shown: Pages = request.app.state.pages
        t = words.speaker(await shown.language(request))
        values: dict[str, Any] = {
            "text": draft,
            "mistakes": mistakes or [],
            "refused": refused,
            "why": why,
            "saved": saved,
            "unreadable": unreadable,
            "newest": newest,
            "running": newest is not None and newest.work.state is State.RUNNING,
            "is_of_this": newest is not None and newest.text == draft,
            "is_outdated": newest is not None and newest.base != rules_file.seal(written),
            "diff": rules_file.diff(written, draft, self._name),
            "days": DAYS,
            "name": self._name,
            "file": path,
            "config": configuration(self._site),
            "may_write": path is not None and rules_file.may_write(path),
            "quoted": shlex.quote(str(path)) if path else "",
            "in_force": self._site.memory.rules.text.replace("\r\n", "\n") == written,
            "kind_word": lambda kind: t(f"desk.kind.{kind}") if kind else t("ops.all"),
            "address": lambda key: homes[key].address if key in homes else key,
        }
        return await shown.show(request, "ops/rules.html", status=status, **values)
