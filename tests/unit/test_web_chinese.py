"""Every page, in Chinese, with as much on it as can happen: no English word that has no reason.

All pages that links lead to, from the desk, the installer's and operations, after a noon with every
kind of incident, with parts that fail, texts that came to nothing, mistakes in the files, refusals.
"""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from prometheus_client import Gauge

from drivers.ble.errors import Trouble
from gateway.alerts.errors import Reason
from gateway.alerts.status import AlertStatus
from gateway.backup import last
from gateway.backup.errors import BackupError
from gateway.backup.errors import Reason as OfBackups
from gateway.config import load
from gateway.residents import tokens
from gateway.store import audit
from gateway.store.audit import Did
from rules.model import Kind
from rules.moment import DAY
from tests.support.every_kind import EVERY_KIND, every_kind
from tests.support.web import Web, csrf, web

REASONED = {
    # the other language's name; the language itself
    "English",
    # products, protocols and formats, which are called so in Chinese too
    "doorwatch", "Twilio", "twilio", "modem", "Python", "SQLite", "CSV", "XLSX", "TOML", "NTP",
    "API", "QR", "bthome", "json", "zigbee2mqtt", "mqtt", "MQTT", "hci0", "sms", "PIN",
    "USB", "SIM", "SD", "SSD", "eMMC", "DS3231", "DNS", "VPN", "ACL", "ssh", "systemd",
    "Prometheus", "Alertmanager", "ChirpStack", "OpenMQTTGateway", "Zigbee", "Zigbee2",
    # what is to be written into a file
    "true", "false", "enabled", "low", "medium", "high", "critical", "Asia", "Shanghai", "ble",
    "url", "id",
    # units
    "MB", "GB", "dBm", "dB",
    # ids of this ledger and its people's logins
    *EVERY_KIND.households, *EVERY_KIND.people, *EVERY_KIND.sensors, *EVERY_KIND.windows,
    "gw", "ID",
}  # fmt: skip
WORD = re.compile(r"[A-Za-z][A-Za-z_]+[0-9]*")
OURS = re.compile(r'(?:href|action)="(/[^"#]*)')
UNREAD = re.compile(
    r"<(script|style|code|pre|textarea|svg|blockquote)\b.*?</\1>|<!--.*?-->", re.DOTALL
)
SAID = re.compile(r'(?:placeholder|title|aria-label|alt)="([^"]*)"')
NAMES = re.compile(
    r"\bS-[A-Z]+\b|\bpass-\d+|\bDoorwatch[A-Za-z]+|gw-03"  # ids, runbooks
    r"|\b\w+\.(?:toml|db)(?:\.\d)?|\b[a-z]+_[a-z_]+\b|\b\d[\w.+-]+"  # files, keys, versions
    r"|/[\w./-]+"  # paths
    r"|'[^']*'|\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]"  # what somebody wrote, or is to write
)
BROKEN = (
    '[gateway]\ntimezone = "Asia/Nowhere"\nidd = 1\n[ble]\nadapters = []\n[web]\ntls_key = "k"\n'
)
WRONG_RULES = (
    '[defaults]\nheld_open_minute = 3\nflap_openings = 6\nflap_minutes = 0\ncurfew = "22:00"\n'
    'merge_minutes = -1\n[grid.NOPE]\ndigest = "06:00"\n[[escalation]]\nseverity = "high"\n'
)
PATIENCE_S = 60.0


def english(page: str) -> set[str]:
    """Words of a page that are in no list, its attributes' too."""
    said = [html.unescape(one) for one in SAID.findall(page)]
    text = NAMES.sub(" ", html.unescape(re.sub(r"<[^>]*>", " ", UNREAD.sub(" ", page))))
    words = WORD.findall(" ".join([text, *(NAMES.sub(" ", one) for one in said)]))
    return {word for word in words if word not in REASONED}


async def crawl(client: httpx.AsyncClient, *starts: str) -> dict[str, str]:
    """Every page that can be reached by links, by its path."""
    found: dict[str, str] = {}
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        shape = re.sub(r"\?.*", "", path)
        if shape in found or shape in ("/logout", "/language") or "/static/" in shape:
            continue
        answer = await client.get(path, follow_redirects=True)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        found[shape] = answer.text
        waiting += [html.unescape(one) for one in OURS.findall(answer.text)]
    return found


@asynccontextmanager
async def noon(folder: Path) -> AsyncIterator[Web]:
    """All kinds of things have happened."""
    config = folder / "config.toml"
    config.write_text(
        f'[store]\npath = "{folder / "doorwatch.db"}"\n[backup]\ncommand = ["true", "{{file}}"]\n'
        f'key_file = "key"\n'
    )
    (folder / "key").write_text("a key")
    (folder / "key").chmod(0o600)
    async with web(folder, EVERY_KIND, load(config)) as here:
        here.site.config_path = config
        await every_kind(here.desk)
        here.site.health.sources.update({"mqtt": False, "hci0": False})
        registry = here.site.metrics.registry
        trouble = Gauge("doorwatch_radio_trouble", "", ("adapter", "reason"), registry=registry)
        trouble.labels("hci0", Trouble.NO_BLUETOOTHD.value).set(1)
        last.failed(here.site.config.store.path, 1, BackupError(OfBackups.COMMAND, "no"))
        await here.desk.database.transaction(
            lambda c: c.execute("UPDATE alerts SET status = 'failed', error = 'unreachable 30003'")
        )
        for number, reason in enumerate((*Reason, "texts_per_day", "other_way: by alert 2"), 1):
            status = [*AlertStatus][number % len(AlertStatus)].value
            await here.desk.database.transaction(
                lambda c, r=reason, s=status, n=number: c.execute(
                    "UPDATE alerts SET status = ?, error = ?, provider = 'twilio' WHERE id = ?",
                    (s, str(r), n),
                )
            )
        for did in Did:
            await here.desk.database.transaction(
                lambda c, d=did: audit.note(c, here.site.now(), "cli", d, "S-OUT", "version 3")
            )
        yield here


async def test_the_pages_of_the_desk_and_of_operations(tmp_path: Path) -> None:
    async with noon(tmp_path) as here:
        client = await here.client("ops")
        client.cookies.set("language", "zh")
        kinds = {card.body["kind"]: card.id for card in here.desk.cards()}
        assert kinds.keys() == {*Kind}
        pages = await crawl(client, "/", *(f"/incidents/{n}" for n in kinds.values()), "/nowhere")
        assert len(pages) > 60
        found = {path: words for path, page in pages.items() if (words := english(page))}
        assert not found


async def test_what_is_over_and_what_is_refused(tmp_path: Path) -> None:
    async with noon(tmp_path) as here:
        client = await here.client("command")
        client.cookies.set("language", "zh")
        token, found = await csrf(client), {}
        cards = {card.body["kind"]: card for card in here.desk.cards()}
        wrong = [
            (f"/incidents/{cards['gateway_fault'].id}/resolve", {"outcome": "at_home"}),
            (f"/incidents/{cards['battery_low'].id}/resolve", {"outcome": "unverified"}),
            (f"/incidents/{cards['tamper'].id}/hand-over", {"to": "nobody"}),
            (f"/incidents/{cards['held_open'].id}/pass", {"minutes": "9999"}),
            ("/passes", {"household": "OUT", "kind": "visit", "minutes": "1"}),
            ("/passes", {"household": "nowhere", "kind": "visit", "minutes": "30"}),
            ("/passes/pass-99/revoke", {}),
        ]
        for path, data in wrong:
            answer = await client.post(path, data=data | {"csrf": token})
            assert answer.status_code >= 400, path
            found[path, str(data)] = english(answer.text)
        for kind, card in cards.items():
            outcome = "false_alarm"
            data = {"csrf": token, "outcome": outcome}
            done = await client.post(f"/incidents/{card.id}/resolve", data=data)
            assert done.status_code == 303, kind
        pages = await crawl(client, "/", "/report", *(f"/incidents/{c.id}" for c in cards.values()))
        found |= {(path, ""): english(page) for path, page in pages.items()}
        assert not {where: words for where, words in found.items() if words}


async def test_what_the_checker_says_of_broken_files(tmp_path: Path) -> None:
    async with noon(tmp_path) as here:
        client = await here.client("ops")
        client.cookies.set("language", "zh")
        token = await csrf(client)
        (tmp_path / "rules.toml").write_text(WRONG_RULES)
        assert here.site.config_path is not None
        here.site.config_path.write_text(BROKEN)
        await client.post("/ops/check", data={"csrf": token})
        async with asyncio.timeout(PATIENCE_S):
            while "<progress" in (page := (await client.get("/ops/check")).text):
                await asyncio.sleep(0.05)
        assert page.count("<li><code>") >= 8
        assert english(page) == set()
        for text in (WRONG_RULES, "[defaults\n", "a = 1\na = 2\n", 'x = "\n'):
            data = {"csrf": token, "text": text, "days": "1"}
            refused = await client.post("/ops/rules/rehearse", data=data)
            assert refused.status_code in (409, 422), refused.text
            assert english(refused.text) == set(), text
        data = {"csrf": token, "grid": "G1", "minutes": "99999", "why": "门磁"}
        assert not english((await client.post("/ops/maintenance", data=data)).text)


async def test_the_installers_and_the_residents(tmp_path: Path) -> None:
    async with noon(tmp_path) as here:
        installer = await here.client("installer")
        installer.cookies.set("language", "zh")
        pages = await crawl(installer, "/install", "/install/codes", "/install/h/OUT")
        now = here.site.now()
        issued = await tokens.issue(
            here.desk.database, "OUT", now + 30 * DAY, now, by="cli", pin=False
        )
        resident = await here.client()
        resident.cookies.set("language", "zh")
        pages[issued.path] = (await resident.get(issued.path)).text
        pages["/r/gone"] = (await resident.get("/r/gone")).text
        pages["/login"] = (await resident.get("/login")).text
        assert len(pages) >= 8
        assert not {path: words for path, page in pages.items() if (words := english(page))}


async def test_the_list_would_notice() -> None:
    assert english('<p title="Show">看 Grid S-OUT</p><code>words</code>') == {"Show", "Grid"}
