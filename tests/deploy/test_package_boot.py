"""The package on a Debian with real systemd, booted by systemd-nspawn (in a chroot, where this
machine boots nothing: then what systemd does is left to `make vm`).

The broker and the provider are this machine's: the guest shares its loopback.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.debian import Debian, next_release
from tests.support.site import Site

STORE = "/var/lib/doorwatch/doorwatch.db"
SECRET = "/etc/doorwatch-secrets/twilio/auth_token"
NEW = "0.98.0"
FAULT = "/srv/fault"  # the word of a command at which the new release fails
SAYS_NAMES = "/etc/systemd/system/doorwatch.service.d/names.conf"
QUICK = ("SETTLE_S=2",)  # of doorwatch-upgrade: no release here dies late


@pytest.fixture(scope="module")
def debian(package: Path) -> Iterator[Debian]:
    """With the package installed, as by a person."""
    with Debian.made() as made:
        made.copy(package, "/root/doorwatch.deb")
        made.run("apt-get", "install", "-y", "--no-install-recommends", "/root/doorwatch.deb")
        yield made


class Gateway:
    """The installed one, with a broker and a provider; ``site`` knows its configuration."""

    def __init__(self, debian: Debian, site: Site, broker: Mosquitto, provider: ProviderStandIn):
        self.debian, self.site, self.broker, self.provider = debian, site, broker, provider
        self._by_hand: asyncio.subprocess.Process | None = None

    def write(self) -> None:
        """Configuration, ledger and secret to where they belong in the guest."""
        text = self.site.config.read_text().replace(str(self.site.store), STORE)
        text = text.replace('auth_token_file = "token"\n', "")
        text += '[backup]\npath = "/mnt/backup"\nkey_file = "backup_key"\n'
        self.debian.put("/etc/doorwatch/config.toml", text)
        self.debian.put(SECRET, self.provider.auth_token, "600")
        self.debian.run("install", "-d", "-o", "doorwatch", "/mnt/backup")
        key = "/etc/doorwatch/backup_key"
        if not self.debian.holds(key):
            self.debian.run("doorwatch", "backup", "--new-key", key, user="doorwatch")
        tables = [f"{name}.csv" for name, rows in self.site.tables.items() if len(rows) > 1]
        for table in tables:
            self.debian.copy(self.site.folder / table, f"/srv/{table}")
        here = [f"/srv/{table}" for table in tables]
        self.debian.run("doorwatch", "ledger", "import", *here, user="doorwatch")
        self.debian.run("doorwatch", "doctor", "--trust-clock", user="doorwatch")

    async def start(self) -> None:
        """Until it is ready."""
        if self.debian.boots:
            await asyncio.to_thread(self.debian.run, "systemctl", "start", "doorwatch")
            return
        self.debian.put("/run/credentials/twilio_auth_token", self.provider.auth_token)
        self._by_hand = await self.debian.popen(
            "env", "CREDENTIALS_DIRECTORY=/run/credentials", "doorwatch", "run", user="doorwatch"
        )
        async with asyncio.timeout(30):
            while (await self.site.get("/readyz"))[0] != 200:
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self._by_hand is not None:
            self._by_hand.terminate()
            assert await self._by_hand.wait() == 0
        elif self.debian.boots:
            self.debian.run("systemctl", "stop", "doorwatch")

    async def opens(self, door: str) -> None:
        """Until there is an incident about it. Once a door, for that stays open."""
        async with Sender(Broker(self.broker.port), "sender") as sender:
            for state in ("closed", "open"):
                sender.give(f"doors/S{door}", json.dumps({"state": state}))
            await sender.settled()
        async with asyncio.timeout(20):
            while f"H{door}" not in await asyncio.to_thread(self.told_of):
                await asyncio.sleep(0.1)

    def told_of(self) -> list[str]:
        listed = self.debian.run("doorwatch", "incidents", "list", "--json", user="doorwatch")
        return [incident["household_id"] for incident in json.loads(listed)]

    async def upgrade(self, *arguments: str) -> tuple[int, str]:
        done = await asyncio.to_thread(
            self.debian.tried, "env", *QUICK, "doorwatch-upgrade", *arguments
        )
        return done.returncode, done.stderr

    def in_force(self) -> str:
        return Path(self.debian.run("readlink", "/opt/doorwatch/current").strip()).name

    def of_unit(self, name: str) -> str:
        return self.debian.run("systemctl", "show", "--value", "-p", name, "doorwatch").strip()


@pytest.fixture
async def gateway(debian: Debian, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        found = Gateway(
            debian, Site(tmp_path, broker.url, provider, households=3), broker, provider
        )
        found.write()
        yield found
        await found.stop()


async def test_it_gets_ready_and_tells_of_a_door(gateway: Gateway) -> None:
    await gateway.start()
    assert "没有错误" in gateway.debian.run("doorwatch", "check", user="doorwatch")
    await gateway.opens("1")
    await gateway.provider.wait_for(lambda: bool(gateway.provider.messages))


async def test_its_unit_gives_it_what_it_needs_and_nothing_else(gateway: Gateway) -> None:
    debian = gateway.debian
    if not debian.boots:  # the unit's words: test_unit.py
        return
    await gateway.start()
    status = dict(
        line.split(":\t", 1)
        for line in debian.run("cat", f"/proc/{gateway.of_unit('MainPID')}/status").splitlines()
        if ":\t" in line
    )
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    bluetooth = debian.run("getent", "group", "bluetooth").split(":")[2]
    assert bluetooth in status["Groups"].split()
    assert '"status": "ready"' in gateway.of_unit("StatusText")
    rules = "/etc/doorwatch/rules.toml"  # the page saves them; all else of /etc it may not touch
    assert debian.run("readlink", rules).strip() == "/var/lib/doorwatch/rules.toml"
    inside = ("nsenter", "-t", gateway.of_unit("MainPID"), "-m", "setpriv", "--reuid=doorwatch")
    inside = (*inside, "--regid=doorwatch", "--clear-groups", "sh", "-c")
    debian.run(
        *inside, f'd=$(dirname "$(realpath {rules})") && : > "$d/new" && mv "$d/new" "$d/gone"'
    )
    refused = "! touch /etc/doorwatch/new && ! touch /etc/doorwatch/config.toml"
    debian.run(*inside, f"{refused} 2>/dev/null")
    debian.run("systemctl", "reload", "doorwatch")
    await gateway.site.until(lambda: gateway.of_unit("ActiveState") == "active")  # or reloading
    await gateway.stop()
    assert (gateway.of_unit("Result"), gateway.of_unit("NRestarts")) == ("success", "0")
    log = debian.run("journalctl", "-u", "doorwatch", "--no-pager", "-o", "cat")
    assert "Traceback" not in log
    assert "not permitted" not in log


async def test_its_bundle_holds_the_units_log_and_no_names(gateway: Gateway) -> None:
    debian, file = gateway.debian, "/var/lib/doorwatch/bundle.tar.gz"
    assert "systemd-journal" in debian.run("id", "-Gn", "doorwatch").split()
    if not debian.boots:  # there is no journal; what is said then: test_bundle_log.py
        return
    people, homes = gateway.site.tables["people"][1], gateway.site.tables["households"][1]
    names = [people[1], people[2], homes[2]]
    debian.put(SAYS_NAMES, f'[Service]\nExecStartPost=/bin/echo "told {" ".join(names)}"\n')
    debian.run("systemctl", "daemon-reload")
    await gateway.start()
    debian.run("journalctl", "--sync")
    journal = debian.run("journalctl", "-u", "doorwatch", "--no-pager")
    assert all(name in journal for name in names)
    debian.run("doorwatch", "doctor", "--bundle", file, user="doorwatch")
    log = debian.run("tar", "-xzOf", file, "doorwatch-bundle/log.txt")
    debian.run("rm", SAYS_NAMES)
    debian.run("systemctl", "daemon-reload")
    assert "running gateway=" in log
    assert "told ···" in log
    assert [name for name in names if name in log] == []


async def test_another_release_lies_beside_the_one_in_force(
    gateway: Gateway, package: Path
) -> None:
    old = gateway.in_force()
    fault = f'from pathlib import Path\nif Path("{FAULT}").read_text() in sys.argv: sys.exit(3)'
    gateway.debian.put(FAULT, "nothing")
    gateway.debian.copy(next_release(package, NEW, start=fault), "/root/new.deb")
    await gateway.start()
    gateway.debian.run("dpkg", "-i", "/root/new.deb")
    assert gateway.in_force() == old
    for release in (old, NEW):
        command = f"/opt/doorwatch/releases/{release}/bin/doorwatch"
        assert "doorwatch" in gateway.debian.run(command, "--version")


@pytest.mark.parametrize("fails", ["check", "run"])
async def test_a_release_that_takes_no_configuration_or_never_gets_ready_is_not_in_force(
    gateway: Gateway, fails: str
) -> None:
    if not gateway.debian.boots:
        return
    old = gateway.in_force()
    gateway.debian.put(FAULT, fails)
    await gateway.start()
    pid = gateway.of_unit("MainPID")
    status, said = await gateway.upgrade("--no-backup")
    assert (status, gateway.in_force()) == (1, old), said
    assert gateway.of_unit("ActiveState") == "active"
    if fails == "check":
        assert gateway.of_unit("MainPID") == pid, "it never stopped"
    else:
        await gateway.opens("2")


async def test_a_release_takes_over_while_the_provider_is_out_and_goes_back(
    gateway: Gateway,
) -> None:
    if not gateway.debian.boots:
        return
    debian, old = gateway.debian, gateway.in_force()
    debian.put(FAULT, "nothing")
    await gateway.start()
    await gateway.provider.down()
    configuration = debian.run("cat", "/etc/doorwatch/config.toml")
    status, said = await gateway.upgrade("/root/new.deb")
    assert (status, gateway.in_force()) == (0, NEW), said
    assert debian.run("cat", "/etc/doorwatch/config.toml") == configuration
    assert debian.run("ls", "/mnt/backup").endswith(".backup\n")
    assert sorted(gateway.told_of()) == ["H1", "H2"], "data are kept"
    await gateway.provider.up()
    await gateway.opens("3")
    status, said = await gateway.upgrade("--no-backup", "--back")
    assert (status, gateway.in_force()) == (0, old), said


def test_purged_it_leaves_nothing(debian: Debian) -> None:
    debian.run("apt-get", "purge", "-y", "doorwatch")
    for path in ("/opt/doorwatch", "/etc/doorwatch/config.toml", "/var/lib/doorwatch"):
        assert not debian.holds(path), path
