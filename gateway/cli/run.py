"""``doorwatch run``: the daemon."""

import asyncio
import gc
import logging
import sys

from gateway import config as configuration
from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, app
from gateway.daemon import Daemon

# Young objects die young; what a start has built stays for good, so it is not walked again.
GC_YOUNG = 50_000


@app.command()
def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the gateway until SIGTERM; SIGHUP reads rules and ledger again."""
    loaded = configuration.load(config)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="level=%(levelname)s logger=%(name)s msg=%(message)s",
    )
    daemon = Daemon(loaded)
    asyncio.run(_run(daemon))


async def _run(daemon: Daemon) -> None:
    settled = asyncio.create_task(_settle(daemon))
    try:
        await daemon.run()
    finally:
        settled.cancel()


async def _settle(daemon: Daemon) -> None:
    await daemon.ready.wait()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_YOUNG, 20, 20)
