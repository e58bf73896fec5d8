"""The day on which the report opens."""

from pathlib import Path

import pytest

from rules.moment import DAY
from tests.support.desk import LEDGER
from tests.support.web import web

TODAY = "2026-03-02"


@pytest.mark.parametrize(
    ("days_ago", "opens_on"), [(0, TODAY), (1, "2026-03-01"), (9, "2026-03-01"), (None, TODAY)]
)
async def test_it_opens_on_a_day_that_has_something_to_show(
    tmp_path: Path, days_ago: int | None, opens_on: str
) -> None:
    """Yesterday; on the first day of a gateway that day itself: nobody was watched before it."""
    async with web(tmp_path, LEDGER) as here:
        now = here.desk.clock.now()
        if days_ago is None:
            await here.site.database.rows("DELETE FROM ledger")
        else:
            await here.site.database.rows("UPDATE ledger SET at = ?", (now - days_ago * DAY,))
        page = await (await here.client("command")).get("/report")
        assert f"<title>Report of {opens_on}" in page.text
        assert ("so far" in page.text) is (opens_on == TODAY)
