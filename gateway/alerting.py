"""The alert path put together: outbox, providers, dispatcher, follower and replies."""

import asyncio
import logging
from collections.abc import Sequence

from gateway import secrets
from gateway.alerts.dispatch import Dispatcher
from gateway.alerts.follow import Follower
from gateway.alerts.outbox import Outbox
from gateway.alerts.provider import Provider
from gateway.alerts.replies import ReplyReader
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from gateway.alerts.waiting import Sleep
from gateway.config import Config
from gateway.core import Core
from gateway.metrics import Metrics
from gateway.replying import Replying
from gateway.store import alerts as table
from gateway.store.alerts import AlertRow
from gateway.store.database import Database
from rules.model import Channel
from rules.moment import HOUR, Moment

log = logging.getLogger("doorwatch.alerts")
LISTEN_AFTER = HOUR  # replies are asked for so long after the last incident changed


def providers_of(config: Config) -> dict[str, Provider]:
    """The providers that the configuration has an account for, by name."""
    found: dict[str, Provider] = {}
    twilio = config.twilio
    if twilio.is_named:
        token = secrets.find("twilio", "auth_token", twilio.auth_token_file)
        secret = secrets.find("twilio", "api_key_secret", twilio.api_key_secret_file)
        found["twilio"] = TwilioProvider(
            TwilioAccount(
                account_sid=twilio.account_sid,
                auth_token=token.get_secret_value() if token else "",
                api_key_sid=twilio.api_key_sid,
                api_key_secret=secret.get_secret_value() if secret else "",
                from_number=twilio.from_number or "",
                messaging_service_sid=twilio.messaging_service_sid,
                api_base=twilio.api_base or "",
            )
        )
    return found


class Alerting:
    """Everything between a committed outbox row and somebody's answer."""

    def __init__(
        self,
        config: Config,
        database: Database,
        core: Core,
        metrics: Metrics,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._config = config
        self._database = database
        self._core = core
        self._metrics = metrics
        self._providers = providers_of(config)
        self._routes: dict[tuple[Channel, str], Sequence[Provider]] = {}  # as long as the roster
        self._tasks: list[asyncio.Task[None]] = []
        self.oldest: Moment | None = None
        now = core.clock.now
        outbox = Outbox(database.transaction)
        self._dispatcher = Dispatcher(
            outbox,
            self._route,
            self._still_wanted,
            now=now,
            sleep=sleep,
            observer=metrics,
            on_change=self._changed,
            reword=self._reword,
            send_deadline=core.memory.rules.settings.send_deadline,
        )
        self._follower = Follower(
            outbox,
            self._providers.get,
            self._dispatcher.arrived_not,
            now=now,
            sleep=sleep,
            observer=metrics,
        )
        replying = Replying(core, database)
        self._replies = ReplyReader(
            database.transaction,
            list(self._providers.values()),
            replying.person_at,
            replying.on_reply,
            now=now,
            active=self._somebody_may_answer,
            sleep=sleep,
            answered=self._dispatcher.wake,
            ignored=metrics.unknown_sender,
        )

    def committed(self) -> None:
        """Rows may be waiting, and somebody may be about to answer."""
        self._dispatcher.wake()
        self._replies.wake()

    async def start(self) -> None:
        jobs = {
            "dispatcher": self._dispatcher.run,
            "follower": self._follower.run,
            "replies": self._replies.run,
            "backlog": self._measure,
        }
        self._tasks = [asyncio.create_task(job(), name=name) for name, job in jobs.items()]

    async def stop(self, seconds: float) -> None:
        """Lets what is being sent end, for so long at the most."""
        await self._dispatcher.drain(seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for provider in self._providers.values():
            await provider.close()

    def _route(self, channel: Channel, phone: str) -> Sequence[Provider]:
        route = self._routes.get((channel, phone))
        if route is None:
            names = self._config.channels.providers(channel, phone)
            found = [self._providers[name] for name in names if name in self._providers]
            route = [provider for provider in found if channel in provider.channels]
            self._routes[channel, phone] = route
        return route

    def _reword(self, row: AlertRow, now: Moment) -> str:
        """The text of an alert that leaves late, as things stand now, saying how late it is."""
        text = self._core.memory.text_again(row.incident_id, row.person_id, row.kind, now)
        return row.text if text is None else text

    def _still_wanted(self, incident_id: int, row: AlertRow) -> bool:
        card = self._core.memory.cards.get(incident_id)
        return card is not None and card.state == "open"

    def _somebody_may_answer(self) -> bool:
        cards = self._core.memory.cards
        return cards.newest_change() > self._core.clock.now() - LISTEN_AFTER or bool(
            cards.unresolved()
        )

    def _changed(self, row: AlertRow) -> None:
        self._follower.seen(row)

    async def _measure(self) -> None:
        """How much waits, for the metrics: looked at as often as Prometheus might."""
        while True:
            count, self.oldest = await self._database.transaction(table.backlog)
            self._metrics.outbox_pending.set(count)
            await asyncio.sleep(5.0)
