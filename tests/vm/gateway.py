"""The package in a machine: installed as by a person, configured for brokers and providers here."""

import json
from pathlib import Path
from typing import Any

from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site
from tests.vm.machine import HOST, Machine

STORE = "/var/lib/doorwatch/doorwatch.db"
SECRET = "/etc/doorwatch-secrets/twilio/auth_token"
READY = "systemctl start doorwatch && systemctl is-active doorwatch"


class Gateway:
    """``site`` is its configuration and ledger, written for ``machine``."""

    def __init__(self, machine: Machine, site: Site) -> None:
        self.machine, self.site = machine, site

    async def install(self, package: Path) -> None:
        await self.machine.copy_in(package, "/root/doorwatch.deb")
        await self.machine.run("apt-get install -y -q /root/doorwatch.deb")

    async def write(self, provider: ProviderStandIn) -> None:
        """Configuration, ledger and secret to where they belong."""
        text = self.site.config.read_text().replace(str(self.site.store), STORE)
        text = text.replace('auth_token_file = "token"\n', "").replace("//127.0.0.1", f"//{HOST}")
        text += '[backup]\npath = "/mnt/backup"\nkey_file = "backup_key"\n'
        machine = self.machine
        await machine.put("/etc/doorwatch/config.toml", text)
        await machine.put(
            "/etc/doorwatch/rules.toml", (self.site.folder / "rules.toml").read_text()
        )
        await machine.put(SECRET, provider.auth_token, "600")
        await machine.run("install -d -o doorwatch /mnt/backup")
        await self.says("test -e /etc/doorwatch/backup_key ||"
                        " doorwatch backup --new-key /etc/doorwatch/backup_key")  # fmt: skip
        tables = [f"{name}.csv" for name, rows in self.site.tables.items() if len(rows) > 1]
        for table in tables:
            await machine.copy_in(self.site.folder / table, f"/srv/{table}")
        await self.says("doorwatch ledger import", *(f"/srv/{table}" for table in tables))

    async def says(self, *words: str) -> str:
        """What a command of the gateway's user says."""
        return await self.machine.run("sudo -u doorwatch sh -c", f"'{' '.join(words)}'")

    async def incidents(self) -> dict[str, dict[str, Any]]:
        """By household."""
        listed = json.loads(await self.says("doorwatch incidents list --json"))
        return {incident["household_id"]: incident for incident in listed}

    async def of_unit(self, name: str) -> str:
        said = await self.machine.run("systemctl show --value -p", name, "doorwatch")
        return said.strip()

    async def in_force(self) -> str:
        return Path((await self.machine.run("readlink /opt/doorwatch/current")).strip()).name
