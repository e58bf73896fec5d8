"""What ``doorwatch setup`` tries before it believes an answer: the provider, the broker."""

import asyncio
import json
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.brokers.mosquitto import Mosquitto
from simulators.provider.standin import ProviderStandIn

PASSWORD = "a long enough one"
WRONG = "not-the-token"


@pytest.fixture
async def provider() -> AsyncIterator[ProviderStandIn]:
    async with ProviderStandIn() as provider:
        yield provider


async def test_a_wrong_token_among_the_answers_changes_nothing(
    provider: ProviderStandIn, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[twilio]\napi_base = "{provider.base_url}"\n')
    answers, token = tmp_path / "answers.toml", tmp_path / "token"
    write_secret(token, WRONG)
    answers.write_text(
        f'broker = "embedded"\nlisten = "127.0.0.1:8080"\nadmin = "-"\nprovider = "twilio"\n'
        f'twilio_sid = "{provider.account_sid}"\ntwilio_token_file = "token"\n'
        f'twilio_from = "{provider.our_number}"\n'
    )
    before = everything_in(tmp_path)
    status, _, err = await run("setup", "--answers", answers, "--force", "--config", config)
    assert (status, everything_in(tmp_path)) == (2, before)
    assert "twilio_token_file: Twilio does not know this account with this token" in err
    token.write_text(provider.auth_token)
    status, _, err = await run("setup", "--answers", answers, "--force", "--config", config)
    assert (status in (0, 1), err) == (True, "")
    assert read(config)["twilio"]["auth_token_file"] == "token"


async def test_where_twilio_cannot_be_reached_the_token_is_taken(tmp_path: Path) -> None:
    config, token = tmp_path / "config.toml", tmp_path / "token"
    config.write_text('[twilio]\napi_base = "http://127.0.0.1:9"\n')
    write_secret(token, WRONG)
    status, out, err = await run(
        "setup", "--yes", "--force", "--config", config, "--broker", "embedded", "--listen",
        "127.0.0.1:0", "--admin", "-", "--provider", "twilio", "--twilio-sid", "AC" + "5" * 32,
        "--twilio-from", "+12025550100", "--twilio-token-file", token,
    )  # fmt: skip
    assert (status, err) == (1, "")
    assert "no_connection" in out


@pytest.mark.parametrize(("password", "lets_in"), [(PASSWORD, True), (WRONG, False)])
async def test_the_account_at_the_broker_is_tried(
    password: str, lets_in: bool, tmp_path: Path
) -> None:
    config, word = tmp_path / "config.toml", tmp_path / "word"
    write_secret(word, password)
    async with Mosquitto(users={"doorwatch": PASSWORD}, persistence=False) as broker:
        _, out, err = await run(
            "setup", "--yes", "--json", "--config", config, "--admin", "-",
            "--listen", "127.0.0.1:0", "--broker", f"mqtt://127.0.0.1:{broker.port}",
            "--broker-user", "doorwatch", "--broker-password-file", word,
        )  # fmt: skip
    assert err == ""
    (found,) = [one for one in json.loads(out)["doctor"] if one["part"].startswith("broker")]
    assert found["ok"] is lets_in


def write_secret(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


async def run(*given: object) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", *map(str, given),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def read(config: Path) -> dict[str, Any]:
    return tomllib.loads(config.read_text())


def everything_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
