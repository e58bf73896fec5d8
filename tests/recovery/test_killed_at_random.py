"""Killed a hundred times: nothing that was acknowledged is lost, nothing is said twice."""

import asyncio
import random
from pathlib import Path

from tests.support.killed import HOMES, town_in

KILLS = 100


async def test_a_hundred_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(20260302)
    async with town_in(tmp_path) as town:
        await town.site.start()
        await town.site.ready()  # from here on the broker keeps a session for the gateway
        homes = list(range(1, HOMES + 1))
        for home in homes:
            await town.say(home, "closed")
        waiting = [(home, state) for home in homes for state in ("open", "closed")]
        # Every home opens before it closes; otherwise they come as they like.
        order = sorted(waiting, key=lambda each: (chance.random() + (each[1] == "closed"), each[0]))

        async def live() -> None:
            for home, state in order:
                await town.say(home, state)
                await asyncio.sleep(chance.uniform(0.0, 0.4))

        living = asyncio.create_task(live())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.0, 3.0))
            await town.site.kill()
            await town.site.start()
        await living
        await town.site.kill()
        await town.everything_told()
        town.check()
