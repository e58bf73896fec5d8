"""What the log says of a broker that comes, goes, or is left because the gateway stops."""

import asyncio
import logging
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.config import load
from gateway.intake import Intake
from gateway.ledger.model import Ledger
from gateway.loading import Before
from gateway.metrics import Metrics
from gateway.sources import Sources
from gateway.web.health import Health
from simulators.broker import Mosquitto

PATIENCE_S = 30.0


@pytest.mark.parametrize(("dies", "level"), [(False, logging.INFO), (True, logging.WARNING)])
async def test_only_a_broker_that_goes_by_itself_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, dies: bool, level: int
) -> None:
    caplog.set_level(logging.INFO, "doorwatch.sources")
    health = Health()
    async with Mosquitto() as broker:
        (tmp_path / "config.toml").write_text(
            f'[ble]\nenabled = false\n[mqtt]\nurl = "{broker.url}"\n'
        )
        config = load(tmp_path / "config.toml")
        sources = Sources(
            config, lambda delivery: None, SystemClock(0), Intake(), health, Metrics((), ()),
            Before(None, {}),
        )  # fmt: skip
        sources.use(Ledger.empty())
        await sources.start()
        await _until(health, up=True)
        if dies:
            await broker.kill()
            await _until(health, up=False)
        else:
            await sources.stop_hearing()
        await sources.stop()
    came, went, *_ = caplog.records
    assert (came.levelno, came.getMessage()) == (logging.INFO, "broker up=True")
    assert went.levelno == level
    assert went.getMessage().startswith("broker up=False ")


async def _until(health: Health, *, up: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while health.sources["broker"] is not up:
            await asyncio.sleep(0.01)
