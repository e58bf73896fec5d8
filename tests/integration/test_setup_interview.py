"""``doorwatch setup`` at a real terminal: what it asks, what it refuses, and what it leaves."""

import asyncio
import hashlib
import re
import sqlite3
import ssl
import stat
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.check import check_all
from gateway.setup import questions, words
from simulators.provider.standin import ProviderStandIn
from tests.support.terminal import Terminal

PASSWORD = "a long enough one"
WRONG = "not-the-token"


@pytest.fixture
async def provider() -> AsyncIterator[ProviderStandIn]:
    async with ProviderStandIn() as provider:
        yield provider


@pytest.fixture
def config(tmp_path: Path, provider: ProviderStandIn) -> Path:
    """A gateway of which nothing is said but where its provider is."""
    path = tmp_path / "config.toml"
    path.write_text(f'[twilio]\napi_base = "{provider.base_url}"\n[drill]\nday = 3\n')
    return path


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where backups go."""
    path = tmp_path / "disk"
    path.mkdir()
    return path


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    found: list[Terminal] = []
    yield found
    for terminal in found:
        terminal.kill()


def read(config: Path) -> dict[str, Any]:
    return tomllib.loads(config.read_text())


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def to_the_token(terminal: Terminal, provider: ProviderStandIn) -> None:
    terminal.answers(
        ("language", "en"),
        ("id", "gw-12"),
        ("country", "US"),
        ("timezone", "America/New_York"),
        ("store", "data/doorwatch.db"),
        ("broker", "embedded"),
        ("adapters", ""),
        ("provider", "twilio"),
        ("twilio_sid", provider.account_sid),
    )


def from_the_sender_on(terminal: Terminal, provider: ProviderStandIn, backup: Path) -> None:
    terminal.answers(
        ("twilio_from", provider.our_number),
        ("listen", "0.0.0.0:8443"),
        ("public_url", ""),
        ("certificate", ""),
        ("certificate_names", "gw-12.local,192.0.2.7"),
        ("admin", "chief"),
        ("admin_password", PASSWORD),
        ("again", PASSWORD),
        ("backup_path", str(backup)),
        ("backup_key", ""),
        ("write", ""),
    )


async def test_a_whole_interview(
    config: Path, provider: ProviderStandIn, terminals: list[Terminal], tmp_path: Path, disk: Path
) -> None:
    before = everything_in(tmp_path)["config.toml"]

    def talk() -> Terminal:
        terminal = Terminal("setup", "--config", str(config))
        terminals.append(terminal)
        to_the_token(terminal, provider)
        terminal.answers(("twilio_token", WRONG))
        terminal.until("Twilio does not know this account with this token")
        assert {*everything_in(tmp_path)} == {"config.toml"}  # nothing is written yet
        terminal.answers(("twilio_sid", ""), ("twilio_token", provider.auth_token))
        terminal.until("Twilio knows it")
        from_the_sender_on(terminal, provider, disk)
        return terminal

    terminal = await asyncio.to_thread(talk)
    status = await asyncio.to_thread(terminal.ends)
    clock_only = re.findall(r"^trouble +(\w+)", terminal.seen, re.M)
    assert (status, [*clock_only]) in ((1, ["clock"]), (0, []))  # as this machine's clock is kept
    for secret in (WRONG, provider.auth_token, PASSWORD):
        assert secret not in terminal.seen
    written = read(config)
    assert written == {
        "gateway": {
            "id": "gw-12",
            "country": "US",
            "timezone": "America/New_York",
            "language": "en",
        },
        "store": {"path": "data/doorwatch.db"},
        "mqtt": {"url": "embedded://127.0.0.1:1883"},
        **({} if "ble" not in written else {"ble": written["ble"]}),  # as this machine has radios
        "twilio": {
            "api_base": provider.base_url,
            "account_sid": provider.account_sid,
            "auth_token_file": "twilio_auth_token",
            "from_number": provider.our_number,
        },
        "web": {"listen": "0.0.0.0:8443", "tls_cert": "web_cert.pem", "tls_key": "web_key.pem"},
        "backup": {"path": str(disk), "key_file": "backup_key"},
        "drill": {"day": 3},
    }
    assert check_all(config) == []
    assert modes(tmp_path) == {
        "config.toml": 0o640,
        "config.toml.bak": 0o600,
        "twilio_auth_token": 0o600,
        "web_cert.pem": 0o644,
        "web_key.pem": 0o600,
        "backup_key": 0o600,
    }
    assert everything_in(tmp_path)["config.toml.bak"] == before
    assert fingerprint(tmp_path / "web_cert.pem") in terminal.seen
    assert f"doorwatch ledger import --config {config} *.csv" in terminal.seen
    assert f"Keep a copy of {tmp_path / 'backup_key'} elsewhere" in terminal.seen
    assert logins(tmp_path) == [("chief", None, "ops")]


async def test_a_second_time_enter_alone_leaves_everything_as_it_is(
    config: Path, provider: ProviderStandIn, terminals: list[Terminal], tmp_path: Path, disk: Path
) -> None:
    def first() -> int:
        terminal = Terminal("setup", "--config", str(config))
        terminals.append(terminal)
        to_the_token(terminal, provider)
        terminal.answers(("twilio_token", provider.auth_token))
        from_the_sender_on(terminal, provider, disk)
        return terminal.ends()

    await asyncio.to_thread(first)
    trust = [sys.executable, "-m", "gateway.cli", "doctor", "--trust-clock", "--config", config]
    process = await asyncio.create_subprocess_exec(*map(str, trust), stdout=subprocess.DEVNULL)
    assert await process.wait() == 0
    before = {n: c for n, c in everything_in(tmp_path).items() if not n.startswith("data")}

    def second() -> tuple[int, Terminal]:
        terminal = Terminal("setup", "--config", str(config))
        terminals.append(terminal)
        for question in questions.QUESTIONS:
            if question.name in ("broker_ca", "broker_user", "broker_password"):
                continue
            if question.name in ("certificate_names", "tls_cert", "tls_key"):
                continue
            terminal.answers((question.name, ""))
        terminal.answers(("write", ""))
        return terminal.ends(), terminal

    status, terminal = await asyncio.to_thread(second)
    assert (status, "All is well." in terminal.seen) == (0, True)
    for shown in ("[gw-12]", "[America/New_York]", "[embedded]", "[chief]", "[keep]"):
        assert shown in terminal.seen
    after = {n: c for n, c in everything_in(tmp_path).items() if not n.startswith("data")}
    assert after == before
    assert logins(tmp_path) == [("chief", None, "ops")]


@pytest.mark.parametrize(
    ("at", "way"),
    [
        ("language", "ctrl-c"),
        ("twilio_token", "ctrl-c"),
        ("admin_password", "hang-up"),
        ("write", "ctrl-c"),
        ("write", "no"),
    ],
)
async def test_whoever_breaks_off_leaves_nothing(
    at: str,
    way: str,
    config: Path,
    provider: ProviderStandIn,
    terminals: list[Terminal],
    tmp_path: Path,
) -> None:
    before = everything_in(tmp_path)
    given = {
        "language": "en", "provider": "twilio", "twilio_sid": provider.account_sid,
        "twilio_token": provider.auth_token, "twilio_from": provider.our_number,
        "listen": "127.0.0.1:8080", "admin_password": PASSWORD,
    }  # fmt: skip
    order = [
        "language", "id", "country", "timezone", "store", "broker", "adapters", "provider",
        "twilio_sid", "twilio_token", "twilio_from", "listen", "public_url", "admin",
        "admin_password", "again", "backup_path", "write",
    ]  # fmt: skip
    given |= {"again": PASSWORD, "broker": "embedded"}

    def talk() -> int:
        terminal = Terminal("setup", "--config", str(config))
        terminals.append(terminal)
        terminal.answers(*((name, given.get(name, "")) for name in order[: order.index(at)]))
        terminal.until_asked(at)
        if way == "ctrl-c":
            terminal.breaks_off()
        elif way == "hang-up":
            terminal.hangs_up()
        else:
            terminal.types("n")
        return terminal.ends()

    assert await asyncio.to_thread(talk) != 0
    assert everything_in(tmp_path) == before


async def test_it_asks_in_chinese_where_the_machine_speaks_it(
    config: Path, terminals: list[Terminal]
) -> None:
    def talk() -> str:
        terminal = Terminal("setup", "--config", str(config), language="zh_CN.UTF-8")
        terminals.append(terminal)
        terminal.until("[zh]: ")
        terminal.types("")
        terminal.until(words.say("zh", "id"))
        terminal.until(": ")
        terminal.types("")
        terminal.until("[CN]: ")
        terminal.types("XX")
        terminal.until("不可用：there is no country 'XX'; write its two capital letters, as CN")
        terminal.until("[CN]: ")
        terminal.types("")
        return terminal.until("]: ")

    assert "时区 [Asia/Shanghai" in await asyncio.to_thread(talk)


def modes(folder: Path) -> dict[str, int]:
    return {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir() if p.is_file()}


def fingerprint(path: Path) -> str:
    der = ssl.PEM_cert_to_DER_cert(path.read_text())
    return ":".join(f"{byte:02X}" for byte in hashlib.sha256(der).digest())


def logins(folder: Path) -> list[Any]:
    store = sqlite3.connect(folder / "data" / "doorwatch.db")
    found = store.execute("SELECT name, person_id, role FROM users").fetchall()
    store.close()
    return found
