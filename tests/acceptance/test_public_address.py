"""With a public address: what becomes of alerts is brought, calls take keys, links are tapped.

The real daemon, a real broker, and the provider's stand-in that posts to it.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider import BUSY, MACHINE, NO_ANSWER, Fate, ProviderStandIn, failed
from tests.support.site import Site

BY_TEXT = """
[[escalation]]
severity = "critical"
after_minutes = 0
roles = ["member"]
kinds = ["sms"]
"""  # as by day: whenever this is run, the first step is one text
BY_VOICE = "".join(
    f'[[escalation]]\nseverity = "{severity}"\nafter_minutes = 0\nroles = ["member"]\n'
    f'kinds = ["voice"]\n[[escalation]]\nseverity = "{severity}"\nafter_minutes = 5\n'
    'roles = ["leader"]\nkinds = ["sms"]\n'
    for severity in ("high", "critical")
)
MAINLAND = "+8613800138000"  # no replies from there


class Street:
    def __init__(self, site: Site, provider: ProviderStandIn) -> None:
        self.site, self.provider = site, provider

    def incident(self) -> dict[str, Any]:
        [incident] = self.site.incidents()
        return incident

    async def until_state(self, state: str) -> None:
        await self.site.until(lambda: self.incident()["state"] == state)

    async def until_alert(self, status: str) -> None:
        query = "SELECT status FROM alerts WHERE incident_id IS NOT NULL ORDER BY id LIMIT 1"
        await self.site.until(lambda: self.site.rows(query) == [(status,)])

    def texts(self, phone: str) -> list[str]:
        return [message.body for message in self.provider.messages if message.to == phone]

    def timeline(self, what: str) -> int:
        return sum(line["what"] == what for line in self.incident()["timeline"])


@asynccontextmanager
async def street(folder: Path, *, public: bool = True, **site: str) -> AsyncIterator[Street]:
    """A gateway at a public address, or at none, with one door."""
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        there = Site(folder, broker.url, provider, **site)  # type: ignore[arg-type]
        if public:
            url = f"http://127.0.0.1:{there.web}"
            text = there.config.read_text().replace("[web]\n", f'[web]\npublic_url = "{url}"\n')
            there.config.write_text(text)
            provider.hooks.sms_url = f"{url}/twilio/sms"
            provider.hooks.voice_url = f"{url}/twilio/voice"
        await there.import_ledger()
        await there.start()
        try:
            await there.ready()
            yield Street(there, provider)
        finally:
            if there.running:
                await there.kill()


async def opens(street: Street) -> None:
    port = int(re.findall(r"mqtt://127\.0\.0\.1:(\d+)", street.site.config.read_text())[0])
    async with Sender(Broker(port), "doors") as doors:
        for seq, state in enumerate(("closed", "open"), start=1):
            await doors.publish("doors/S1", json.dumps({"state": state, "seq": seq}))
        await street.site.until(lambda: len(street.site.incidents()) == 1)


async def test_delivery_and_answers_are_brought_and_count_once(tmp_path: Path) -> None:
    async with street(tmp_path, rules=BY_TEXT) as here:
        here.provider.hooks.twice = True
        await opens(here)
        await here.until_alert("delivered")  # nobody asks before a minute has passed
        here.provider.reply("+85251239999", f"1 {here.incident()['code']}")
        here.provider.reply(here.site.member, f"1 {here.incident()['code']}")
        await here.until_state("acknowledged")
        await here.provider.wait_for(lambda: len(here.provider.messages) == 2)
        await here.provider.wait_for(lambda: here.provider.statuses() == ["delivered"] * 2)
        assert here.provider.messages[1].to == here.site.member
        assert here.timeline("acknowledged") == 1
        _, metrics = await here.site.get("/metrics", here.site.metrics)
        assert "doorwatch_replies_ignored_total 1.0" in metrics
        posts = here.provider.hooks.posts
        assert {post.status for post in posts} == {200, 204}
        assert not any("<Message" in post.body for post in posts)


async def test_a_key_in_the_call_takes_it(tmp_path: Path) -> None:
    async with street(tmp_path, rules=BY_VOICE) as here:
        here.provider.presses("21", here.site.member)
        await opens(here)
        await here.until_state("acknowledged")
        await here.until_alert("answered")
        assert here.incident()["acknowledged_by"] == "P1"
        call = here.provider.calls[0]
        words = [said for _, said in call.heard]
        assert len(words) == 5  # twice, once more twice, and the answer
        assert "1栋2单元501" in words[0]
        assert "请按1" in words[0]
        assert words[0] == words[3]
        assert "已记您处理" in words[4]
        assert {language for language, _ in call.heard} == {"zh-CN"}
        assert call.errors == []


async def test_nine_is_an_emergency_exit(tmp_path: Path) -> None:
    async with street(tmp_path, rules=BY_VOICE) as here:
        here.provider.presses("9", here.site.member)
        await opens(here)
        await here.until_state("resolved")
        assert here.incident()["outcome"] == "emergency_exit"
        assert here.incident()["resolved_by"] == "P1"


@pytest.mark.parametrize(
    ("fate", "status"),
    [(MACHINE, "machine"), (BUSY, "busy"), (NO_ANSWER, "no_answer"), (failed(13224), "failed")],
)
async def test_what_is_no_answer_brings_the_next_step_at_once(
    tmp_path: Path, fate: Fate, status: str
) -> None:
    async with street(tmp_path, rules=BY_VOICE) as here:
        here.provider.fate(fate)
        await opens(here)
        await here.until_alert(status)
        await here.provider.wait_for(lambda: here.provider.messages)  # not five minutes later
        assert here.incident()["state"] == "open"
        assert here.timeline("acknowledged") == 0


async def test_somebody_who_calls_back_hears_what_he_was_told(tmp_path: Path) -> None:
    async with street(tmp_path) as here:
        await opens(here)
        await here.until_alert("delivered")
        here.provider.presses("1", here.site.member)
        call = here.provider.rings(here.site.member)
        stranger = here.provider.rings("+85251239999")
        await here.until_state("acknowledged")
        assert "1栋2单元501" in call.heard[0][1]
        await here.provider.wait_for(lambda: bool(stranger.errors))
        assert (stranger.heard, stranger.errors) == ([], ["rejected"])


async def test_a_link_is_one_tap_and_looking_is_none(tmp_path: Path) -> None:
    async with street(tmp_path, member=MAINLAND) as here:
        await opens(here)
        await here.provider.wait_for(lambda: bool(here.texts(MAINLAND)))
        [text] = here.texts(MAINLAND)
        [link] = re.findall(r"http://127\.0\.0\.1:\d+/a/\w+$", text)
        assert len(text) <= 70
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as phone:
            page = await phone.get(link)
            assert (page.status_code, page.text.count("<button")) == (200, 1)
            assert "1栋2单元501" in page.text
            assert "王敏" not in page.text
            assert here.incident()["state"] == "open"
            for _ in range(2):
                page = await phone.post(link)
                assert (page.status_code, page.text.count("<button")) == (200, 0)
                assert "已记您处理" in page.text
            await here.until_state("acknowledged")
            assert here.incident()["acknowledged_by"] == "P1"
            assert here.timeline("acknowledged") == 1
            assert (await phone.get(link[:-1] + "~")).status_code == 404


async def test_what_nobody_signed_gets_in_nowhere(tmp_path: Path) -> None:
    async with street(tmp_path) as here:
        await opens(here)
        url = f"http://127.0.0.1:{here.site.web}/twilio"
        form = {"MessageSid": "SM1", "From": here.site.member, "Body": "1"}
        async with httpx.AsyncClient(trust_env=False) as outside:
            for name in ("sms", "voice", "status"):
                assert (await outside.post(f"{url}/{name}", data=form)).status_code == 403
        _, metrics = await here.site.get("/metrics", here.site.metrics)
        for name in ("sms", "voice", "status"):
            assert f'doorwatch_web_refused_total{{path="{name}"}} 1.0' in metrics
        assert here.incident()["state"] == "open"
