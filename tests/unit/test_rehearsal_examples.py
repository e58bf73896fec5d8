"""The worked examples of the rules, as logs that ``doorwatch replay`` judges."""

from pathlib import Path

import pytest

from tests.support.cli import Run, Site, Typed, runner

DAY = "2026-03-02"  # a Monday in the isolation of H1 and H2; H3's last day


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)


def log_of(story: str) -> str:
    """``open 07:10; close 07:12 S1b`` as a log; every sensor in it is closed at midnight."""
    rows, sensors = [], {}
    for line in story.split(";"):
        what, clock, *rest = line.split()
        sensor = rest[0] if rest else "S1"
        received = f"{DAY} {rest[1]}" if len(rest) > 1 else ""
        sensors[sensor] = None
        state = "open" if what == "open" else "closed"
        rows.append(f"{DAY} {clock},{sensor},{state},{received}")
    first = [f"{DAY} 00:00,{sensor},closed," for sensor in sensors]
    return "\n".join(["at,sensor_id,state,received_at", *first, *rows, ""])


def replay(run: Run, site: Site, story: str, until: str = "") -> list[dict]:
    typed: Typed = run(
        "replay", "--json", "--readings", site.write("log.csv", log_of(story)),
        "--ledger", site.ledger, *(["--until", f"{DAY} {until}"] if until else []),
    )  # fmt: skip
    assert typed.status == 0, typed.err
    return typed.json()


def said(verdicts: list[dict]) -> list[str]:
    return [
        " ".join(filter(None, [v["verdict"], v["severity"], v["at"][11:16], v["reason"]]))
        for v in verdicts
    ]


def told(verdict: dict) -> list[str]:
    return [f"{a['at'][11:16]} {a['role']} {a['channel']}" for a in verdict["alerts"]]


@pytest.mark.parametrize(
    ("story", "until", "verdicts"),
    [
        ("open 06:56; close 06:58", "", ["permitted 06:56 window"]),
        ("open 06:50; close 06:51", "", ["unauthorised_opening high 06:50 uncovered"]),
        (
            "open 07:10; close 07:12; open 07:30; close 07:31",
            "",
            ["permitted 07:10 window", "window_overrun medium 07:30 window_used_up"],
        ),
        (
            "open 07:10",
            "07:20",
            ["permitted 07:10 window", "held_open high 07:20 open_too_long"],
        ),
        ("open 07:10", "07:19", ["permitted 07:10 window"]),
        (
            "open 07:58",
            "08:05",
            ["permitted 07:58 window", "window_overrun high 08:05 open_past_end"],
        ),
        ("open 08:00; close 08:01", "", ["unauthorised_opening high 08:00 uncovered"]),
        (
            "open 23:10; close 23:11; open 23:15; close 23:16",
            "",
            [
                "unauthorised_opening critical 23:10 uncovered_in_curfew",
                "unauthorised_opening critical 23:15 uncovered_in_curfew",
            ],
        ),
        (
            "open 09:00; close 09:01; open 09:20; close 09:21; open 09:40; close 09:41",
            "",
            [
                "unauthorised_opening high 09:00 uncovered",
                "unauthorised_opening high 09:20 uncovered",
                "repeated_opening critical 09:40 repeated",
            ],
        ),
        (
            "open 14:00:00; close 14:00:06; open 14:00:12; close 14:01",
            "",
            ["unauthorised_opening high 14:00 uncovered"],
        ),
        ("open 10:00 S3; close 10:01 S3", "", ["unauthorised_opening high 10:00 uncovered"]),
        (
            "open 12:00; close 12:01; open 12:00:20 S1b; close 12:02 S1b",
            "",
            ["unauthorised_opening high 12:00 uncovered"],
        ),
    ],
)
def test_worked_example(run: Run, site: Site, story: str, until: str, verdicts: list[str]) -> None:
    assert said(replay(run, site, story, until)) == verdicts


def test_alerts_stand_under_the_decision_that_began_their_chain(run: Run, site: Site) -> None:
    first, second, third = replay(
        run,
        site,
        "open 09:00; close 09:01; open 09:20; close 09:21; open 09:40; close 09:41",
        until="10:10",
    )
    assert told(first) == [
        "09:00 member sms",
        "09:05 member voice",
        "09:05 leader sms",
        "09:10 leader voice",
        "09:20 community sms",
        "09:30 command sms",
        "09:30 command voice",
    ]
    assert told(second) == []  # joins, and the chain was running
    assert told(third) == [
        "09:40 member sms",
        "09:40 member voice",
        "09:40 leader sms",
        "09:45 leader voice",
        "09:50 community sms",
        "09:50 community voice",
        "10:10 command sms",  # a step due at --until itself is taken
        "10:10 command voice",
    ]
    assert {first["incident"], second["incident"], third["incident"]} == {1}


def test_a_joining_opening_in_the_curfew_alerts_nobody(run: Run, site: Site) -> None:
    first, second = replay(run, site, "open 23:10; close 23:11; open 23:15; close 23:16")
    assert told(first) == [
        "23:10 member sms", "23:10 member voice", "23:10 leader sms", "23:15 leader voice"
    ]  # fmt: skip
    assert (second["incident"], second["alerts"]) == (1, [])


def test_incidents_are_counted_over_all_households(run: Run, site: Site) -> None:
    verdicts = replay(
        run, site, "open 09:00 S2; close 09:01 S2; open 09:30; close 09:31; open 09:35 S2"
    )
    assert [(v["household_id"], v["incident"]) for v in verdicts] == [
        ("H2", 1), ("H1", 2), ("H2", 1)
    ]  # fmt: skip


def test_the_first_word_of_a_sensor_is_no_opening(run: Run, site: Site) -> None:
    log = site.write("log.csv", f"at,sensor_id,state\n{DAY} 09:00,S1,open\n{DAY} 09:01,S1,open\n")
    typed = run("replay", "--readings", log, "--ledger", site.ledger, "--json")
    assert typed.json() == []
    typed = run(
        "replay", "--readings", log, "--ledger", site.ledger, "--until", f"{DAY} 09:10", "--json"
    )
    assert said(typed.json()) == ["held_open high 09:03 standing_open"]


def test_a_late_reading_is_judged_when_it_happened_and_told_when_it_came(
    run: Run, site: Site
) -> None:
    """The window of the morning covered it, although it was over when we heard."""
    covered = replay(run, site, "open 07:10 S1 09:00; close 07:12 S1 09:00")
    assert said(covered) == ["permitted 07:10 window"]
    breach = replay(run, site, "open 06:30 S1 07:30; close 06:31 S1 07:30")
    assert said(breach) == ["unauthorised_opening high 06:30 uncovered"]
    assert told(breach[0]) == ["07:30 member sms"]


def test_what_comes_after_the_purge_is_dropped(run: Run, site: Site) -> None:
    log = site.write(
        "log.csv",
        f"at,sensor_id,state,received_at\n{DAY} 00:00,S1,closed,\n"
        f"{DAY} 09:00,S1,open,2026-03-16 09:00:01\n",
    )
    typed = run("replay", "--readings", log, "--ledger", site.ledger)
    assert typed.out.splitlines() == [
        "0 decisions (none), 0 incidents, would have told: nobody",
        "1 readings came too late to count",
    ]


def test_the_same_line_twice_is_one(run: Run, site: Site) -> None:
    verdicts = replay(
        run, site, "open 09:00; close 09:01; open 09:00 S1 09:30; close 09:01 S1 09:30"
    )
    assert said(verdicts) == ["unauthorised_opening high 09:00 uncovered"]


def test_after_isolation_nothing_follows(run: Run, site: Site) -> None:
    log = site.write(
        "log.csv",
        "at,sensor_id,state\n2026-03-02 23:59:59,S3,closed\n2026-03-03T00:00:00+08:00,S3,open\n",
    )
    typed = run("replay", "--readings", log, "--ledger", site.ledger, "--json")
    assert said(typed.json()) == ["not_isolating 00:00 not_isolating"]
    assert typed.json()[0]["alerts"] == []
    assert typed.json()[0]["severity"] is None
    assert typed.json()[0]["incident"] is None


def test_any_order_of_lines_gives_the_same(run: Run, site: Site) -> None:
    story = "open 09:00; close 09:01; open 23:15; close 23:16"
    turned = ";".join(reversed(story.split(";")))
    assert replay(run, site, turned) == replay(run, site, story)


def test_other_rules(run: Run, site: Site) -> None:
    rules = site.write("other.toml", "[defaults]\ncurfew = {start = '20:00', end = '06:00'}\n")
    log = site.write("log.csv", log_of("open 21:00; close 21:01"))
    typed = run("replay", "--readings", log, "--ledger", site.ledger, "--rules", rules, "--json")
    assert said(typed.json()) == ["unauthorised_opening critical 21:00 uncovered_in_curfew"]


def test_readable_without_json(run: Run, site: Site) -> None:
    log = site.write("log.csv", log_of("open 07:10; close 07:12; open 09:00"))
    typed = run("replay", "--readings", log, "--ledger", site.ledger)
    assert typed.out.splitlines()[-1] == (
        "2 decisions (1 permitted, 1 unauthorised_opening), 1 incidents, would have told: 1 sms"
    )
    assert "09:00 member sms" in typed.out


BAD = """at,sensor_id,state,received_at,counter,battery
2026-03-02 09:00,S1,open,,,
nonsense,S1,open,,,
2026-03-02,S1,open,,,
2026-03-02 09:00,S9,open,,,
2026-03-02 09:00,S1,ajar,,,
2026-03-02 09:00,S1,open,2026-03-02 08:00,,
2026-03-02 09:00,S1,open,,minus,140
,,,,,
,S1,,,,
"""


def test_every_bad_row_at_once(run: Run, site: Site) -> None:
    typed = run("replay", "--readings", site.write("log.csv", BAD), "--ledger", site.ledger)
    assert typed.status == 2
    assert typed.out == ""
    places = [line.split(": ")[:2] for line in typed.err.splitlines()]
    assert places == [
        ["log.csv:3", "at"],
        ["log.csv:4", "at"],
        ["log.csv:5", "sensor_id"],
        ["log.csv:6", "state"],
        ["log.csv:7", "received_at"],
        ["log.csv:8", "counter"],
        ["log.csv:8", "battery"],
        ["log.csv:10", "at"],
        ["log.csv:10", "state"],
    ]


@pytest.mark.parametrize(
    ("heading", "place"),
    [
        ("at,sensor_id", "log.csv:1: state"),
        ("at,sensor_id,state,recieved_at", "log.csv:1: recieved_at"),
        ("at,sensor_id,state,at", "log.csv:1: at"),
    ],
)
def test_wrong_headings(run: Run, site: Site, heading: str, place: str) -> None:
    log = site.write("log.csv", f"{heading}\n{DAY} 09:00,S1,open,\n")
    typed = run("replay", "--readings", log, "--ledger", site.ledger)
    assert typed.status == 2
    assert typed.err.startswith(f"{place}: ")


def test_times_of_any_offset_are_one_moment(run: Run, site: Site) -> None:
    log = site.write(
        "log.csv",
        "at,sensor_id,state\n2026-03-01T16:00:00Z,S1,closed\n2026-03-02T01:00:00.250Z,S1,open\n",
    )
    typed = run("replay", "--readings", log, "--ledger", site.ledger, "--json")
    assert typed.json()[0]["at"] == "2026-03-02T09:00:00.250+08:00"
