"""The files of chat addresses: who is served by which line, and which lines are mistakes."""

from pathlib import Path

import pytest

from gateway.alerts import chat_urls
from gateway.config import load
from gateway.errors import Mistakes

LINES = """\
\ufeff# 南门
三号楼群, 四号楼群，duty = wecombot://KEY
   dingtalk://TOKEN@APP/?to=1

ntfy = ntfys://ntfy.example/doors?priority=high&tags=a=b
https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chat.urls"


@pytest.mark.parametrize(
    ("group", "lines"),
    [("三号楼群", [2]), ("四号楼群", [2]), ("duty", [2]), ("ntfy", [5]), ("", [3, 6]), ("x", [])],
)
def test_who_is_served_by_which_line(file: Path, group: str, lines: list[int]) -> None:
    file.write_text(LINES)
    assert [way.line for way in chat_urls.read(file) if way.serves(group)] == lines


def test_an_address_is_whole(file: Path) -> None:
    file.write_text(LINES)
    assert [way.url for way in chat_urls.read(file)] == [
        "wecombot://KEY",
        "dingtalk://TOKEN@APP/?to=1",
        "ntfys://ntfy.example/doors?priority=high&tags=a=b",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY",
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (LINES, []),
        ("SECRET", [1]),
        ("ntfy://a\nduty=SECRET\n# x\nduty = ", [2, 4]),
        ("a b://c", [1]),
        ("= ntfy://a", [1]),
    ],
)
def test_lines_that_are_no_address(file: Path, text: str, lines: list[int]) -> None:
    file.write_text(text)
    assert chat_urls.wrong_lines(file) == lines


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"chat.urls": "ntfy://a\nSECRET\nduty = SECRET\n"},
            "channels.chat[0]: {}/chat.urls: line 2, 3 is no address;"
            " write NAME = SERVICE://..., or SERVICE://... for people without a group",
        ),
        ({"chat.urls": "# none yet\n"}, "channels.chat[0]: {}/chat.urls has no address"),
        (
            {"chat.urls": "ntfy://a", "other/chat.urls": "ntfy://b"},
            "channels.chat: two files are called 'chat'; rename one of them",
        ),
    ],
)
def test_mistakes_name_the_place_and_never_the_address(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    (tmp_path / "other").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    config = tmp_path / "config.toml"
    config.write_text(f"[channels]\nchat = {list(files)}\n")
    with pytest.raises(Mistakes) as caught:
        load(config)
    assert said.format(tmp_path) in str(caught.value)
    assert "SECRET" not in str(caught.value)
