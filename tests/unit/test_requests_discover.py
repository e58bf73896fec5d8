"""What is heard is answered from memory: nothing is decided, and no answer is kept for long."""

import json
from pathlib import Path
from typing import cast

from drivers.stranger import Stranger
from gateway import requests
from gateway.core import Core
from gateway.discovery import Discovery
from gateway.store.database import Database

NO_CORE = cast(Core, None)  # such a request never reaches it


async def test_old_answers_are_forgotten_and_other_requests_are_not(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "store.db")
    discovery = Discovery(lambda stranger: False, lambda on: None, {})
    discovery.heard(Stranger("mqtt", "json", "doors/门", 7))
    try:
        other = await requests.add(database, {"asks": "for nothing"}, 0)
        asked = []
        for _ in range(requests.TOLD_KEPT + 2):
            asked.append(await requests.add(database, {"do": "discover"}, 0))
            await requests.serve(database, NO_CORE, discovery)
            told = await requests.answer_of(database, asked[-1])
            assert told is not None
            assert [each["address"] for each in told["found"]] == ["doors/门"]
        rows = await database.rows("SELECT id, body FROM requests ORDER BY id")
        kept = [row["id"] for row in rows if json.loads(row["body"]).get("do") == "discover"]
        assert kept == asked[-requests.TOLD_KEPT :]
        assert other in [row["id"] for row in rows]
        assert "error" in (await requests.answer_of(database, other) or {})
    finally:
        discovery.stop()
        await database.close()
