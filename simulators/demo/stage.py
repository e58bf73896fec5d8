"""Puts the demo up: town, ledger, provider, radio, the real gateway; and takes it all down again.

Everything lives in a temporary folder and on free ports of 127.0.0.1, so that two demos side by
side do not meet.
"""

import asyncio
import contextlib
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from gateway import config as configuration
from gateway.accounts import passwords, users
from gateway.accounts.users import User
from gateway.config import Config
from gateway.daemon import Daemon
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger
from gateway.store import ledgers
from gateway.store.database import Database
from gateway.watch import Watch
from rules.model import Role
from simulators.bluez import private_bus
from simulators.bluez.standin import BluezStandIn
from simulators.demo.clock import TownClock
from simulators.demo.doors import Doors
from simulators.demo.night import Night
from simulators.demo.outcome import Summary, incidents_of, summed_up
from simulators.demo.player import Player
from simulators.demo.roster import Roster
from simulators.demo.show import PALE, Show
from simulators.demo.witness import Witness
from simulators.neighbourhood import LOW, Pace, Town, build, tell, truth, write_ledger
from simulators.provider import ProviderStandIn

ZONE = "Asia/Shanghai"
PHONES = "+85251{:06d}"  # a foreign number's texts can be answered there: people reply
HOMES, GRIDS = 64, 2  # as many as two rows of low houses hold, and a wall map shows at once
LIFE_SIGN = timedelta(hours=4)  # sensors that say so are watched; a home without is not observed
DELAY_S = 0.01  # real: from a text's acceptance to "sent", and again to "delivered"
SOURCES_S = 30.0  # real: the broker and the radio are up by then
STOP_S = 20.0  # real: a gateway is gone in 5 s, on a machine that is not overloaded
USER, PASSWORD = "demo", "demo-demo-demo"  # of pages that only this machine reaches
BUS_COMMAND = "sudo apt-get install -y dbus-daemon"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. ``port`` 0: any free one for the web pages."""

    seconds: float = 60.0
    seed: int = 1
    port: int = 0


async def perform(plan: Plan, show: Show) -> Summary:
    """Play a day. Raises ``OSError`` when the web port is taken."""
    # Yesterday: the whole of it lies before the provider's clock, as the answers to texts must.
    day = datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=1)
    radio = private_bus.available()
    town = build(
        plan.seed,
        HOMES,
        GRIDS,
        day=day,
        zone=ZONE,
        radio=radio,
        phones=PHONES,
        block=LOW,
        life_sign=LIFE_SIGN,
    )
    events = tell(town, plan.seed, life_sign=LIFE_SIGN)
    ends = town.at(time(0), days=1)
    night = Night.of(town, events)
    clock = TownClock(Pace(events, plan.seconds, ends, night.scene), town.zone)
    show.set_town(town)
    if not radio:
        show.say(f"No dbus-daemon here, so only the MQTT half is played. To mend: {BUS_COMMAND}")
    async with AsyncExitStack() as stack:
        interrupted = asyncio.Event()
        _on_signals(interrupted)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doorwatch-demo-")))
        bluez = await stack.enter_async_context(BluezStandIn()) if radio else None
        if bluez is not None:
            stack.enter_context(bluez.as_system_bus())
        provider = await stack.enter_async_context(ProviderStandIn(delay=DELAY_S))
        config = _configure(folder, provider, plan.port, radio=radio)
        await _import_ledger(town, config, folder / "ledger", clock)
        witnesses: list[Witness] = []

        def watch(behind: Watch) -> Witness:
            witnesses.append(Witness(behind))
            return witnesses[0]

        daemon = Daemon(config, clock=clock, sleep=clock.sleep, watch=watch)
        await stack.enter_async_context(_running(daemon, interrupted))
        _on_signals(interrupted)  # the gateway took them at its start
        assert config.mqtt.url is not None
        doors = Doors(town.sensors, config.mqtt.url.port, bluez)
        await stack.enter_async_context(doors)
        player = Player(
            town,
            events,
            clock=clock,
            daemon=daemon,
            doors=doors,
            provider=provider,
            roster=Roster(plan.seed, town.people),
            show=show,
            witness=witnesses[0],
            night=night,
        )
        _say_where(show, town, daemon, config, night)
        clock.start()
        played = await player.play(ends, interrupted)
        return summed_up(
            truth(town, player.events, played),
            await incidents_of(daemon.database, town.zone),
            provider,
            seed=plan.seed,
            seconds=plan.seconds,
            radio=radio,
            readings=witnesses[0].readings,
            lost=witnesses[0].lost,
        )


@contextlib.asynccontextmanager
async def _running(daemon: Daemon, interrupted: asyncio.Event) -> AsyncIterator[None]:
    """The gateway, once it hears its sources; raises what ends it early."""
    running = asyncio.create_task(daemon.run(), name="gateway")
    running.add_done_callback(lambda _: interrupted.set())
    try:
        await _until_it_hears(daemon, running)
        yield
    finally:
        daemon.stop()
        async with asyncio.timeout(STOP_S):
            await running


async def _until_it_hears(daemon: Daemon, running: asyncio.Task[None]) -> None:
    ready = asyncio.create_task(daemon.ready.wait())
    try:
        async with asyncio.timeout(SOURCES_S):
            await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
            # Its health is for whoever asks; it tells nobody.
            while not running.done() and not all(daemon.health.sources.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    except TimeoutError:
        down = [name for name, up in daemon.health.sources.items() if not up]
        raise OSError(f"after {SOURCES_S:.0f} s still down: {', '.join(down)}") from None
    finally:
        ready.cancel()
    if running.done():
        await running
        raise OSError("the gateway was stopped before it had begun")


def _configure(folder: Path, provider: ProviderStandIn, port: int, *, radio: bool) -> Config:
    """A configuration as a site would write it."""
    port = port or _free_port()  # known beforehand: the provider asks there what a call is to say
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(provider.auth_token, encoding="utf-8")
    path = folder / "config.toml"
    path.write_text(
        f"""
[gateway]
id = "demo"
timezone = "{ZONE}"

[store]
path = "doorwatch.db"

[mqtt]
url = "embedded://127.0.0.1:{_free_port()}"

[ble]
enabled = {str(radio).lower()}

[twilio]
account_sid = "{provider.account_sid}"
auth_token_file = "token"
from_number = "{provider.our_number}"
api_base = "{provider.base_url}"

[web]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"

[metrics]
listen = "127.0.0.1:0"
""",
        encoding="utf-8",
    )
    return configuration.load(path)


def _read_ledger(town: Town, folder: Path, config: Config) -> Ledger:
    write_ledger(town, folder)
    return read_tables(sorted(folder.glob("*.csv")), Ledger.empty(), config.gateway.country)


async def _import_ledger(town: Town, config: Config, folder: Path, clock: TownClock) -> None:
    """The town's five files, the way every ledger comes in."""
    ledger = _read_ledger(town, folder, config)
    database = await Database.open(config.store.path)
    try:
        await ledgers.add(database, ledger, clock.now(), after=0)
        user = User(USER, passwords.hashed(PASSWORD), None, Role.OPS, None, None, clock.now())
        await database.transaction(lambda c: users.put(c, user))
    finally:
        await database.close()


def _say_where(show: Show, town: Town, daemon: Daemon, config: Config, night: Night) -> None:
    web, metrics = (f"http://127.0.0.1:{listener.port}" for listener in daemon.listeners)
    assert config.mqtt.url is not None
    show.say(
        f"{len(town.households)} households in {len(town.grids)} grids,"
        f" {len(town.sensors)} door sensors; a day from midnight to midnight"
    )
    show.say(
        f"  wall map {web}/?grid={quote(night.grid_id)}   (log in as {USER}, password {PASSWORD})"
    )
    show.say(f"           at {night.opens:%H:%M} a door opens there that should not", PALE)
    show.say(f"  ready?   {web}/readyz")
    show.say(f"  metrics  {metrics}/metrics")
    show.say(f"  broker   mqtt://127.0.0.1:{config.mqtt.url.port}")
    show.say("  Ctrl-C ends it with a summary", PALE)


def _on_signals(interrupted: asyncio.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
