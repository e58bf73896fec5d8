"""How much anybody may send: a body is read before it is known who sent it.

ASGI middleware. Counts and refuses (413); knows no page.
"""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST: Final = 1_000_000  # bytes of a body: rules.toml is the longest that is sent, some 20 kB
MOST_FIELDS: Final = 500  # of a form: ours have ten; each costs time on the loop


class Limits:
    """Refuses where the body is read, so that the refusal has a page like any other."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_form = b"urlencoded" in dict(scope["headers"]).get(b"content-type", b"").lower()
        size = fields = 0

        async def limited() -> Message:
            nonlocal size, fields
            message = await receive()
            body = message.get("body", b"")
            size += len(body)
            if is_form:
                fields += body.count(b"&") + body.count(b";")
            if size > LONGEST or fields > MOST_FIELDS:
                raise HTTPException(413, "this is longer than anything that is sent here")
            return message

        await self._app(scope, limited, send)
