"""Which way an alert goes: the providers of its kind and number in order, and those it must avoid.

Knows the configuration, what each provider promises, and which of them are failing; sends nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from gateway.alerts.provider import Provider
from gateway.config import Config
from gateway.incidents import incident_of
from gateway.memory import Memory
from gateway.store.alerts import AlertRow
from rules.model import Channel, Kind

PART = "provider:"  # before a provider's name: as a part of the gateway, which may fail


class WaysOut:
    """One a gateway. ``failed`` says of a provider whether it has been refusing for long."""

    def __init__(
        self,
        config: Config,
        providers: Mapping[str, Provider],
        memory: Memory,
        failed: Callable[[str], bool],
    ) -> None:
        self._config = config
        self._providers = providers
        self._memory = memory
        self._failed = failed
        self._routes: dict[tuple[Channel, str], Sequence[Provider]] = {}  # as long as the roster

    def route(self, channel: Channel, phone: str) -> Sequence[Provider]:
        """Who serves this kind for this number, in order."""
        route = self._routes.get((channel, phone))
        if route is None:
            names = self._config.channels.providers(channel, phone)
            found = [self._providers[name] for name in names if name in self._providers]
            route = [provider for provider in found if channel in provider.channels]
            self._routes[channel, phone] = route
        return route

    def avoided(self, row: AlertRow) -> Collection[str]:
        """By whom this alert must not go: the news that a provider fails goes by another."""
        card = None if row.incident_id is None else self._memory.cards.get(row.incident_id)
        if card is None or card.body["kind"] != Kind.GATEWAY_FAULT or card.state == "resolved":
            return ()
        state = self._memory.state(card.owner)
        incident = incident_of(state, card.number) if state is not None else None
        about = incident.about if incident is not None else ""
        return (about.removeprefix(PART),) if about.startswith(PART) else ()

    def can_reply(self, phone: str) -> bool:
        """Whether a text that is sent to this number now can be answered by a text.

        The first of its way counts, or the first that is not failing: an alert that is handed on
        to one that nobody can answer is worded anew (``can_reply_by``).
        """
        route = self.route(Channel.SMS, phone)
        serving = [provider for provider in route if not self._failed(provider.name)]
        first = next(iter([*serving, *route]), None)
        return first is not None and first.can_reply(phone)

    def can_reply_by(self, name: str, phone: str) -> bool:
        """The same of a text that this provider sends."""
        provider = self._providers.get(name)
        return provider is not None and provider.can_reply(phone)
