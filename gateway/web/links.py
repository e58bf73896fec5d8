"""One-tap links: a short address by which one person takes one incident, for some hours.

Owns the tokens, their key, and the pages behind them. A page that is only looked at changes
nothing: phones and messengers fetch links to preview them. Knows no rules and no store.
"""

import contextlib
import hmac
import os
import secrets as randomness
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from string import Template, ascii_letters, digits
from tempfile import NamedTemporaryFile
from typing import NamedTuple, Protocol

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from gateway import secrets
from gateway.ledger.rows import Language
from rules.moment import HOUR, Moment

PATH = "/a/"
VALID_HOURS = 24  # reminders come every few hours, each with a link of its own
_ALPHABET = digits + ascii_letters  # no sign at which a phone might end the address
LENGTH = 14  # characters: 83 bits in that alphabet
_INCIDENT_BITS = 24  # sixteen million incidents of one gateway
_HOUR_BITS = 5  # the last bits of the hour at which it ends; the seal knows the whole of it
_SEAL_BITS = 54  # to guess one of 400 people's within a day takes some 10^8 tries a second


def session_key(store: Path) -> bytes:
    """The secret of links and logins: the credential ``web_session_key``, else a file of that
    name beside the store, made when there is none. Raises ``OSError``."""
    if (given := secrets.find("web", "session_key", None)) is not None:
        return given.get_secret_value().encode()
    path = store.with_name("web_session_key")
    if not path.exists():
        with NamedTemporaryFile(dir=path.parent) as new:  # only its owner can read it
            new.write(randomness.token_hex(32).encode())
            new.flush()
            os.fsync(new.fileno())
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(new.name, path)  # never seen half written
    return path.read_bytes().strip()


class Meant(NamedTuple):
    """What a token stands for."""

    incident_id: int
    person_id: str


class Links:
    """``public_url`` without a slash at its end."""

    def __init__(self, session_key: bytes, public_url: str) -> None:
        # A key of their own: a seal can never be taken for anything else that is signed.
        self._key = hmac.digest(session_key, b"one-tap link", "sha256")
        self._base = public_url + PATH

    def make(self, incident_id: int, person_id: str, now: Moment) -> str:
        """The address for this person and incident, good for ``VALID_HOURS`` at least."""
        hour = now // HOUR + 1 + VALID_HOURS
        number = incident_id % (1 << _INCIDENT_BITS)
        number = number << _HOUR_BITS | hour % (1 << _HOUR_BITS)
        number = number << _SEAL_BITS | self._seal(incident_id, person_id, hour)
        token = ""
        for _ in range(LENGTH):
            number, rest = divmod(number, len(_ALPHABET))
            token = _ALPHABET[rest] + token
        return self._base + token

    def read(self, token: str, people: Iterable[str], now: Moment) -> Meant | None:
        """What was sealed for one of ``people``; None: not by us, or its time is over."""
        if len(token) != LENGTH or not set(token) <= set(_ALPHABET):
            return None
        number = 0
        for char in token:
            number = number * len(_ALPHABET) + _ALPHABET.index(char)
        number, seal = divmod(number, 1 << _SEAL_BITS)
        incident_id, last = divmod(number, 1 << _HOUR_BITS)
        this = now // HOUR
        hour = this + (last - this) % (1 << _HOUR_BITS)  # the next hour with these last bits
        for person_id in people:
            ours = self._seal(incident_id, person_id, hour)
            if hmac.compare_digest(seal.to_bytes(8), ours.to_bytes(8)):
                return Meant(incident_id, person_id)
        return None

    def _seal(self, incident_id: int, person_id: str, hour: int) -> int:
        text = f"{incident_id} {hour} {person_id}".encode()
        return int.from_bytes(hmac.digest(self._key, text, "sha256")) >> (256 - _SEAL_BITS)


# -- the pages -----------------------------------------------------------------------------


class Page(NamedTuple):
    """What somebody who opened a link sees. ``said``: how things stand; blank: it can be taken."""

    language: Language
    about: str  # where and what
    said: str = ""


class Taking(Protocol):
    """What is behind the links."""

    def page(self, token: str) -> Page | None:
        """What the token stands for, as it is now; None: no such link (any more)."""

    async def take(self, token: str) -> None:
        """The person of the token takes the incident, if that is still to be done."""


_WORDS = {
    Language.ZH: {"lang": "zh-CN", "title": "门磁", "button": "我来处理"},
    Language.EN: {"lang": "en", "title": "Door sensor", "button": "I take it"},
}
_GONE = "这个链接已失效，请看最新的短信。This link is no longer valid, please see the latest text."
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}
_BUTTON = Template('<form method="post"><button>$button</button></form>')
_PAGE = Template(
    """<!doctype html>
<html lang="$lang"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1c2321; --paper: #fbfaf7; --act: #c8361d }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1ef; --paper: #161a19 } }
body { margin: 0; padding: 2rem 1.25rem; max-width: 30rem; font: 1.25rem/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--paper); font-variant-numeric: tabular-nums }
button { width: 100%; padding: 1rem; border: 0; border-radius: .75rem; font: inherit;
  font-weight: 600; color: #fff; background: var(--act) }
</style>
<p>$about</p>
$rest
</html>
"""
)


def router(taking: Taking, refused: Callable[[str], None]) -> APIRouter:
    """``GET /a/TOKEN`` shows, ``POST`` acts. ``refused("link")``: a token that is not ours."""
    pages = APIRouter(include_in_schema=False)

    @pages.get(PATH + "{token}")
    async def show(token: str) -> Response:
        page = taking.page(token)
        if page is None:
            refused("link")
            return _html({"lang": "zh-CN", "title": "门磁 Door sensor"}, _GONE, "", 404)
        words = _WORDS[page.language]
        rest = f"<p>{escape(page.said)}</p>" if page.said else _BUTTON.substitute(words)
        return _html(words, page.about, rest, 200)

    @pages.post(PATH + "{token}")
    async def take(token: str) -> Response:
        await taking.take(token)
        # Relative, so that it also holds below a path of a proxy; looking again acts no more.
        return Response(status_code=303, headers=_HEADERS | {"Location": f"./{token}"})

    return pages


def _html(words: dict[str, str], about: str, rest: str, status: int) -> HTMLResponse:
    body = _PAGE.substitute(words, about=escape(about), rest=rest)
    return HTMLResponse(body, status_code=status, headers=_HEADERS)
