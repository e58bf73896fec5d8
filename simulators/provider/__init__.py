"""A local stand-in of Twilio's published API (version 2010-04-01): messages and calls.

True to the published OpenAPI document in paths, fields and words, and to the published webhooks
in forms and signatures; its failures come on demand. Knows nothing of the gateway: only what the
published API says.
"""

from simulators.provider.failures import (
    Failure,
    after_accepting,
    dropped,
    rate_limited,
    refused,
    silent,
    unavailable,
)
from simulators.provider.fate import (
    ANSWERED,
    BUSY,
    DELIVERED,
    MACHINE,
    NEVER,
    NO_ANSWER,
    Fate,
    failed,
    late,
    undelivered,
)
from simulators.provider.resources import Call, Message
from simulators.provider.standin import ProviderStandIn

__all__ = [
    "ANSWERED",
    "BUSY",
    "DELIVERED",
    "MACHINE",
    "NEVER",
    "NO_ANSWER",
    "Call",
    "Failure",
    "Fate",
    "Message",
    "ProviderStandIn",
    "after_accepting",
    "dropped",
    "failed",
    "late",
    "rate_limited",
    "refused",
    "silent",
    "unavailable",
    "undelivered",
]
