"""Twilio's published API as we use it: create, fetch and list, of messages and calls.

By the official client's own ``request``, which signs and says who asks. Its classes for every
resource that Twilio has are not loaded: 7 MB, and half of the time that a process's first text
takes. Source: https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/voice/api/call-resource.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]

    from gateway.alerts.twilio_wire import Wire

VERSION = "2010-04-01"
PAGE = 200  # newest first; of one recipient: weeks

Resource: TypeAlias = Mapping[str, Any]
"""A message or call, by the names of the published document."""


class Kind(StrEnum):
    """As in the addresses."""

    MESSAGES = "Messages"
    CALLS = "Calls"


class Api:
    """One account, over one connection. Raises ``ProviderError`` as ``wire`` does; ``ValueError``,
    ``KeyError``, ``TypeError`` or ``AttributeError`` for an answer that is none."""

    def __init__(self, client: "Client", wire: "Wire", base_url: str) -> None:
        self._client, self._wire = client, wire
        self._account = f"{base_url}/{VERSION}/Accounts/{client.account_sid}"

    @property
    def clock_ahead(self) -> float | None:
        """Seconds by which their clock leads the machine's; None: they said nothing yet."""
        return self._wire.clock_ahead

    def create(self, kind: Kind, fields: Mapping[str, object]) -> Resource:
        return self._ask("POST", f"{kind}.json", data=fields)

    def fetch(self, kind: Kind, sid: str) -> Resource:
        return self._ask("GET", f"{kind}/{sid}.json")

    def newest(self, kind: Kind, filters: Mapping[str, object]) -> list[Resource]:
        """At most ``PAGE``."""
        page = self._ask("GET", f"{kind}.json", params={**filters, "PageSize": PAGE})
        return list(page[kind.lower()])

    def _ask(self, method: str, path: str, **fields: Mapping[str, object]) -> Resource:
        answer = self._client.request(method, f"{self._account}/{path}", **fields)
        found: Resource = json.loads(answer.text)
        return found
