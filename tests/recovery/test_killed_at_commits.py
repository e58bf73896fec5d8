"""Killed at the worst moments: nothing that was acknowledged is lost, nothing is said twice."""

import asyncio
from pathlib import Path

from tests.support.killed import town_in

CRASHING = (str(Path(__file__).with_name("crash_at.py")),)


async def test_killed_once_at_every_boundary_of_a_commit(tmp_path: Path) -> None:
    async with town_in(tmp_path) as town:
        await town.site.start()
        await town.site.ready()
        assert await town.site.stop() == 0
        unharmed, home = town.site._program, 0
        for place in ("begin", "commit", "committed", "sent"):
            for number in range(1, 13 if place != "sent" else 3):
                home += 1
                town.site._program = (*CRASHING, place, str(number), "run")
                await town.site.start()
                await town.say(home, "closed")
                await town.say(home, "open")
                await town.say(home, "closed")
                assert await asyncio.wait_for(town.site.wait(), 30) == -9, (place, number)
        town.site._program = unharmed
        await town.everything_told()
        town.check()
