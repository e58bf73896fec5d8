"""Messages and calls as the published API shows them, field by field.

Source: the published OpenAPI document (twilio/twilio-oai, twilio_api_v2010.json, schemas
``api.v2010.account.message`` and ``api.v2010.account.call``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from typing import ClassVar

from simulators.provider.failures import DELIVERY
from simulators.provider.fate import Fate, Stage, stage_at, timeline

VERSION = "2010-04-01"
TEXT_PRICE = "-0.00790"  # USD, negative as in the published examples; shown once it was sent
_ENDED = ("completed", "busy", "no-answer", "failed", "canceled")


@dataclass(slots=True)
class Message:
    """One message of either direction. Times: seconds of the stand-in's clock, and monotonic."""

    sid: str
    account_sid: str
    to: str
    from_: str | None
    body: str
    created: float
    received_at: float  # time.monotonic(), the same for every process of this machine
    fate: Fate
    delay: float
    direction: str = "outbound-api"
    messaging_service_sid: str | None = None
    status_callback: str = ""

    kind: ClassVar[str] = "sms"

    @property
    def said(self) -> str:
        return self.body

    def stage(self, now: float) -> tuple[Stage, float]:
        if self.direction == "inbound":
            return Stage(0, "received"), 0.0
        elapsed = now - self.created
        return stage_at(self._first, self.fate.text, elapsed, self.delay, self.fate.wait)

    def timeline(self) -> Iterator[tuple[float, Stage]]:
        """What becomes of it, with the seconds after its creation."""
        return timeline(self._first, self.fate.text, self.delay, self.fate.wait)

    @property
    def _first(self) -> str:
        return "accepted" if self.messaging_service_sid else "queued"

    def status(self, now: float) -> str:
        return self.stage(now)[0].status

    def sent(self, now: float) -> float | None:
        """When it left, or None while it waits."""
        if self.direction == "inbound":
            return self.created
        for stage in self.fate.text:
            if stage.status == "sent" and now - self.created >= stage.after * self.delay:
                return self.created + stage.after * self.delay
        return None

    def as_json(self, now: float) -> dict[str, object]:
        stage, began = self.stage(now)
        sent = self.sent(now)
        uri = f"/{VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        code = stage.error_code
        return {
            "account_sid": self.account_sid,
            "api_version": VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created),
            "date_sent": rfc2822(sent) if sent is not None else None,
            "date_updated": rfc2822(self.created + began),
            "direction": self.direction,
            "error_code": code,
            "error_message": DELIVERY.get(code) if code else None,
            "from": self.from_,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": "0",
            "num_segments": "0" if stage.status == "accepted" else str(_segments(self.body)),
            "price": TEXT_PRICE if sent is not None and self.direction != "inbound" else None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": stage.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


@dataclass(slots=True)
class Call:
    """One call of either direction."""

    sid: str
    account_sid: str
    to: str
    from_: str
    twiml: str
    created: float
    received_at: float  # time.monotonic()
    fate: Fate
    delay: float
    detects_machine: bool = False
    url: str = ""
    status_callback: str = ""
    status_callback_events: tuple[str, ...] = ("completed",)
    direction: str = "outbound-api"
    keys: str = ""  # what who takes it will press; a blank: nothing at that question
    heard: list[tuple[str, str]] = field(default_factory=list)  # language and words, as said
    errors: list[str] = field(default_factory=list)  # what was wrong with its TwiML

    kind: ClassVar[str] = "voice"

    @property
    def said(self) -> str:
        """The TwiML it was created with."""
        return self.twiml

    def stage(self, now: float) -> tuple[Stage, float]:
        elapsed = now - self.created
        return stage_at("queued", self.fate.call, elapsed, self.delay, self.fate.wait)

    def timeline(self) -> Iterator[tuple[float, Stage]]:
        """What becomes of it, with the seconds after its creation."""
        return timeline("queued", self.fate.call, self.delay, self.fate.wait)

    def status(self, now: float) -> str:
        return self.stage(now)[0].status

    def ended(self, now: float) -> float | None:
        """When it was over, or None while it is not."""
        stage, began = self.stage(now)
        return self.created + began if stage.status in _ENDED else None

    def as_json(self, now: float) -> dict[str, object]:
        stage, began = self.stage(now)
        ended = stage.status in _ENDED
        started = ended or stage.status == "in-progress"
        uri = f"/{VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        parts = (
            ("events", "Events"),
            ("notifications", "Notifications"),
            ("payments", "Payments"),
            ("recordings", "Recordings"),
            ("siprec", "Siprec"),
            ("streams", "Streams"),
            ("transcriptions", "Transcriptions"),
            ("user_defined_message_subscriptions", "UserDefinedMessageSubscriptions"),
            ("user_defined_messages", "UserDefinedMessages"),
        )
        return {
            "account_sid": self.account_sid,
            "answered_by": stage.answered_by if self.detects_machine else None,
            "api_version": VERSION,
            "caller_name": None,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.created + began),
            "direction": self.direction,
            "duration": "0" if ended else None,
            "end_time": rfc2822(self.created + began) if ended else None,
            "forwarded_from": None,
            "from": self.from_,
            "from_formatted": self.from_,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": "PN" + self.account_sid[2:],
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": rfc2822(self.created + 2 * self.delay) if started else None,
            "status": stage.status,
            "subresource_uris": {name: f"{uri}/{path}.json" for name, path in parts},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": None,
            "uri": f"{uri}.json",
        }


def rfc2822(seconds: float) -> str:
    return _rfc2822(int(seconds))


@lru_cache(maxsize=256)
def _rfc2822(seconds: int) -> str:
    return formatdate(seconds).replace("-0000", "+0000")


def _segments(body: str) -> int:
    """How many segments are charged; ASCII stands for GSM-7 here."""
    units = len(body.encode("utf-16-le")) // 2
    single, part = (160, 153) if body.isascii() else (70, 67)
    return 1 if units <= single else -(-units // part)
