"""Without a public address: a call speaks, offers no keys, and what became of it is asked for.

The real daemon, a real broker, and the provider's stand-in, which nobody told where to post.
"""

from pathlib import Path

import pytest

from simulators.provider import BUSY, MACHINE, NO_ANSWER, Fate, failed
from tests.acceptance.test_public_address import BY_VOICE, opens, street

TO_BOTH = BY_VOICE.replace('roles = ["member"]', 'roles = ["member", "leader"]')


@pytest.mark.parametrize(
    ("fate", "status"),
    [(MACHINE, "machine"), (BUSY, "busy"), (NO_ANSWER, "no_answer"), (failed(13224), "failed")],
)
async def test_what_is_no_answer_is_found_by_asking_and_brings_the_next_step_at_once(
    tmp_path: Path, fate: Fate, status: str
) -> None:
    async with street(tmp_path, public=False, rules=BY_VOICE) as here:
        here.provider.fate(fate)
        await opens(here)
        await here.until_alert(status)
        await here.provider.wait_for(lambda: here.provider.messages)  # not five minutes later
        assert [m.to for m in here.provider.messages] == [here.site.leader]
        assert here.provider.hooks.posts == []
        assert here.incident()["state"] == "open"


async def test_whoever_takes_the_call_hears_it_in_their_language_and_is_offered_no_keys(
    tmp_path: Path,
) -> None:
    async with street(tmp_path, public=False, rules=TO_BOTH) as here:
        here.provider.presses("19", here.site.member)  # nobody listens for keys
        await opens(here)
        calls = here.provider.calls
        await here.provider.wait_for(lambda: len(calls) == 2 and all(c.heard for c in calls))
        await here.until_alert("answered")
        words = {call.to: call.heard for call in calls}
        assert {language for language, _ in words[here.site.member]} == {"zh-CN"}
        assert {language for language, _ in words[here.site.leader]} == {"en-GB"}
        for call in calls:
            assert "Gather" not in call.twiml
            first, second = (said for _, said in call.heard)
            assert first == second
        assert "1栋2单元501" in words[here.site.member][0][1]
        assert "按1" not in words[here.site.member][0][1]
        assert "press 1" not in words[here.site.leader][0][1].lower()
        assert here.incident()["state"] == "open", "taken, and not acknowledged"
        assert here.provider.messages == [], "somebody heard it: the next step keeps its minute"
