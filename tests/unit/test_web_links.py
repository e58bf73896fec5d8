"""A link is one person's, about one incident, for some hours; looking at it changes nothing."""

import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.rows import Language
from gateway.web import links
from gateway.web.links import LENGTH, VALID_HOURS, Links, Meant, Page, session_key
from rules.moment import HOUR, MINUTE

PUBLIC = "https://gateway.example"
NOW = 1_650_000_000_000
PEOPLE = ["P1", "P2", "王敏"]
LINKS = Links(b"a key", PUBLIC)


def token(incident: int = 12, person: str = "P1", now: int = NOW) -> str:
    address = LINKS.make(incident, person, now)
    assert address.startswith(PUBLIC + "/a/")
    return address.removeprefix(PUBLIC + "/a/")


@given(st.integers(1, 2**24 - 1), st.sampled_from(PEOPLE), st.integers(0, 2**42))
def test_what_was_sealed_is_read_and_is_short(incident: int, person: str, now: int) -> None:
    made = token(incident, person, now)
    assert (len(made), made.isalnum(), made.isascii()) == (LENGTH, True, True)
    assert LINKS.read(made, PEOPLE, now) == Meant(incident, person)


@pytest.mark.parametrize(
    ("later", "good"),
    [
        (0, True),
        (VALID_HOURS * HOUR, True),
        ((VALID_HOURS + 2) * HOUR, False),
        ((VALID_HOURS + 32) * HOUR, False),  # when the last bits of the hour come again
        (366 * 24 * HOUR, False),
        (-10 * MINUTE, True),  # a clock that was put back a little
    ],
)
def test_it_ends(later: int, good: bool) -> None:
    assert (LINKS.read(token(), PEOPLE, NOW + later) is not None) is good


def test_each_of_its_characters_matters() -> None:
    made = token()
    for place in range(LENGTH):
        for other in "0aZ":
            if made[place] != other:
                changed = made[:place] + other + made[place + 1 :]
                assert LINKS.read(changed, PEOPLE, NOW) is None


@pytest.mark.parametrize("wrong", ["", "x", "0" * LENGTH, "z" * LENGTH, "-" * LENGTH, "é" * LENGTH])
def test_what_was_never_made(wrong: str) -> None:
    assert LINKS.read(wrong, PEOPLE, NOW) is None


def test_it_is_one_persons_and_one_keys() -> None:
    assert LINKS.read(token(person="P1"), ["P2"], NOW) is None
    assert Links(b"another key", PUBLIC).read(token(), PEOPLE, NOW) is None
    assert len({token(n, p) for n in (1, 2) for p in PEOPLE}) == 6


def test_the_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    store = tmp_path / "doorwatch.db"
    first = session_key(store)
    assert (len(first), session_key(store)) == (64, first)
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_credential_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web_session_key").write_text("given\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert session_key(tmp_path / "store" / "doorwatch.db") == b"given"


# -- the pages -------------------------------------------------------------------------------


OPEN = Page(Language.ZH, "3栋2单元501 22:14开门 <b>")


@dataclass
class Kept:
    """``Taking`` of one token."""

    shown: Page = OPEN
    took: list[str] = field(default_factory=list)

    def page(self, token: str) -> Page | None:
        return self.shown if token == "good" else None

    async def take(self, token: str) -> None:
        self.took.append(token)


class Web:
    def __init__(self) -> None:
        self.kept, self.refused = Kept(), list[str]()
        app = FastAPI()
        app.include_router(links.router(self.kept, self.refused.append))
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/below")


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    yield web
    await web.http.aclose()


async def test_looking_shows_one_button_and_changes_nothing(web: Web) -> None:
    for _ in range(3):
        page = await web.http.get("http://127.0.0.1/a/good")
    assert page.status_code == 200
    assert page.text.count("<button>") == 1
    assert '<form method="post">' in page.text
    assert "我来处理" in page.text
    assert "22:14开门 &lt;b&gt;" in page.text
    assert "<script" not in page.text
    assert 'lang="zh-CN"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert web.kept.took == []


async def test_pressing_acts_and_looks_again(web: Web) -> None:
    answer = await web.http.post("http://127.0.0.1/a/good")
    assert (answer.status_code, web.kept.took) == (303, ["good"])
    # Below a path of a proxy too:
    here = httpx.URL("https://gateway.example/gw3/a/good")
    assert here.join(answer.headers["location"]) == here


async def test_what_is_taken_offers_no_button(web: Web) -> None:
    web.kept.shown = Page(Language.EN, "Bldg 3", "4071 is yours, thank you.")
    page = await web.http.get("http://127.0.0.1/a/good")
    assert "4071 is yours" in page.text
    assert "<button" not in page.text
    assert 'lang="en"' in page.text


async def test_a_link_that_is_none_is_gone_and_counted(web: Web) -> None:
    page = await web.http.get("http://127.0.0.1/a/other")
    assert page.status_code == 404
    assert "失效" in page.text
    assert "<button" not in page.text
    assert web.refused == ["link"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_nothing_else_is_served(web: Web, method: str) -> None:
    assert (await web.http.request(method, "http://127.0.0.1/a/good")).status_code == 405
    assert web.kept.took == []
