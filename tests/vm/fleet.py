"""The Ansible role, over ssh against a machine: the second run changes nothing.

    python -m tests.vm.fleet --work FOLDER --package FILE.deb

The gateway's broker is the machine's own, as the role sets it up; a sender comes in by TLS with the
account that the role handed out, and its text reaches the provider's stand-in.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from simulators.broker import free_port
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.debian import ROOT, next_release
from tests.support.site import Site
from tests.vm.machine import HOST, QUIET, Machine, discarded, needs

ANSIBLE = "ansible-core>=2.14,<2.20"
NEXT = "0.98.0"
SENDER = "S1"
RECAP = re.compile(r"gw-vm\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


class Fleet:
    """One gateway of it: ``gw-vm``. ``variables`` is what its inventory says."""

    def __init__(self, machine: Machine, folder: Path, variables: dict[str, Any]) -> None:
        self.machine, self.folder, self.variables = machine, folder, variables

    async def play(self, what: str) -> int:
        """One run; how many tasks changed something."""
        reached = {
            "ansible_host": "127.0.0.1", "ansible_port": self.machine.ssh_port,
            "ansible_user": "gw", "ansible_ssh_private_key_file": str(self.machine.work / "key"),
            "ansible_ssh_common_args": " ".join(QUIET),
        }  # fmt: skip
        hosts = {"gateways": {"hosts": {"gw-vm": {**reached, **self.variables}}}}
        inventory = self.folder / "inventory.yml"
        inventory.write_text(json.dumps(hosts))  # JSON is YAML
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            self.machine.work / "ansible/bin/ansible-playbook", "-i", inventory, "gateways.yml",
            cwd=ROOT / "deploy/ansible", stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        out = (await process.communicate())[0].decode()
        found = RECAP.search(out)
        assert process.returncode == 0, out
        assert found, out
        ok, changed, unreachable, failed = map(int, found.groups())
        tasks = re.split(r"^(?:TASK|RUNNING HANDLER) \[doorwatch : ", out, flags=re.MULTILINE)[1:]
        names = [task.partition("]")[0] for task in tasks if "\nchanged: [" in task]
        print(f"{what}: ok {ok}, changed {changed}, {time.monotonic() - begun:.0f} s", flush=True)
        assert (unreachable, failed) == (0, 0), out
        if changed and names:
            print("  " + "; ".join(names), flush=True)
        return changed

    async def first_text(self, provider: ProviderStandIn) -> str:
        """A door opens: by TLS, with what was handed out. The text that leaves."""
        handed = self.folder / "handed/gw-vm"
        port = free_port()
        tunnel = await asyncio.create_subprocess_exec(
            *self.machine.ssh(), "-N", "-L", f"127.0.0.1:{port}:127.0.0.1:8883"
        )
        try:
            while not _listens(port):
                await asyncio.sleep(0.2)
            broker = Broker(
                port, username=SENDER, password=(handed / f"{SENDER}.password").read_text().strip(),
                ca_file=str(handed / "doorwatch.crt"),
            )  # fmt: skip
            async with Sender(broker, SENDER) as sender:
                for state in ("closed", "open"):
                    sender.give(f"doors/{SENDER}", json.dumps({"state": state}))
                await sender.settled()
            await provider.wait_for(lambda: bool(provider.messages), 120)
        finally:
            tunnel.terminate()
            await tunnel.wait()
        return provider.messages[0].body


def _listens(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/tcp").read_text()


def ansible(work: Path) -> None:
    """ansible-core in an environment of its own: it is in no lock of ours."""
    if not (work / "ansible/bin/ansible-playbook").exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", work / "ansible"], check=True)
        pip = [work / "ansible/bin/pip", "install", "-q", "--disable-pip-version-check", ANSIBLE]
        subprocess.run(pip, check=True)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    given = parser.parse_args()
    needs("qemu-system-x86_64")
    ansible(given.work)
    folder = Path(tempfile.mkdtemp(dir=given.work))
    packages = folder / "packages"
    packages.mkdir()
    package = Path(shutil.copy(given.package, packages))
    version = package.name.split("_")[1].rpartition("-")[0]
    async with ProviderStandIn() as provider:
        site = Site(folder, "", provider)
        variables: dict[str, Any] = {
            "doorwatch_packages": str(packages),
            "doorwatch_version": version,
            "doorwatch_config": {
                "gateway": {"id": "gw-vm", "country": "HK", "language": "zh"},
                "mqtt": {"url": "mqtt://127.0.0.1:1883", "username": "doorwatch"},
                "ble": {"enabled": False},
                'channels."+86"': {"sms": ["twilio"]},
                "twilio": {
                    "account_sid": provider.account_sid, "from_number": provider.our_number,
                    "api_base": provider.base_url.replace("127.0.0.1", HOST),
                },
            },
            "doorwatch_secrets": {"twilio/auth_token": provider.auth_token},
            "doorwatch_rules": str(folder / "rules.toml"),
            "doorwatch_ledger": [
                str(folder / f"{name}.csv") for name, rows in site.tables.items() if len(rows) > 1
            ],
            "doorwatch_senders": [SENDER, "S2"],
            "doorwatch_broker_names": ["192.168.1.2"],
            "doorwatch_time_servers": ["ntp.invalid"],
            "doorwatch_upgrade_options": ["--no-backup"],
        }  # fmt: skip
        with discarded(Machine.copy(given.work, "fleet")) as machine:
            await machine.start()
            fleet = Fleet(machine, folder, variables)
            assert await fleet.play("first run"), "it changed nothing"
            assert await fleet.play("second run") == 0
            print("text: " + await fleet.first_text(provider), flush=True)
            variables["doorwatch_config"]["gateway"]["language"] = "en"
            assert await fleet.play("another language") == 2, "the file, and the restart"
            next_release(package, NEXT)
            variables["doorwatch_version"] = NEXT
            assert await fleet.play("another release")
            assert NEXT in await machine.run("readlink /opt/doorwatch/current")
            assert await fleet.play("and once more") == 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
