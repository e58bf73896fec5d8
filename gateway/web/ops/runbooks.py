"""The runbooks on the page: docs/runbooks of the repository, or the copy inside the wheel.

They are Markdown of a simple kind; ``blocks`` takes apart as much of it as they use.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from fastapi import APIRouter, Request, Response

from gateway.ledger.rows import Language
from gateway.web.guard import Operating, not_found
from gateway.web.pages import Pages

if TYPE_CHECKING:
    from gateway.web.site import Site

_HERE: Final = Path(__file__).resolve()
PLACES: Final = (
    _HERE.parents[2] / "runbooks",  # gateway/runbooks: put there when the wheel is built
    _HERE.parents[3] / "docs/runbooks",  # an editable install, the repository
)
_NAME: Final = re.compile(r"[A-Za-z]{1,64}")
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")  # it leads to a file: only its words are shown


class Block(NamedTuple):
    """``kind``: head, text, list or code."""

    kind: str
    lines: tuple[str, ...]


@cache
def names() -> tuple[str, ...]:
    """Every runbook there is."""
    folder = next((one for one in PLACES if one.is_dir()), None)
    return tuple(sorted(one.stem for one in folder.glob("*.md"))) if folder else ()


def read(name: str, language: Language) -> str | None:
    """Its text, in English where there is no other; None: there is no such runbook."""
    if not _NAME.fullmatch(name):
        return None
    for folder in PLACES:
        for path in (folder / language.value / f"{name}.md", folder / f"{name}.md"):
            if path.is_file():
                return path.read_text(encoding="utf-8")
    return None


def blocks(text: str) -> Iterator[Block]:
    """Headings (without the title), paragraphs, lists and code, in their order."""
    for block in _raw(text):
        words = block.kind != "code"
        yield Block(block.kind, tuple(_plain(one) if words else one for one in block.lines))


def _raw(text: str) -> Iterator[Block]:
    """The same with links as they are written."""
    kind, lines = "", list[str]()
    for line in [*text.splitlines(), ""]:
        if line.startswith("```"):
            if lines:
                yield Block(kind, tuple(lines))
            kind, lines = ("" if kind == "code" else "code"), []
        elif kind == "code":
            lines.append(line)
        elif line.startswith("#") or not line.strip():
            if lines:
                yield Block(kind, tuple(lines))
            kind, lines = "", []
            if line.startswith("##"):
                yield Block("head", (line.lstrip("# "),))
        elif line.startswith("- "):
            if lines and kind != "list":
                yield Block(kind, tuple(lines))
                lines = []
            kind = "list"
            lines.append(line[2:])
        elif lines:
            glue = " " if lines[-1][-1:].isascii() and line.lstrip()[:1].isascii() else ""
            lines[-1] += glue + line.strip()
        else:
            kind, lines = "text", [line]


def _plain(line: str) -> str:
    return _LINK.sub(r"\1", line)


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/ops/runbooks")
    async def listed(request: Request, who: Operating) -> Response:
        shown: Pages = request.app.state.pages
        return await shown.show(request, "ops/runbooks.html", names=names())

    @pages.get("/ops/runbooks/{name}")
    async def runbook(request: Request, who: Operating, name: str) -> Response:
        shown: Pages = request.app.state.pages
        text = read(name, await shown.language(request))
        if text is None:
            raise not_found()
        return await shown.show(
            request, "ops/runbook.html", name=name, blocks=list(blocks(text)), names=names()
        )

    return pages
