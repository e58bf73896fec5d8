"""A Chinese report has a Chinese word for every code that it may show."""

import re
from enum import StrEnum

import pytest

from gateway.report.words import word
from gateway.store.audit import Did
from gateway.web.words.ops_work import WORDS as PAGE
from rules.model import Kind, Outcome


@pytest.mark.parametrize("codes", [Kind, Outcome, Did])
def test_every_code_has_its_word(codes: type[StrEnum]) -> None:
    assert [code.value for code in codes if not re.search("[一-龥]", word(code, "zh") or "")] == []


def test_whatever_the_page_calls_by_name_the_report_does_too() -> None:
    acts = [key.removeprefix("ops.did.") for key in PAGE if key.startswith("ops.did.")]
    assert [act for act in acts if word(act, "zh") == act] == []
    assert len(acts) > len(Did)
