"""What a provider of texts and calls must be able to do, and the words it answers in.

Owns the contract only. Knows nothing of incidents, of the outbox or of any provider; each
provider translates its own words into ``Status`` and its own failures into ``ProviderError``
(see ``gateway.alerts.errors``). Moments are milliseconds since 1970 UTC.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple, Protocol

from rules.model import Channel
from rules.moment import Moment


class Status(StrEnum):
    """How far a message has come, in the words of the public JSON.

    Accepted is not sent, sent is not delivered. The last four are said of calls only.
    """

    ACCEPTED = "accepted"  # the provider has it
    SENT = "sent"  # the network has it; of a call: it rings
    DELIVERED = "delivered"  # the handset has it
    FAILED = "failed"
    ANSWERED = "answered"  # somebody took the call
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"  # voicemail took the call

    @property
    def final(self) -> bool:
        """Whether nothing more will be heard: no need to ask again."""
        return self not in (Status.ACCEPTED, Status.SENT)


class Outgoing(NamedTuple):
    """One alert, ready to leave."""

    alert_id: int
    channel: Channel
    to: str  # E.164
    text: str  # a text as sent; of a call: what it says
    language: str  # zh, en


class Progress(NamedTuple):
    """What the provider says of one message or call."""

    provider_id: str
    status: Status
    error: str | None  # why it failed: "reason code", e.g. "unreachable 30003"
    updated_at: Moment | None  # by the provider's clock, whole seconds


class Reply(NamedTuple):
    """A text that somebody sent to our number."""

    provider_id: str
    sender: str  # E.164
    text: str
    at: Moment  # by the provider's clock, whole seconds


class Promises(NamedTuple):
    """What a way out can keep its word on; the contract suite holds each to what it says here."""

    receipts: bool  # it says when the handset has it; without: ``sent`` is the last that is heard
    # It keeps a list of what it took, so nothing is sent twice after a crash or a lost answer.
    # Without: an alert in doubt is sent again, for one that is said twice harms less than none.
    once: bool
    brings_replies: bool = False  # answers come by themselves; nobody has to ask ``replies``


class Provider(Protocol):
    """One way out. Every method raises ``ProviderError`` and nothing else but cancellation."""

    @property
    def name(self) -> str:
        """The name in configuration, metrics and the public JSON."""

    @property
    def channels(self) -> frozenset[Channel]:
        """The kinds it serves as it is configured."""

    @property
    def promises(self) -> Promises:
        """What may be relied on, and so what may not."""

    def can_reply(self, phone: str) -> bool:
        """Whether somebody with this number (E.164) can answer our text by a text."""

    async def send(self, outgoing: Outgoing) -> Progress:
        """Hand it over, once; never tries again by itself.

        When the error is ``uncertain`` it may have been taken: ask ``find`` before another try.
        """

    async def fetch(self, channel: Channel, provider_id: str) -> Progress:
        """How far it has come."""

    async def find(
        self, outgoing: Outgoing, since: Moment, known: Collection[str] = ()
    ) -> Progress | None:
        """The message as the provider's own list has it, if it was created at ``since`` or later.

        ``known``: ids that belong to other alerts; they are passed over.

        For after a crash or a lost answer. None where ``promises.once`` is false: nobody can
        know. A text is known by recipient and exact body (it
        carries the incident's code); a call has no body: by recipient alone, so the caller
        keeps at most one unresolved call per number.
        """

    async def replies(self, since: Moment) -> list[Reply]:
        """What came in to our number at ``since`` or later, oldest first.

        The provider's clock has whole seconds: overlap the polls and know replies by their id.
        """

    async def close(self) -> None:
        """Let go of every connection. Requests under way are given up."""
