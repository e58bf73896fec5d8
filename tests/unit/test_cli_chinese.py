"""``check``, ``sensors list`` and ``replay`` speak the gateway's language; JSON stays as it is."""

import asyncio
import re
from pathlib import Path

import pytest

from gateway.cli import spoken
from rules.moment import MINUTE, SECOND
from tests.support.cli import Run, Site, runner
from tests.support.replayed import lived

NIGHT = "2026-03-02 05:00"
OURS = re.compile(  # names of keys, files, options, ids, protocols and the site's own words
    r"[a-z_]+\.toml|doorwatch\b|supervision_minutes|isolation_end|rules\.\S+|\[\w+\]|--\w+|T\b|\b[A-Z]\d\w*|FILE\.csv"
    r"|/\S+|json|bthome|front|inner|held_open_minuts|held_open_minutes|defaults|household|curfew"
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.store.parent.mkdir()
    text = site.config.read_text(encoding="utf-8")
    site.config.write_text(text.replace('"en"', '"zh"'), encoding="utf-8")
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)


def english(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}", OURS.sub("", text))


def test_check(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    said = run("check").out
    assert said.splitlines()[0] == "网关"
    assert "  门磁 S2：bthome 不开门就不出声：坏了不会知道；" in said
    last = said.splitlines()[-1]
    assert last.startswith(f"{site.config}：没有错误，")
    assert last.endswith(
        f"；出厂规则，config.toml 旁边没有 rules.toml；台账第 1 版，在 {site.store}"
    )
    assert not english(said)


def test_check_of_files_that_are_wrong(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    site.write("rules.toml", "[defaults]\nheld_open_minuts = 3\n")
    assert run("check").out.splitlines() == [
        "rules.toml: defaults.held_open_minuts：不认识；是不是想写 held_open_minutes？",
        f"1 处错误；改好以后再看台账；台账第 1 版，在 {site.store}",
    ]
    with site.config.open("a", encoding="utf-8") as config:  # its language is known all the same
        config.write("[wat]\n")
    assert not english(run("check").out.splitlines()[1])
    assert run("check", "--json").json()[0]["what"] == "is not known"


def test_sensors(run: Run, site: Site) -> None:
    live(site, (MINUTE, "open S1"))
    heading, first, *_ = run("sensors", "list").out.splitlines()
    assert heading.split() == ["门磁", "户号", "协议", "位置", "状态", "上次听到", "电量", "密钥"]
    assert first.split() == ["S1", "H1", "json", "front", "开", "2026-03-02", "05:01:00", "-", "无"]
    assert run("sensors", "list", "--json").json()[0]["state"] == "open"


def live(site: Site, *story: tuple[int, str]) -> None:
    async def work() -> None:
        _, database = await lived(site, story, site.store)
        await database.close()

    asyncio.run(work())


def test_the_journal_replayed(run: Run, site: Site) -> None:
    live(site, (30 * MINUTE, "open S3"), (MINUTE, "close S3"), (2 * MINUTE, "ack H3 P1"))
    rules = site.write("trial.toml", "[defaults]\ncurfew = {start = '23:00', end = '05:00'}\n")
    typed = run("replay", "--since", NIGHT, "--rules", rules)
    assert typed.out.splitlines() == [
        "从 2026-03-02 05:00:00 到 2026-03-02 05:33:00",
        "类型          事件 当时  重演  短信 当时  重演  电话 当时  重演",
        "未经许可开门  1          1     2          1     1          0",
        "合计          1          1     2          1     1          0",
        "3-2-503：短信 2 -> 1，电话 1 -> 0，严重 -> 高",
        "按这些规则，会少发 1 条短信和少发 1 个电话。",
    ]
    same = run("replay", "--since", NIGHT).out.splitlines()[-1]
    assert same == "按这些规则，发的一样多：2 条短信和1 个电话。"
    later = run("replay", "--since", "2026-03-03").out
    assert later == "2026-03-02 05:33:00 以后没有记录：请把 --since 提早\n"


def test_answers_that_found_no_incident(run: Run, site: Site) -> None:
    live(site, (110 * MINUTE, "open S3"), (SECOND, "close S3"), (MINUTE, "ack H3 P1"))
    rules = site.write("trial.toml", "[defaults]\nwindow_grace_minutes = 30\n")
    said = run("replay", "--since", NIGHT, "--rules", rules).out
    assert "1 次应答没有对应的事件：按这些规则，那扇门当时没有事件。" in said
    assert not english(said)


def test_a_log_replayed(run: Run, site: Site) -> None:
    run("ledger", "import", *site.files)
    log = site.write("log.csv", (
        "at,sensor_id,state\n2026-03-01 06:59,S1,closed\n2026-03-01 07:00,S1,open\n"
        "2026-03-01 07:01,S1,closed\n2026-03-01 09:00,S1,open\n2026-03-01 09:01,S1,closed\n"
    ))  # fmt: skip
    said = run("replay", "--readings", log).out
    assert said.splitlines()[0].split() == ["时间", "户号", "判定", "级别", "原因", "事件", "通知"]
    assert "09:00 网格员短信" in said
    assert said.splitlines()[-1] == "2 个判定（许可 1、未经许可开门 1），1 起事件，会通知：短信 1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "2026-03-02", "--until", "2026-03-01"), "--until 早于 --since，请对调"),
        (("--since", "2026-03-02", "--rules", "bad.toml"), "bad.toml: wat：不认识；请删掉；"),
    ],
)
def test_what_a_replay_refuses(run: Run, site: Site, words: tuple[str, ...], said: str) -> None:
    live(site)
    bad = site.write("bad.toml", "[wat]\n")
    typed = run("replay", *(bad if word == "bad.toml" else word for word in words))
    assert typed.status == 2
    assert said in typed.err


def test_the_next_command_begins_anew(run: Run, site: Site) -> None:
    run("check")
    assert spoken.in_chinese()
    run("replay")  # which knows no configuration yet
    assert not spoken.in_chinese()
