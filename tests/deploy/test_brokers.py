"""The brokers as we ship them: who has an account hears and says what it may, nobody else at all.

Installed by the shipped scripts, into a folder instead of /etc, on free ports.
"""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config import load
from gateway.doctor import ways
from simulators.broker import Mosquitto
from simulators.brokers.process import BrokerProcess, binary, free_port
from tests.support.mqtt import Ear, within

DEPLOY = Path(__file__).parents[2] / "deploy"
HEARD = ("doors/#", "zigbee2mqtt/#", "tele/#")


class Shipped(BrokerProcess):
    """A broker by ``deploy/NAME``. ``accounts``: names to passwords, the gateway's among them."""

    name: str

    def __init__(self) -> None:
        super().__init__(None, None)
        self.accounts: dict[str, str] = {}
        self.told = ""  # by install

    def installed(self) -> dict[str, str]:
        """The environment of the scripts: our folder for the machine's."""
        raise NotImplementedError

    @property
    def certificate(self) -> Path:
        return next(self.folder.rglob("doorwatch.crt"))

    def _script(self, name: str, *arguments: str) -> str:
        environment = (
            os.environ | {"DOORWATCH_SECRETS": str(self.folder / "secrets")} | self.installed()
        )
        done = subprocess.run(
            [DEPLOY / self.name / name, *arguments],
            env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def install(self) -> None:
        self.told = self._script("install", "gateway.example", "192.0.2.7")
        password = (self.folder / "secrets/mqtt/password").read_text().strip()
        self.accounts = {"doorwatch": password}
        for name in ("S1", "zigbee2mqtt"):
            self.accounts[name] = self._script("account", name)
        self.folder.chmod(0o755)  # the server may be another user than root

    def ear(self, account: str | None, *filters: str, **settings: object) -> Ear:
        """A client over TLS, by this account."""
        known = {"username": account or "", "password": self.accounts.get(account or "", "")}
        tls = {"tls": True, "ca_file": str(self.certificate), "client_id": f"c-{account}"}
        return Ear(self.port, *filters, **known | tls | settings)


class OurMosquitto(Shipped):
    name = "mosquitto"

    def installed(self) -> dict[str, str]:
        return {"MOSQUITTO_ETC": str(self.folder)}

    async def prepare(self) -> list[str]:
        file = self.folder / "mosquitto.conf"  # in Debian's manner
        if not file.exists():
            self.install()
            ours = self.folder / "conf.d/doorwatch.conf"
            text = ours.read_text().replace("listener 8883", f"listener {self.port} 127.0.0.1")
            ours.write_text(text.replace("listener 1883", f"listener {free_port()}"))
            user = "user root\n" if os.geteuid() == 0 else ""
            file.write_text(
                f"{user}persistence true\npersistence_location {self.folder}/\n"
                f"include_dir {self.folder}/conf.d\n"
            )
        return [binary("mosquitto", "mosquitto"), "-c", str(file)]


class OurNats(Shipped):
    name = "nats"

    def installed(self) -> dict[str, str]:
        return {"NATS_ETC": str(self.folder), "NATS_STORE": str(self.folder / "store")}

    async def prepare(self) -> list[str]:
        file = self.folder / "nats-server.conf"
        if not file.exists():
            self.install()
            text = file.read_text().replace("port: 8883", f"port: {self.port}")
            text = text.replace("host: 0.0.0.0", "host: 127.0.0.1")
            file.write_text(text.replace("port: 4222", f"port: {free_port()}"))
        return [binary("nats-server", "nats-server"), "-c", str(file)]


@pytest.fixture(params=[OurMosquitto, OurNats], ids=["mosquitto", "nats"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Shipped]:
    async with request.param() as running:
        yield running


async def test_the_gateway_hears_a_door_that_speaks_under_its_own_name(broker: Shipped) -> None:
    async with (
        broker.ear("doorwatch", "doors/#", "zigbee2mqtt/#") as gateway,
        broker.ear("S1") as door,
        broker.ear("zigbee2mqtt") as bridge,
    ):
        await gateway.subscribed()
        await within(door.link.publish("doors/S1", "open"))
        assert (await gateway.next()).payload == b"open"
        await within(bridge.link.publish("zigbee2mqtt/hall", "closed"))
        assert (await gateway.next()).topic == "zigbee2mqtt/hall"


async def test_what_install_prints_is_all_that_a_gateway_run_by_hand_needs(
    broker: Shipped, tmp_path: Path
) -> None:
    keys = dict(re.findall(r"^  (\w+) = (.+)$", broker.told, re.MULTILINE))
    (command,) = re.findall(r"^  sudo (install .+)$", broker.told, re.MULTILINE)
    here = command.replace("/etc/doorwatch/", f"{tmp_path}/")
    await asyncio.to_thread(subprocess.run, shlex.split(here), check=True)
    keys |= {"url": f'"mqtts://localhost:{broker.port}"', "ca_file": f'"{broker.certificate}"'}
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
    file = tmp_path / "config.toml"
    file.write_text(f"[mqtt]\n{lines}")
    config = load(file)
    assert config.mqtt.password_file == tmp_path / "mqtt_password"
    assert (tmp_path / "mqtt_password").stat().st_mode & 0o777 == 0o600
    assert (await ways.broker(config)).said == "lets us in"


@pytest.mark.parametrize("name", ["mosquitto", "nats"])
def test_of_the_package_systemd_hands_the_password_to_the_service(
    name: str, tmp_path: Path
) -> None:
    scripts = tmp_path / "share/doorwatch"
    shutil.copytree(DEPLOY / name, scripts / name)
    shutil.copy(DEPLOY / "certificate", scripts)
    etc = {"MOSQUITTO_ETC": str(tmp_path), "NATS_ETC": str(tmp_path), "NATS_STORE": str(tmp_path)}
    done = subprocess.run(
        [scripts / name / "install"],
        env=os.environ | etc | {"DOORWATCH_SECRETS": str(tmp_path / "kept")},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert 'username = "doorwatch"' in done.stdout and "systemd hands it" in done.stdout
    assert "password_file" not in done.stdout
    assert (tmp_path / "kept/mqtt/password").read_text().strip()


@pytest.mark.parametrize("topic", ["doors/S2", "doors/S2/state", "zigbee2mqtt/S1", "tele/S2/x"])
async def test_no_door_speaks_for_another(broker: Shipped, topic: str) -> None:
    async with broker.ear("doorwatch", *HEARD) as gateway, broker.ear("S1") as door:
        await gateway.subscribed()
        # A refusal is silence or the end of the connection; what is said next is heard, or said
        # by a connection made anew.
        await door.link.publish(topic, "forged")
        async with broker.ear("S1", client_id="again") as again:
            await within(again.link.publish("doors/S1", "true"))
            assert (await gateway.next()).topic == "doors/S1"


async def test_no_door_hears_another(broker: Shipped) -> None:
    async with broker.ear("S1", "doors/#", "#") as door:
        await door.until(lambda: door.answers or door.states)
        async with broker.ear("S1", client_id="again") as again:
            await within(again.link.publish("doors/S1", "open"))
        assert door.messages.empty()


@pytest.mark.parametrize(
    ("account", "settings"),
    [(None, {}), ("S1", {"password": "guessed"}), ("S9", {"password": "guessed"})],
    ids=["anonymous", "wrong password", "no account"],
)
async def test_nobody_else_enters(
    broker: Shipped, account: str | None, settings: dict[str, object]
) -> None:
    async with broker.ear(account, "doors/#", **settings) as stranger:
        assert await stranger.down()
        assert not stranger.link.up


async def test_nothing_is_said_in_the_open(broker: Shipped) -> None:
    plain = broker.ear("S1", "doors/#", tls=False)
    async with plain:
        await plain.until(lambda: plain.states)
        assert not plain.link.up


async def test_an_account_that_is_taken_away_enters_no_more(broker: Shipped) -> None:
    broker._script("account", "-D", "S1")
    await broker.restart()
    async with broker.ear("S1", "doors/#") as gone:
        assert await gone.down()
    async with broker.ear("doorwatch", "doors/#") as gateway:
        await gateway.subscribed()


async def test_a_second_installation_keeps_accounts_and_certificate(broker: Shipped) -> None:
    def kept() -> list[bytes]:
        return [each.read_bytes() for each in (broker.certificate, *secrets)]

    secrets = [broker.folder / "secrets/mqtt/password"]
    before = kept()
    broker._script("install")
    assert kept() == before


async def test_what_is_too_long_reaches_nobody() -> None:
    """mosquitto alone: nats-server 2.9 has no limit for what comes by MQTT (docs/brokers.md)."""
    async with (
        OurMosquitto() as broker,
        broker.ear("doorwatch", "doors/#") as gateway,
        broker.ear("S1") as door,
    ):
        await gateway.subscribed()
        await door.link.publish("doors/S1", "x" * 1_100_000)
        async with broker.ear("S1", client_id="again") as again:
            await within(again.link.publish("doors/S1", "open"))
        assert (await gateway.next()).payload == b"open"


def settings(text: str) -> dict[str, str]:
    """mosquitto's settings, those in comments left out."""
    return dict(re.findall(r"^([a-z_]+) (.*)$", text, re.MULTILINE))


async def test_mosquitto_is_shipped_with_the_settings_that_our_figures_need() -> None:
    """Those of the broker on which docs/brokers.md counted."""
    async with Mosquitto() as tried:
        measured = settings((tried.folder / "mosquitto.conf").read_text())
    for ours in ("listener", "allow_anonymous", "user", "persistence_location", "log_type"):
        measured.pop(ours, None)
    shipped = settings((DEPLOY / "mosquitto/doorwatch.conf").read_text())
    assert measured.items() <= shipped.items()
