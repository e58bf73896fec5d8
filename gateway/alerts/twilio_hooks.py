"""What Twilio posts to us, in our words: a text that came in, how far an alert is. Pure.

Source of forms and signature: https://www.twilio.com/docs/usage/security,
.../messaging/guides/webhook-request, .../voice/twiml#request-parameters.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gateway.alerts.provider import Progress, Reply
from gateway.alerts.twilio_words import call_progress, text_progress
from rules.moment import Moment

if TYPE_CHECKING:
    from starlette.datastructures import ImmutableMultiDict

SMS, VOICE, STATUS = "/twilio/sms", "/twilio/voice", "/twilio/status"  # below the public address
SIGNATURE = "X-Twilio-Signature"
CALL_EVENTS = ["ringing", "answered", "completed"]  # each moves an alert on

Form = Mapping[str, str]


class Pressed(NamedTuple):
    """A moment in a call at which we are asked what to say."""

    phone: str  # E.164 of the person
    key: str  # blank: none yet
    inbound: bool


def is_signed(
    auth_token: str, url: str, form: "ImmutableMultiDict[str, str]", signature: str
) -> bool:
    """Whether it was signed with our token; ``url`` as Twilio was told it, query included."""
    from twilio.request_validator import (  # type: ignore[import-untyped]  # noqa: PLC0415
        RequestValidator,
    )

    return bool(RequestValidator(auth_token).validate(url, form, signature))


def reply_of(form: Form, now: Moment) -> Reply | None:
    """The text that came in; None when the form is not that of one."""
    sid, sender = form.get("MessageSid", ""), form.get("From", "")
    if not sid or not sender:
        return None
    return Reply(sid, sender, form.get("Body", ""), now)


def progress_of(form: Form) -> Progress | None:
    """How far a text or call has come; None when the form does not say."""
    if sid := form.get("CallSid"):
        status, answered_by = form.get("CallStatus", ""), form.get("AnsweredBy")
        if status == "completed" and not answered_by:  # by whom, the resource says: ask for it
            status = "in-progress"
        return call_progress(sid, status, answered_by)
    if sid := form.get("MessageSid"):
        code = form.get("ErrorCode", "")
        status = form.get("MessageStatus", "")
        return text_progress(sid, status, int(code) if code.isdecimal() else None)
    return None


def pressed(form: Form) -> Pressed | None:
    """Who is on the line, and the key; None when the form is not that of a call."""
    inbound = form.get("Direction", "").startswith("inbound")
    phone = form.get("From" if inbound else "To", "")
    if not form.get("CallSid") or not phone:
        return None
    return Pressed(phone, form.get("Digits", ""), inbound)
