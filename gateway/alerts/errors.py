"""Why a provider did not take an alert, and what may be done about it.

Owns the reasons (they are metric labels: keep them) and the error. Each provider translates
its own failures; Twilio's numbers are in ``gateway.alerts.twilio_words``.
"""

from enum import StrEnum


class Reason(StrEnum):
    # the way to the provider
    NO_CONNECTION = "no_connection"  # refused, no route, no name, no trust: nothing was sent
    TIMEOUT = "timeout"  # no answer in time
    CONNECTION_LOST = "connection_lost"  # it broke before the answer was whole
    PROVIDER_DOWN = "provider_down"  # 5xx
    BAD_ANSWER = "bad_answer"  # not what the published API answers
    RATE_LIMITED = "rate_limited"
    # our account or settings: every alert by this provider meets it
    AUTH = "auth"
    ACCOUNT = "account"  # suspended, closed, out of money, a trial
    BAD_SENDER = "bad_sender"  # our number or service cannot send this
    COUNTRY_BLOCKED = "country_blocked"  # not switched on for the recipient's country
    NOT_SERVED = "not_served"  # this provider is not set up for this kind
    # this recipient
    BAD_NUMBER = "bad_number"
    NOT_MOBILE = "not_mobile"  # a landline, or cannot get texts
    OPTED_OUT = "opted_out"
    UNKNOWN_NUMBER = "unknown_number"  # no longer in service
    UNREACHABLE = "unreachable"  # switched off, no network
    # this text
    BAD_TEXT = "bad_text"
    BLOCKED = "blocked"  # by a carrier's or the provider's filter
    # the rest
    QUEUE_FULL = "queue_full"
    EXPIRED = "expired"  # waited too long at the provider
    CARRIER = "carrier"  # the network says no and not why
    NOT_FOUND = "not_found"
    REFUSED = "refused"  # a refusal that we have no word for


OURS = frozenset(
    {Reason.AUTH, Reason.ACCOUNT, Reason.BAD_SENDER, Reason.COUNTRY_BLOCKED, Reason.NOT_SERVED}
)


class ProviderError(Exception):
    """An alert was not taken, or we do not know whether it was.

    ``retryable``: the same alert by the same provider may succeed later without anybody
    changing the ledger. ``retry_after``: seconds, as the provider asks. ``uncertain``: it may
    have been taken although no answer came; ask ``Provider.find`` before sending again.
    ``code`` is the provider's number or the system's name of the error. Never carries a phone
    number, a text or a secret, so it may be logged and stored as it is.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        retryable: bool,
        retry_after: float | None = None,
        uncertain: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(f"{reason} {code}".rstrip())
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.code = code

    @property
    def ours(self) -> bool:
        """Whether the fault lies with our account or settings, not with this alert."""
        return self.reason in OURS
