"""``doorwatch run``: the daemon."""

from typing import TYPE_CHECKING

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, app

if TYPE_CHECKING:
    from gateway.daemon import Daemon

# Young objects die young; what a start has built stays for good, so it is not walked again.
GC_YOUNG = 50_000
# Seconds after which a thread must let another run (5 ms by default): the loop waits for the
# writer's and the provider's threads many times before a text leaves.
SWITCH_S = 0.0005
LOCK_S = 5.0  # a command that stands in for the gateway holds the store no longer than this


@app.command()
def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the gateway until SIGTERM. SIGHUP reads rules and ledger again."""
    import os  # noqa: PLC0415

    from gateway import logs  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.daemon import Daemon  # noqa: PLC0415
    from gateway.lock import Lock  # noqa: PLC0415

    loaded = data.configuration(config)
    logs.install()
    os.umask(0o077)  # names and phones: nobody else reads the store
    data.make_folder(loaded.store.path)
    lock = Lock(loaded.store.path)
    if not lock.acquire(seconds=LOCK_S):
        raise Failed(f"another gateway runs on {loaded.store.path}")
    try:
        data.run(_run(Daemon(loaded, config_path=config)))
    except OSError as error:
        raise Failed(str(error)) from error
    finally:
        lock.release()


async def _run(daemon: "Daemon") -> None:
    import asyncio  # noqa: PLC0415

    settled = asyncio.create_task(_settle(daemon))
    try:
        await daemon.run()
    finally:
        settled.cancel()


async def _settle(daemon: "Daemon") -> None:
    import gc  # noqa: PLC0415
    import sys  # noqa: PLC0415

    sys.setswitchinterval(SWITCH_S)
    await daemon.ready.wait()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_YOUNG, 20, 20)
