"""``POST /twilio/sms|voice|status``: what Twilio brings to a public address.

Owns that only what Twilio signed gets in, and what goes back. What an answer does is behind
``Answers``, the same as for answers that are found by asking. Knows no incidents and no store.
"""

import logging
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from starlette.datastructures import ImmutableMultiDict

from gateway.alerts import twilio_hooks as hooks
from gateway.alerts import twilio_speech as speech
from gateway.alerts.provider import Progress, Reply
from rules.moment import Moment

log = logging.getLogger("doorwatch.web")

LONGEST = 64 * 1024  # bytes of a form; a text has at most 1,600 characters
ID_DIGITS = 16  # more than there will be alerts, and fewer than a number of SQLite has
Form = ImmutableMultiDict[str, str]


class Line(NamedTuple):
    """What a call says next. ``alert_id``: what its keys are about; None: it ends after that."""

    text: str
    language: str
    alert_id: int | None = None


class Answers(Protocol):
    """What people answer and providers tell. Each may come twice and in any order; every method
    raises what the store raises, and has then done nothing that a second time would not do."""

    async def text(self, reply: Reply) -> None:
        """Somebody wrote to our number."""

    async def key(self, phone: str, alert_id: int | None, key: str) -> Line | None:
        """The person at ``phone`` hears a call (about ``alert_id``, or called us: None) and
        pressed ``key`` (blank: none yet). None: nobody on the roster."""

    async def status(self, progress: Progress) -> None:
        """How far one of our texts or calls has come."""


def router(
    answers: Answers,
    *,
    public_url: str,
    auth_token: str,
    now: Callable[[], Moment],
    refused: Callable[[str], None],
) -> APIRouter:
    """``public_url``: as Twilio was told it. ``refused`` counts what nobody signed, by ``sms``,
    ``voice`` and ``status``."""
    for name in ("twilio.request_validator", "twilio.twiml.voice_response"):
        import_module(name)  # 80 ms, on a Pi more: not at the first post, while the loop waits
    posts = APIRouter(include_in_schema=False)

    async def signed_form(request: Request) -> Form | None:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > LONGEST:
                return None
        form = Form(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{public_url}{request.url.path}{query}"
        signature = request.headers.get(hooks.SIGNATURE, "")
        return form if hooks.is_signed(auth_token, url, form, signature) else None

    def serve(path: str, answer: Callable[[Request, Form], Awaitable[Response]]) -> None:
        name = path.rsplit("/", 1)[1]

        @posts.post(path, name=name)
        async def served(request: Request) -> Response:
            form = await signed_form(request)
            if form is None:
                refused(name)
                return Response(status_code=403)
            try:
                return await answer(request, form)
            except Exception:  # the store refused: asking finds again what was said
                log.exception("what the provider brought (%s) could not be dealt with", name)
                return Response(status_code=503)

    async def sms(_: Request, form: Form) -> Response:
        reply = hooks.reply_of(form, now())
        if reply is not None:
            await answers.text(reply)
        return _twiml(speech.NOTHING)  # answers go by the outbox, which loses and doubles none

    async def voice(request: Request, form: Form) -> Response:
        pressed = hooks.pressed(form)
        if pressed is None:
            return _twiml(speech.NOTHING)
        given = request.query_params.get("alert", "")
        alert_id = int(given) if given.isdecimal() and len(given) <= ID_DIGITS else None
        line = await answers.key(pressed.phone, alert_id, pressed.key)
        if line is None:
            return _twiml(speech.rejected())
        if line.alert_id is None:
            return _twiml(speech.said(line.text, line.language))
        action = f"{public_url}{hooks.VOICE}?alert={line.alert_id}"
        return _twiml(speech.asking(line.text, line.language, action))

    async def status(_: Request, form: Form) -> Response:
        progress = hooks.progress_of(form)
        if progress is not None:
            await answers.status(progress)
        return Response(status_code=204)

    serve(hooks.SMS, sms)
    serve(hooks.VOICE, voice)
    serve(hooks.STATUS, status)
    return posts


def _twiml(document: str) -> Response:
    return Response(document, media_type="text/xml")
