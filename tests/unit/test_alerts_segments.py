"""What a text costs, against known sizes of the GSM alphabet and UCS-2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.segments import BASIC, EXTENDED, fits, measure


@pytest.mark.parametrize(
    ("text", "gsm", "units", "segments"),
    [
        ("", True, 0, 1),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("€" * 80, True, 160, 1),  # an extension character is two septets
        ("[" * 80 + "a", True, 161, 2),
        ("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ", True, 29, 1),
        ("ç", False, 1, 1),  # the small one is not in the alphabet, the capital is
        ("`", False, 1, 1),
        ("门" * 70, False, 70, 1),
        ("门" * 71, False, 71, 2),
        ("门" * 135, False, 135, 3),
        ("😀" * 35, False, 70, 1),  # two code units each
        ("😀" * 35 + "a", False, 71, 2),
    ],
)
def test_sizes(text: str, gsm: bool, units: int, segments: int) -> None:
    size = measure(text)
    assert (size.gsm, size.units, size.segments) == (gsm, units, segments)
    assert fits(text) is (segments == 1)


def test_the_alphabet_is_whole() -> None:
    assert len(BASIC) == 127  # 128 places, one of which is the escape
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@given(st.text())
def test_ucs_2_is_what_utf_16_needs(text: str) -> None:
    size = measure(text)
    if not size.gsm:
        assert size.units == len(text.encode("utf-16-le")) // 2
