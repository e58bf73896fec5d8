"""The alert path put together: outbox, providers, dispatcher, follower and replies."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from fastapi import APIRouter

from gateway import public_address, secrets
from gateway.alerts import chat_urls
from gateway.alerts.budget_site import Town
from gateway.alerts.chat import ChatProvider
from gateway.alerts.dispatch import Dispatcher
from gateway.alerts.follow import Follower
from gateway.alerts.outbox import Outbox
from gateway.alerts.provider import Provider
from gateway.alerts.refusals import Refusals
from gateway.alerts.replies import INTERVAL_S, ReplyReader
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from gateway.alerts.unreached import Unreached
from gateway.alerts.waiting import Sleep
from gateway.alerts.wall import wall_clock
from gateway.answering import Answering
from gateway.audit import Audit
from gateway.config import Config
from gateway.config.tables import chat_name
from gateway.core import Core
from gateway.households import GATEWAY, grid_key
from gateway.ledger.clocks import Unreadable
from gateway.ledger.phones import parse_phone
from gateway.metrics import Metrics
from gateway.replying import Replying
from gateway.store import alerts as table
from gateway.store.alerts import AlertRow
from gateway.store.database import Database
from gateway.telemetry.budgets import Budgets
from gateway.ways_out import PART, WaysOut
from rules.chain import HANDED_OVER
from rules.grid import FaultChanged
from rules.model import Channel
from rules.moment import HOUR, Moment

log = logging.getLogger("doorwatch.alerts")
ASKED_WHEN_BROUGHT_S = 60.0  # replies that the provider brings: asking only finds lost ones
LISTEN_AFTER = HOUR  # replies are asked for so long after the last incident changed


def providers_of(
    config: Config,
    webhooks_at: str = "",
    group_of: Callable[[str], str | None] = lambda phone: None,
    now: Callable[[], Moment] = wall_clock,
) -> dict[str, Provider]:
    """The providers that the configuration has an account for, by name.

    ``webhooks_at``: the address at which they can tell us what becomes of an alert.
    ``group_of``: the chat group of whoever has a phone. ``now``: the clock by which they are asked.
    Raises OSError for a secret's file.
    """
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
                public_url=webhooks_at,
            ),
            now,
        )
    if config.modem.enabled:
        from gateway.alerts.modem import ModemProvider  # noqa: PLC0415 - D-Bus, for few sites

        e164 = partial(_e164, country=config.gateway.country)
        found["modem"] = ModemProvider(config.modem.device, e164, now)
    for file in config.channels.chat_files():
        name = chat_name(file)
        found[name] = ChatProvider(name, chat_urls.read(file), group_of)
    return found


def names_of(config: Config) -> tuple[str, ...]:
    """What ``providers_of`` would call them; reads no secret."""
    chats = (chat_name(file) for file in config.channels.chat_files())
    there = {"twilio": config.twilio.is_named, "modem": config.modem.enabled}
    return (*(name for name, is_there in there.items() if is_there), *chats)


def _e164(number: str, country: str) -> str:
    """A sender's number as the ledger has it; a service's short number stays as it is."""
    try:
        return parse_phone(number, country)
    except Unreadable:
        return number


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
        self._public = public_address.read(config)
        now, is_told = core.clock.now, bool(self._public.webhooks_at)
        self._providers = providers_of(config, self._public.webhooks_at, self._group_of, now)
        observer = Refusals(metrics, self._fault)
        self._ways_out = WaysOut(config, self._providers, core.memory, observer.failed)
        core.memory.ways = self._public.ways._replace(can_reply=self._ways_out.can_reply)
        self._tasks: list[asyncio.Task[None]] = []
        self.oldest: Moment | None = None
        self._unreached = Unreached(core.memory, core.note)
        outbox = Outbox(database.transaction)
        self._dispatcher = Dispatcher(
            outbox,
            self._ways_out.route,
            self._still_wanted,
            now=now,
            sleep=sleep,
            observer=observer,
            on_change=self._changed,
            reword=self._reword,
            rewords=self._rewords,
            avoided=self._ways_out.avoided,
            committed=core.commits.of,
            not_theirs=self._unreached.not_theirs,
            site=Town(core.memory, self._ways_out.route),
            send_deadline=core.memory.rules.settings.send_deadline,
        )
        core.memory.held = self._dispatcher.held
        metrics.texts_to = self._dispatcher.texts_to
        metrics.registry.register(Budgets(core.memory, metrics.texts_to))
        self.audit = Audit(database, core, self._ways_out.route, metrics, sleep)
        self._follower = Follower(
            outbox,
            self._providers.get,
            self._dispatcher.arrived_not,
            now=now,
            sleep=sleep,
            observer=observer,
            on_change=self._unreached.ended,
            is_told=is_told,
        )
        replying = Replying(core, database, metrics.unanswered)
        self._replies = ReplyReader(
            database.transaction,
            [p for p in self._providers.values() if not p.promises.brings_replies],
            replying.person_at,
            replying.on_reply,
            now=now,
            active=self._somebody_may_answer,
            wanted=lambda: core.memory.cards.newest_change() > 0,  # codes rest for 7 days
            sleep=sleep,
            answered=self._dispatcher.wake,
            ignored=metrics.unknown_sender,
            interval=ASKED_WHEN_BROUGHT_S if is_told else INTERVAL_S,
        )
        self._bringing = self._brought(now, observer, sleep)
        self._answering = Answering(
            core,
            database,
            replying,
            self._replies,
            self._follower,
            self._public.links,
            metrics.unknown_sender,
        )

    def routers(self) -> list[APIRouter]:
        """What the web listener serves of it."""
        return self._public.routers(self._answering, self._core.clock.now, self._metrics.refused)

    def committed(self) -> None:
        """Rows may be waiting, and somebody may be about to answer."""
        self._dispatcher.wake()
        self._replies.wake()

    async def dispatched(self) -> None:
        """Until the dispatcher has looked once more at what is due."""
        self._dispatcher.looked.clear()
        self._dispatcher.wake()
        await self._dispatcher.looked.wait()

    async def load(self) -> None:
        """What waits: before anything is decided, for a digest counts it."""
        await self._dispatcher.load()

    async def start(self) -> None:
        await self._catch_up()
        jobs = {
            "dispatcher": self._dispatcher.run,
            "follower": self._follower.run,
            "replies": self._replies.run,
            "backlog": self._measure,
            "audit": self.audit.run,
        }
        if self._bringing is not None:
            jobs["modem"] = self._bringing.run
        self._tasks = [asyncio.create_task(job(), name=name) for name, job in jobs.items()]

    async def stop(self, seconds: float) -> None:
        """Lets what is being sent end, for so long at the most."""
        await self._dispatcher.drain(seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for provider in self._providers.values():
            await provider.close()

    def _fault(self, name: str, failed: bool) -> None:
        """A provider has been refusing for long, or serves again."""
        self._core.note(FaultChanged(PART + name, failed), grid_key(GATEWAY))

    def _brought(self, now: Callable[[], Moment], observer: Refusals, sleep: Sleep) -> Any:
        """What hands answers on from the modem; None: there is no modem."""
        if "modem" not in self._providers:
            return None
        module = import_module("gateway.alerts.modem_inbox")
        return module.Bringing(
            self._providers["modem"],
            self._replies.take,
            now=now,
            observer=observer,
            failed=lambda error: log.warning("an answer waits: %s", type(error).__name__),
            sleep=sleep,
        )

    def _group_of(self, phone: str) -> str | None:
        people = self._core.memory.ledger.people.values()
        return next((one.chat for one in people if one.phone == phone and one.chat), None)

    def _reword(self, row: AlertRow, now: Moment) -> str:
        """The text of an alert that leaves late, as things stand now, saying how late it is.

        It offers an answer by text if the provider that ``row`` names can bring one.
        """
        can_reply = self._ways_out.can_reply_by(row.provider or "", row.phone)
        text = self._core.memory.text_again(
            row.incident_id, row.person_id, row.kind, now, can_reply=can_reply
        )
        return row.text if text is None or row.step == table.RECOVERY else text

    def _rewords(self, row: AlertRow, name: str) -> bool:
        """Whether the words have to change because another provider takes the alert."""
        if row.kind != Channel.SMS or row.provider in (None, name):
            return False
        by = self._ways_out.can_reply_by
        return by(row.provider or "", row.phone) is not by(name, row.phone)

    def _still_wanted(self, incident_id: int, row: AlertRow) -> bool:
        card = self._core.memory.cards.get(incident_id)
        if card is not None and row.step == HANDED_OVER:
            return card.state != "resolved"
        return card is not None and (card.state == "open" or row.step == table.RECOVERY)

    def _somebody_may_answer(self) -> bool:
        cards = self._core.memory.cards
        return cards.newest_change() > self._core.clock.now() - LISTEN_AFTER or bool(
            cards.unresolved()
        )

    def _changed(self, row: AlertRow) -> None:
        self._follower.seen(row)
        self._unreached.ended(row)

    async def _catch_up(self) -> None:
        """Alerts that ended just before the gateway was killed."""
        for card in self._core.memory.cards.unresolved():
            rows = await self._database.transaction(
                lambda c, i=card.id: table.of_incident(c, i)  # type: ignore[misc]
            )
            self._unreached.catch_up(rows)

    async def _measure(self) -> None:
        """How much waits, for the metrics: looked at as often as Prometheus might."""
        while True:
            count, self.oldest = await self._database.transaction(table.backlog)
            self._metrics.outbox_pending.set(count)
            await asyncio.sleep(5.0)
