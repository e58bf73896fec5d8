"""The rules on the page: rehearsed by the real command, saved only as rehearsed, whole or not."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gateway.config import load
from gateway.errors import Mistakes
from gateway.rulesfile import RulesFile
from gateway.web.ops import rules_file
from gateway.web.ops.rehearsal import difference
from gateway.web.ops.work import State, Worker
from rules.moment import MINUTE
from tests.support.desk import LEDGER
from tests.support.web import Web, csrf, web

BEFORE = "[defaults]\nheld_open_minutes = 5\n"
OTHER = "[defaults]\nheld_open_minutes = 9\n"
PATIENCE_S = 60.0


@dataclass
class Bench:
    """Somebody of operations at the page, with a rules.toml on the disk."""

    here: Web
    client: httpx.AsyncClient
    token: str
    path: Path

    async def post(self, what: str, **form: str) -> httpx.Response:
        data = {"csrf": self.token, **form}
        return await self.client.post(f"/ops/rules/{what}", data=data)

    async def rehearsed(self, text: str, days: int = 1) -> str:
        """The page once the rehearsal has ended."""
        answer = await self.post("rehearse", text=text, days=str(days))
        assert answer.status_code == 303, answer.text
        async with asyncio.timeout(PATIENCE_S):
            while "<progress" in (page := await self.page()):
                await asyncio.sleep(0.05)
        return page

    async def page(self) -> str:
        return (await self.client.get("/ops/rules")).text


def _taken(text: str) -> RulesFile:
    try:
        return RulesFile.parse(text)
    except Mistakes:  # as at a start that somebody has spoilt since
        return RulesFile.parse(BEFORE)


@asynccontextmanager
async def bench(folder: Path, text: str = BEFORE) -> AsyncIterator[Bench]:
    path = folder / "rules.toml"
    path.write_text(text)
    config = folder / "config.toml"
    config.write_text(f'[store]\npath = "{folder / "doorwatch.db"}"\n')
    async with web(folder, config=load(config)) as here:
        here.site.config_path = config
        await here.desk.core.use(LEDGER, 1, _taken(text))

        async def take() -> None:
            await here.desk.core.use(LEDGER, 1, RulesFile.load(path))

        here.site.take_rules = take
        client = await here.client("ops")
        yield Bench(here, client, await csrf(client), path)


async def test_rules_are_rehearsed_compared_saved_and_noted(tmp_path):
    async with bench(tmp_path) as at:
        await at.here.desk.opens()
        await at.here.desk.passes_by(7)  # held open for 5 min, not yet for 9
        page = await at.rehearsed(OTHER)
        cells = '<td class="num">1</td><td class="num differs">5 → <strong>3</strong></td>'
        for name in ("opened without permission", "1栋2单元501", "all"):
            assert f"<tr><td>{name}</td>{cells}" in page
        assert "-held_open_minutes = 5" in page and "+held_open_minutes = 9" in page
        assert at.path.read_text() == BEFORE  # nothing is saved by looking
        answer = await at.post("save", text=OTHER)
        assert answer.headers["location"] == "/ops/rules?saved=1"
        assert at.path.read_text() == OTHER
        assert (tmp_path / "rules.toml.1").read_text() == BEFORE
        assert at.here.site.memory.rules.rules.held_open == 9 * MINUTE
        (row,) = await at.here.desk.database.rows(
            "SELECT who, subject, detail FROM audit WHERE what = 'rules'"
        )
        assert tuple(row) == (
            "ops", "rules.toml", "+1 -1 lines; rehearsed over 1 d; before: rules.toml.1",
        )  # fmt: skip


async def test_where_etc_leads_elsewhere_the_link_stays_and_the_rules_are_saved_there(tmp_path):
    """As the package has it: /etc/doorwatch is read-only to the service, its state is not."""
    etc, state = tmp_path / "etc", tmp_path / "state"
    etc.mkdir()
    state.mkdir()
    link = etc / "rules.toml"
    (state / "rules.toml").write_text(BEFORE)
    link.symlink_to(state / "rules.toml")
    before = sorted(etc.iterdir())
    assert rules_file.may_write(link)
    rules_file.replace(link, OTHER)
    assert link.is_symlink() and link.read_text() == OTHER
    assert (state / "rules.toml.1").read_text() == BEFORE
    assert sorted(etc.iterdir()) == before


async def test_what_was_not_rehearsed_in_exactly_this_text_is_not_saved(tmp_path):
    async with bench(tmp_path) as at:
        for prepare in (None, OTHER):
            if prepare:
                await at.rehearsed(prepare)
            answer = await at.post("save", text=OTHER.replace("9", "8"))
            assert answer.status_code == 409 and "not rehearsed in exactly" in answer.text
            assert "held_open_minutes = 8" in answer.text  # what was typed is not lost
        assert at.path.read_text() == BEFORE


async def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path):
    async with bench(tmp_path) as at:
        await at.rehearsed(OTHER)
        theirs = BEFORE.replace("5", "6")
        at.path.write_text(theirs)
        assert "Somebody changed the file" in await at.page()
        answer = await at.post("save", text=OTHER)
        assert answer.status_code == 409 and "Somebody changed the file" in answer.text
        assert at.path.read_text() == theirs


@pytest.mark.parametrize("what", ["rehearse", "save"])
@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("[defaults]\nheld_open_minuts = 5\n", "rules.toml: defaults.held_open_minuts", "mean"),
        ("[grid.G7]\nheld_open_minutes = 5\n", "rules.toml: grid.G7", "correct its id"),
        ("[defaults\n", "rules.toml", "mend that line"),
        ("[defaults]\nflap_minutes = 0\nflap_openings = 3\n", "rules.toml", "give flap_minutes"),
    ],
)
async def test_mistakes_are_shown_with_place_and_remedy(tmp_path, what, text, place, remedy):
    async with bench(tmp_path) as at:
        answer = await at.post(what, text=text)
        assert answer.status_code == 422
        assert place in answer.text and remedy in answer.text
        assert at.path.read_text() == BEFORE


async def test_a_folder_that_may_not_be_written_gets_the_command_instead(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write all
    async with bench(tmp_path) as at:
        page = await at.rehearsed(OTHER)
        assert "may not write" in page and "sudo install" in page
        assert 'action="/ops/rules/save"' not in page
        answer = await at.post("save", text=OTHER)
        assert answer.status_code == 409 and str(at.path) in answer.text
        draft = await at.client.get("/ops/rules/draft.toml")
        assert draft.text == OTHER and "rules.toml" in draft.headers["content-disposition"]
        assert at.path.read_text() == BEFORE


async def test_a_change_by_hand_that_is_not_in_force_is_said(tmp_path):
    async with bench(tmp_path) as at:
        assert "not in force" not in await at.page()
        at.path.write_text(OTHER)
        page = await at.page()
        assert "not in force" in page and "systemctl reload doorwatch" in page


async def test_a_draft_is_discarded(tmp_path):
    async with bench(tmp_path) as at:
        await at.rehearsed(OTHER)
        assert "held_open_minutes = 9" in await at.page()
        await at.post("discard")
        assert "held_open_minutes = 9" not in await at.page()


async def test_a_rehearsal_is_cancelled_and_there_is_one_at_a_time(tmp_path):
    async with bench(tmp_path) as at:
        assert (await at.post("rehearse", text=OTHER)).status_code == 303
        second = await at.post("rehearse", text=BEFORE)
        assert second.status_code == 409 and "Another rehearsal" in second.text
        await at.post("cancel")
        page = await at.page()
        assert "Cancelled" in page and 'action="/ops/rules/save"' not in page


async def test_the_configuration_is_checked_from_the_page(tmp_path):
    async with bench(tmp_path, BEFORE + "held_open = 5\n") as at:

        async def checked() -> str:
            await at.client.post("/ops/check", data={"csrf": at.token})
            async with asyncio.timeout(PATIENCE_S):
                while "<progress" in (page := (await at.client.get("/ops/check")).text):
                    await asyncio.sleep(0.05)
            return page

        page = await checked()
        assert "Mistakes: 1" in page and "rules.toml: defaults.held_open" in page
        assert "did you mean held_open_minutes?" in page
        at.path.write_text(BEFORE)
        assert "No mistakes" in await checked()


async def test_without_a_configuration_file_nothing_is_run(tmp_path):
    async with bench(tmp_path) as at:
        at.here.site.config_path = None
        assert "not started from a configuration file" in (await at.client.get("/ops/check")).text
        assert (await at.post("rehearse", text=OTHER)).status_code == 409


# -- the parts beneath -------------------------------------------------------------------------


def test_the_ones_before_stay_beside_it(tmp_path):
    path = tmp_path / "rules.toml"
    for number in range(8):
        rules_file.replace(path, f"{number}")
    found = {one.name: one.read_text() for one in tmp_path.iterdir()}
    assert found == {
        "rules.toml": "7", "rules.toml.1": "6", "rules.toml.2": "5", "rules.toml.3": "4",
        "rules.toml.4": "3", "rules.toml.5": "2",
    }  # fmt: skip


def test_a_file_keeps_its_mode(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text("")
    path.chmod(0o644)
    rules_file.replace(path, BEFORE)
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("sent", "written"), [("a\r\nb", "a\nb\n"), ("a\n", "a\n"), ("", ""), ("a\rb\n", "a\nb\n")]
)
def test_a_forms_lines_become_a_files(sent, written):
    assert rules_file.unixed(sent) == written


def program(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


@pytest.mark.parametrize(
    ("text", "state", "said"),
    [
        ("print('{}')", State.DONE, ""),
        ("import sys; print('37 %\\nwhy', file=sys.stderr)", State.FAILED, "why"),
        ("import time; time.sleep(600)", State.LATE, ""),
        ("print('x' * 9_000_000)", State.FAILED, "the answer is longer than 8000000 bytes"),
    ],
    ids=["done", "failed", "late", "too long"],
)  # fmt: skip
async def test_how_a_command_ends(text, state, said):
    worker = Worker(program(text), longest_s=0.5 if state is State.LATE else PATIENCE_S)
    ended = asyncio.Event()

    async def after(work) -> None:
        ended.set()

    work = worker.start([], after)
    async with asyncio.timeout(PATIENCE_S):
        await ended.wait()
    assert (work.state, work.said) == (state, said)
    assert work.percent == (37 if said == "why" else 0)


def test_only_households_that_differ_are_shown():
    sums = {"incidents": 1, "texts": 2, "calls": 0, "chats": 0}
    more = {**sums, "texts": 5}
    found = difference(
        {
            "was": {**sums, "by_kind": {"held_open": sums}, "by_household": {"H1": sums}},
            "would_be": {
                **more,
                "by_kind": {"held_open": more},
                "by_household": {"H1": sums, "H2": more},
            },
            "answers_dropped": 0,
        }
    )
    assert [row.name for row in found.households] == ["H2"]
    assert found.differs and found.names == ("incidents", "texts", "calls")
