"""A trial's figures: what is counted, what was lost, how much signal there is to spare."""

import pytest

from gateway.web.install.trial import FLOOR_DBM, OPENINGS, Figures, Said, figures, heard_after

S = 1_000


def said(story: str, *, every: int = S, rssi: int | None = None) -> list[Said]:
    """``o1 c2 o``: open with number 1, closed with number 2, open without one."""
    doors = {"o": True, "c": False, "-": None}
    return [
        Said(n * every, doors[word[0]], int(word[1:]) if word[1:] else None, rssi)
        for n, word in enumerate(story.split())
    ]


@pytest.mark.parametrize(
    ("story", "count", "is_open"),
    [
        ("", 0, False),
        ("o", 0, True),
        ("o c", 1, False),
        ("c o c", 1, False),
        ("o c o c o", 2, True),
        ("o o c c", 1, False),  # a closing that was lost is no opening less
    ],
)
def test_an_opening_counts_with_its_closing(story: str, count: int, is_open: bool) -> None:
    found = figures(said(story), [], "bthome", 256)
    assert (found.openings, found.is_open) == (count, is_open)


@pytest.mark.parametrize(
    ("story", "below", "heard", "lost"),
    [
        ("o1 c2 o3 c4", 256, 4, 0),
        ("o1 o1 c2 c2", 256, 2, 0),  # a burst is one message
        ("o1 c4", 256, 2, 2),
        ("o254 c1", 256, 2, 2),  # 255 and 0
        ("o1 -2 c3", 256, 3, 0),  # battery or light take a number, too
        ("o200 c3", 256, 2, 0),  # too far: it was restarted
        ("o10 c12", None, 2, 1),  # a counter that only grows
        # without numbers: a door that is told to stand as it stood
        ("o c o c", None, 4, 0),
        ("o c c o", None, 3, 0),  # said again at once: the same message
    ],
)
def test_what_was_lost(story: str, below: int | None, heard: int, lost: int) -> None:
    found = figures([], said(story), "bthome", below)
    assert (found.heard, found.lost) == (heard, lost)


def test_without_numbers_a_state_said_again_later_was_lost_between() -> None:
    assert figures([], said("o c c o", every=3 * S), "zigbee2mqtt", None).lost == 1


def test_what_a_person_did_and_nobody_counted_is_lost() -> None:
    found = figures([], said("o1 c2"), "bthome", 256, unheard=2)
    assert (found.lost, found.loss) == (2, 0.5)


@pytest.mark.parametrize(
    ("protocol", "rssi", "margin"),
    [("bthome", -72, -72 - FLOOR_DBM), ("bthome", None, None), ("zigbee2mqtt", -72, None)],
)
def test_the_margin_is_bluetooth_s_alone(
    protocol: str, rssi: int | None, margin: int | None
) -> None:
    assert figures([], said("o1 c2", rssi=rssi), protocol, 256).margin == margin


@pytest.mark.parametrize(
    ("count", "lost", "margin", "passes", "problems"),
    [
        (OPENINGS, 0, 18, True, ()),
        (OPENINGS, 1, 10, True, ()),
        (OPENINGS, 0, None, True, ()),
        (OPENINGS - 1, 0, 18, False, ()),
        (OPENINGS, 0, 9, False, ("weak",)),
        (OPENINGS, 2, 18, False, ("lossy",)),
        (OPENINGS, 2, 9, False, ("weak", "lossy")),
    ],
)
def test_what_passes(
    count: int, lost: int, margin: int | None, passes: bool, problems: tuple[str, ...]
) -> None:
    found = Figures(count, False, 19, lost, lost / (19 + lost), margin, -72)
    assert (found.passes, found.problems) == (passes, problems)


@pytest.mark.parametrize(
    ("tapped", "heard"),
    [(1_900, 100), (2_300, 0), (100, 1_900), (3_500, 1_500), (6_001, None)],
)
def test_how_soon_it_was_heard(tapped: int, heard: int | None) -> None:
    journal = [Said(0, False, None), Said(2 * S, True, None), Said(3 * S, False, None),
               Said(5 * S, True, None)]  # fmt: skip
    assert heard_after(journal, tapped) == heard
