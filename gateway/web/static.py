"""Style and scripts: read once, named by what is in them, kept by browsers for ever."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from gateway.web.guard import not_found

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_LONGEST: Final = 64  # characters of a name
_ALWAYS: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def content(name: str) -> bytes:
    """Raises ``FileNotFoundError``."""
    return (files("gateway.web") / "static" / name).read_bytes()


def url(name: str) -> str:
    """The address of a file, another one as soon as it changes."""
    return f"/static/{sha256(content(name)).hexdigest()[:10]}/{name}"


def router() -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.get("/static/{seal}/{name}")
    async def static(seal: str, name: str) -> Response:
        named = len(name) <= _LONGEST and name.isprintable() and "/" not in name
        kind = _TYPES.get("." + name.rpartition(".")[2]) if named else None
        try:
            body = content(name) if kind else None
        except FileNotFoundError:
            body = None
        if body is None:
            raise not_found()
        return Response(
            body, media_type=kind, headers=_ALWAYS if url(name).split("/")[2] == seal else None
        )

    return pages
