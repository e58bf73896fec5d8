"""Apprise, and what it hears: the library says only yes or no, and keeps why to its log.

Alone in importing apprise (13 MB) and requests: import it when the first chat message is sent.
What a service answers is seen where every plugin passes, at ``requests``' session, and only in
the thread and context of our own message. Blocks: call it in a thread.
"""

import json
import logging
from contextvars import ContextVar
from functools import wraps
from typing import Any

import requests
from apprise import Apprise, AppriseAsset, NotifyFormat
from requests.sessions import Session

from gateway.alerts.chat_words import Heard

_LONGEST = 4096  # bytes of an answer that are read for its code
_heard: ContextVar[list[Heard] | None] = ContextVar("heard", default=None)
_asset = AppriseAsset(app_id="doorwatch", app_desc="doorwatch", app_url="", async_mode=False)

# Its log names hosts, and addresses when it is asked for more; urllib3's has the keys in paths.
logging.getLogger("apprise").disabled = True
logging.getLogger("urllib3").setLevel(logging.WARNING)


def understood(url: str) -> Apprise | None:
    """The service at this address; None: apprise makes nothing of it."""
    service = Apprise(asset=_asset)
    if not service.add(url):
        return None
    for plugin in service:
        # Pauses of 5 s between messages would hold an alarm back; who is too fast is told 429.
        plugin.request_rate_per_sec = 0
    return service


def say(service: Apprise, text: str) -> tuple[list[Heard], bool]:
    """Hand a text over, once: what was heard, and what apprise makes of it."""
    heard: list[Heard] = []
    mine = _heard.set(heard)
    try:
        taken = bool(service.notify(body=text, body_format=NotifyFormat.TEXT))
    finally:
        _heard.reset(mine)
    return heard, taken


def _listening(send: Any) -> Any:
    @wraps(send)
    def heard(session: Session, request: Any, **options: Any) -> Any:
        found = _heard.get()
        if found is None:  # somebody else's
            return send(session, request, **options)
        try:
            answer = send(session, request, **options)
        except requests.RequestException as error:
            found.append(Heard(broke=_broke(error)))
            raise
        found.append(Heard(answer.status_code, _code(answer), _retry_after(answer)))
        return answer

    return heard


def _broke(error: requests.RequestException) -> str:
    if isinstance(error, requests.ReadTimeout):
        return "timeout"
    # Before a connection stands (refused, no name, no trust) nothing of ours has left.
    unsent = (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    if isinstance(error, unsent) or "NewConnectionError" in str(error):
        return "unsent"
    return "unsent" if "NameResolutionError" in str(error) else "lost"


def _code(answer: requests.Response) -> int:
    try:
        said = json.loads(answer.content[:_LONGEST])
    except ValueError:
        return 0
    if not isinstance(said, dict):
        return 0
    names = ("errcode", "code") if "msg" in said else ("errcode",)  # Feishu says code with msg
    return next((said[name] for name in names if type(said.get(name)) is int), 0)


def _retry_after(answer: requests.Response) -> float | None:
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else None


Session.send = _listening(Session.send)  # type: ignore[method-assign]
