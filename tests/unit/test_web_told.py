"""A Chinese page says in Chinese what other parts say in English: every sentence of theirs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.ble.errors import Trouble
from gateway.alerts import errors as of_alerts
from gateway.alerts.budget import Why
from gateway.backup.errors import Reason as OfBackups
from gateway.heartbeat.beating import STAGES
from gateway.ledger.rows import Language
from gateway.web.told import SENTENCES, chinese, told

GATEWAY = Path(__file__).parents[2] / "gateway"
SPEAKING = (
    *sorted((GATEWAY / "config").glob("*.py")), *sorted((GATEWAY / "rulesfile").glob("*.py")),
    *sorted((GATEWAY / "lint").glob("*.py")), GATEWAY / "toml.py", GATEWAY / "addresses.py",
    GATEWAY / "secrets.py", GATEWAY / "requests.py", GATEWAY / "granting.py",
    GATEWAY / "maintaining.py",
)  # fmt: skip
ELSEWHERE = {
    "{} min",  # a step of a chain: each severity has its own
    "ledger: sensor {}",
    "sensor %s: new battery, says %s",  # the log
    "whole number", "; nobody gets the same within 2 min",  # ends of sentences that stand whole
    "{} by {}", "cannot be told at all", "cannot be told", "{} {} min",
    "{}, or path = \"\" for the rules as shipped", "use one of {expected}",
    "give at least {ge}", "give at most {le}", "is not a {}",
    "a list", "a table",
}  # fmt: skip
SENTENCE = re.compile(r"[a-z]{2,} [a-z{(]|\} [a-z]{2}|[a-z] \{")


def spoken(file: Path) -> Iterator[str]:
    """Every English sentence in a module, its values as ``{}``; no docstrings."""
    tree = ast.parse(file.read_text())
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
            said = "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            continue
        if SENTENCE.search(said) and said not in ELSEWHERE and not said.startswith("INSERT "):
            yield said


@pytest.mark.parametrize("file", SPEAKING, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_sentence_of_the_checker_and_of_refusals_has_its_chinese(file: Path) -> None:
    missing = []
    for said in spoken(file):
        filled = said
        for number in range(said.count("{}")):
            filled = filled.replace("{}", f"W{number}", 1)
        if chinese(filled) is None:
            missing.append(said)
    assert not missing


def test_both_have_the_same_blanks() -> None:
    for english, found in SENTENCES.items():
        blanks = re.findall(r"\{[a-z]\}", english)
        assert sorted(blanks) == sorted(re.findall(r"\{[a-z]\}", found)), english
        assert not set("，。：；（）") & set(english), english


BACKUPS = [code for code in OfBackups if code is not OfBackups.COMMAND]  # also a role: told apart


@pytest.mark.parametrize("codes", [of_alerts.Reason, Why, BACKUPS, Trouble, STAGES])
def test_every_code_that_a_page_may_show_has_its_word(codes: object) -> None:
    for code in codes:  # type: ignore[attr-defined]
        assert re.search(r"[\u4e00-\u9fff]", chinese(str(code)) or ""), code
        assert chinese(f"{code} 30005") == f"{chinese(str(code))} 30005"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "is no TOML: Invalid value (at line 3, column 5)",
            "不是正确的 TOML，第 3 行第 5 列：值写得不对",
        ),
        (
            "Mon-Fri 20:00 - 08:00 nobody; falls to leader at once (critical, high 5 min)",
            "周一-周五 20:00 - 08:00 没有人；马上转给网格长（严重、高 5 分）",
        ),
        (
            "cannot be told by sms (a landline takes no texts), voice (twilio: not set up)",
            "通知不到：短信（座机收不了短信）、电话（twilio 没有配好）",
        ),
        (
            "Mon-Sun 20:00 - 08:00 nobody; falls to command at once (critical 10 min, high 20 min)",
            "周一-周日 20:00 - 08:00 没有人；马上转给指挥部（严重 10 分、高 20 分）",
        ),
        ("add command or ops to people", "在人员表里加指挥部或运维"),
        ("the command that takes it away failed", "取走备份的命令失败"),
        ("37 households H1, H2, ...", "37 户：H1、H2、..."),
        ("config.toml: is not UTF-8", "config.toml：不是 UTF-8 编码"),
        ("auth 20003", "账号或密钥不对 20003"),
    ],
)
def test_lists_days_and_places_inside_a_sentence(said: str, expected: str) -> None:
    assert told(Language.ZH, said) == expected
    assert told(Language.EN, said) == said


def test_what_nobody_knows_is_marked_as_english_and_escaped() -> None:
    assert told(Language.ZH, "Some <b>new</b> words") == (
        '<span lang="en">Some &lt;b&gt;new&lt;/b&gt; words</span>'
    )
    assert told(Language.ZH, "王敏 & 42") == "王敏 &amp; 42"
