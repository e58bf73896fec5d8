"""The HTTP API against its own OpenAPI document, by schemathesis, on a running gateway.

Every check it has: answers as documented, bad input refused, good input taken, no call without a
login, nothing that makes the gateway fail. A fixed seed: a red run can be run again.
"""

import asyncio
import json
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.browser import Shown, gateway_with_pages
from tests.support.web import PASSWORD

SEED = "20260301"
EXAMPLES = "15"  # of each call and phase
CONFIG = """
[auth.openapi.APIKeyCookie]
api_key = "{}"
"""
WAIT_S = 300.0  # a busy machine; it takes some 40 s


def log_in(shown: Shown, name: str) -> tuple[str, str]:
    """The cookie's value, and the token."""
    request = urllib.request.Request(
        f"{shown.url}/api/v1/login",
        json.dumps({"name": name, "password": PASSWORD}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        cookie = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
        return cookie, json.load(answer)["csrf"]


async def schemathesis(shown: Shown, folder: Path, *only: str) -> tuple[int, str]:
    cookie, csrf = await asyncio.to_thread(log_in, shown, "desk")
    (folder / "schemathesis.toml").write_text(CONFIG.format(cookie))
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")),
        *("--config-file", str(folder / "schemathesis.toml"), "run"),
        f"{shown.url}/api/openapi.json",
        *("--checks", "all", "--seed", SEED, "--max-examples", EXAMPLES, "--no-color"),
        *("-H", f"X-CSRF-Token: {csrf}"),
        *only,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), WAIT_S)
    return process.returncode or 0, said.decode()


@pytest.mark.parametrize(
    "only",
    [
        ["--exclude-path-regex", "/(login|logout)$"],  # after a logout all would be 401
        ["--include-path-regex", "/(login|logout)$", "--phases", "examples,coverage,fuzzing"],
    ],
    ids=["calls", "login"],
)
async def test_the_api_keeps_its_document(tmp_path: Path, only: list[str]) -> None:
    async with gateway_with_pages(tmp_path, households=3) as shown:
        for sensor in ("S1", "S2"):
            await shown.door(sensor, "closed")
            await shown.door(sensor, "open")
        await shown.site.until(lambda: len(shown.site.incidents()) == 2)
        status, said = await schemathesis(shown, tmp_path, *only)
        assert status == 0, said
        assert "tested" in said.lower(), said
        log = shown.site.log.read_text()
        assert "Traceback" not in log, log
