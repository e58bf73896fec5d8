"""The pages' words: both languages, the same blanks, none missing and none left over."""

import re
from importlib.resources import files
from string import Formatter

import pytest

from gateway.web import words

TEMPLATES = files("gateway.web") / "templates"


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(words.ALL))
def test_both_languages_have_it_with_the_same_blanks(key: str) -> None:
    zh, en = words.ALL[key]
    assert zh.strip() and en.strip()
    assert blanks(zh) == blanks(en)
    assert "！" not in zh and "!" not in en, "nobody is shouted at"


def test_no_key_stands_in_two_tables() -> None:
    assert len(words.ALL) == sum(len(table) for table in words.TABLES)


def test_every_word_that_a_template_names_is_there() -> None:
    named = set()
    for folder in (TEMPLATES, *(each for each in TEMPLATES.iterdir() if each.is_dir())):
        for file in folder.iterdir():
            if file.name.endswith(".html"):
                named |= set(re.findall(r'\bt\("([a-z_0-9.]+)"\s*[,)]', file.read_text()))
    assert named, "no template names a word"
    assert named <= words.ALL.keys(), named - words.ALL.keys()
