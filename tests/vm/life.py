"""The life of a package on Debian with real systemd: installed, alerting, stuck, upgraded, undone.

    python -m tests.vm.life --work FOLDER --package FILE.deb

The broker and the provider's stand-in are here, outside the machine.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.debian import next_release
from tests.support.site import Site
from tests.vm.gateway import READY, STORE, Gateway
from tests.vm.machine import Machine, discarded, needs

STAGES = ("dispatcher", "store")  # where the rest goes on; SIGSTOP stands for a loop that spins
NEXT, BROKEN = "0.98.0", "0.99.0"
RESTART_S = 400.0  # WatchdogSec is 60, the end after it at most 15, the start slow without KVM
HOOKED = "exec(open('/srv/hook.py').read())"  # what the made releases run first
FAILS = 'if "run" in sys.argv: sys.exit(3)'


class Life:
    """One machine; the steps are in the order of ``all``."""

    def __init__(
        self, gateway: Gateway, package: Path, broker: Mosquitto, provider: ProviderStandIn
    ) -> None:
        self.gateway, self.package, self.provider = gateway, package, provider
        self.machine = gateway.machine
        self._broker = broker
        self._door = 0
        self._told: set[str] = set()

    async def all(self) -> None:
        for step in (self.installed, self.alerts, self.upgraded_in_an_outage, self.stuck,
                     self.undone, self.booted_again):  # fmt: skip
            begun = time.monotonic()
            await step()
            print(f"{step.__name__}: ok, {time.monotonic() - begun:.0f} s", flush=True)

    async def installed(self) -> None:
        await self.gateway.install(self.package)
        await self.gateway.write(self.provider)
        begun = time.monotonic()
        await self.machine.run(READY)  # systemctl comes back once the unit has said READY=1
        said = await self.gateway.of_unit("StatusText")
        print(f"  ready after {time.monotonic() - begun:.1f} s; {said}")
        print(
            "  " + (await self.machine.run("systemd-analyze security doorwatch | tail -1")).strip()
        )

    async def alerts(self) -> None:
        """A door opens, and its text is delivered."""
        self._door += 1
        home, address = f"H{self._door}", f"{self._door}栋2单元501"
        begun = time.monotonic()
        async with Sender(Broker(self._broker.port), "sender") as sender:
            for state in ("closed", "open"):
                sender.give(f"doors/S{self._door}", json.dumps({"state": state}))
            await sender.settled()
        texts = self.provider.messages
        await self.provider.wait_for(lambda: any(address in text.body for text in texts), 120)
        text = next(text.body for text in texts if address in text.body)
        print(f"  {home}: {time.monotonic() - begun:.1f} s to the provider: {text}", flush=True)
        async with asyncio.timeout(120):
            while (incident := await self._incident(home))["alerts"][0]["status"] != "delivered":
                await asyncio.sleep(1)
        self._told.add(home)
        which = str(incident["id"])
        await self.gateway.says("doorwatch incidents resolve --outcome false_alarm", which)

    async def _incident(self, home: str) -> dict[str, Any]:
        return (await self.gateway.incidents())[home]

    async def stuck(self) -> None:
        """Stages by the hook, then the whole process by SIGSTOP: systemd starts it anew."""
        await self._hook((Path(__file__).parent / "hook.py").read_text())
        await self.machine.run("systemctl restart doorwatch")
        for stage in STAGES:
            pid = await self.gateway.of_unit("MainPID")
            await self.machine.put("/run/doorwatch-stuck", f"{stage} {pid}")
            await self._restarted(pid, f"{stage} stuck")
        pid = await self.gateway.of_unit("MainPID")
        await self.machine.run("kill -STOP", pid)
        await self._restarted(pid, "SIGSTOP")
        await self.alerts()

    async def _restarted(self, pid: str, what: str) -> None:
        begun = time.monotonic()
        while await self.gateway.of_unit("MainPID") in (pid, "0") or (
            await self.gateway.of_unit("ActiveState") != "active"
        ):
            if time.monotonic() > begun + RESTART_S:
                log = await self.machine.run("journalctl -q -n 60 --no-pager -u doorwatch")
                raise AssertionError(f"{what}: not started anew\n{log}")
            await asyncio.sleep(1)
        log = await self.machine.run("journalctl -q -o cat -n 400 -u doorwatch -t systemd")
        assert "Watchdog timeout" in log, log
        print(f"  {what}: ready again after {time.monotonic() - begun:.0f} s, "
              f"restart {await self.gateway.of_unit('NRestarts')}", flush=True)  # fmt: skip

    async def _hook(self, text: str) -> None:
        await self.machine.put("/srv/hook.py", text)

    async def upgrade(self, *words: str) -> tuple[int, str]:
        said = await self.machine.tried("doorwatch-upgrade", *words)
        return said.status, said.err

    async def upgraded_in_an_outage(self) -> None:
        """The provider does not answer: no reason to go back."""
        await self._hook("")
        release = next_release(self.package, NEXT, start=HOOKED)
        await self.machine.copy_in(release, "/root/next.deb")
        release.unlink()
        configuration = await self.machine.run("sha256sum /etc/doorwatch/*.toml")
        await self.provider.down()
        status, said = await self.upgrade("/root/next.deb")
        print("  " + said.strip().splitlines()[-1], flush=True)
        assert (status, await self.gateway.in_force()) == (0, NEXT), said
        assert await self.machine.run("sha256sum /etc/doorwatch/*.toml") == configuration
        assert set(await self.gateway.incidents()) == self._told, "data are kept"
        await self.provider.up()
        await self.alerts()

    async def undone(self) -> None:
        """A release that never gets ready: the one before is in force again, with its data."""
        release = next_release(self.package, BROKEN, start=FAILS)
        await self.machine.copy_in(release, "/root/broken.deb")
        release.unlink()
        status, said = await self.upgrade("/root/broken.deb")
        print("  " + said.strip().splitlines()[-1])
        assert (status, await self.gateway.in_force()) == (1, NEXT), said
        assert await self.gateway.of_unit("ActiveState") == "active"
        assert (await self.machine.run("ls /mnt/backup")).endswith(".backup\n")
        await self.alerts()

    async def booted_again(self) -> None:
        """It comes up by itself, with everything."""
        await self.machine.off()
        await self.machine.start()
        async with asyncio.timeout(RESTART_S):
            while await self.gateway.of_unit("ActiveState") != "active":
                await asyncio.sleep(1)
        assert set(await self.gateway.incidents()) == self._told
        rows = await self.gateway.says(
            "python3 -c", f'"import sqlite3; c = sqlite3.connect(\\"{STORE}\\");'
            'print(c.execute(\\"PRAGMA integrity_check\\").fetchone()[0])"',
        )  # fmt: skip
        assert rows.strip() == "ok", rows
        await self.alerts()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    given = parser.parse_args()
    needs("qemu-system-x86_64", "mosquitto")
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(Path(tempfile.mkdtemp(dir=given.work)), broker.url, provider, households=9)
        with discarded(Machine.copy(given.work, "life")) as machine:
            await machine.start()
            print(f"booted in {machine.seconds:.0f} s", flush=True)
            await Life(Gateway(machine, site), given.package, broker, provider).all()


if __name__ == "__main__":
    asyncio.run(main())
