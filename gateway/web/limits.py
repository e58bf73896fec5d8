"""How much anybody may send: a body is read before it is known who sent it.

ASGI middleware. Counts and refuses (413); knows no page.
"""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST: Final = 100_000  # bytes of a body; to decode ten times that takes a second of the loop
LONGEST_PARTS: Final = 1_000_000  # in parts, which need no decoding: rules.toml, some 20 kB
MOST_FIELDS: Final = 500  # of a form: ours have ten; each costs time on the loop


class Limits:
    """Refuses where the body is read, so that the refusal has a page like any other."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind = dict(scope["headers"]).get(b"content-type", b"").lower()
        is_form = b"urlencoded" in kind
        longest = LONGEST_PARTS if kind.startswith(b"multipart/") else LONGEST
        size = fields = 0

        async def limited() -> Message:
            nonlocal size, fields
            message = await receive()
            body = message.get("body", b"")
            size += len(body)
            if is_form:
                fields += body.count(b"&") + body.count(b";")
            if size > longest or fields > MOST_FIELDS:
                raise HTTPException(413, "this is longer than anything that is sent here")
            return message

        await self._app(scope, limited, send)
