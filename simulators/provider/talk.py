"""A call that was taken: its TwiML is carried out, and somebody listens and presses keys.

Verbs: Say, Pause, Gather (keypad), Redirect, Hangup, Reject. Time stands still meanwhile.
Source: https://www.twilio.com/docs/voice/twiml, and .../gather for what becomes of keys.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import urljoin
from xml.etree import ElementTree

from simulators.provider.resources import Call

MOST_DOCUMENTS = 20  # a call that goes round in circles is ended
APPLICATION_ERROR = "an application error has occurred"  # what a listener hears of any fault

Ask = Callable[[str, dict[str, str]], Awaitable[str]]


class Wanted(NamedTuple):
    """The next document: where it is, and what is told of this one."""

    url: str
    form: dict[str, str]


class Talk:
    """``ask`` posts a form and gives the body; ``about``: the form's fields of this call."""

    def __init__(self, call: Call, ask: Ask, about: dict[str, str]) -> None:
        self._call = call
        self._ask = ask
        self._about = about
        self._keys = list(call.keys)

    async def run(self) -> None:
        call = self._call
        base = call.url
        document = await self._ask(call.url, self._about) if call.url else call.twiml
        for _ in range(MOST_DOCUMENTS):
            wanted = self._play(document, base)
            if wanted is None:
                return
            base = wanted.url
            document = await self._ask(wanted.url, self._about | wanted.form)
        self._fault("more documents than a call may ask for")

    def _play(self, document: str, base: str) -> Wanted | None:
        try:
            response = ElementTree.fromstring(document)  # noqa: S314
        except ElementTree.ParseError as error:
            self._fault(f"no TwiML: {error}")
            return None
        for verb in response:
            match verb.tag:
                case "Say" | "Pause":
                    self._hear(verb)
                case "Gather":
                    for inner in verb:
                        self._hear(inner)
                    if digits := self._pressed(verb):
                        return Wanted(urljoin(base, verb.get("action", "")), {"Digits": digits})
                case "Redirect":
                    return Wanted(urljoin(base, (verb.text or "").strip()), {})
                case "Hangup" | "Reject":
                    self._call.errors += ["rejected"] if verb.tag == "Reject" else []
                    return None
                case other:
                    self._fault(f"the verb {other} is not known here")
                    return None
        return None

    def _hear(self, verb: ElementTree.Element) -> None:
        if verb.tag == "Say":
            said = (verb.get("language", "en-US"), verb.text or "")
            self._call.heard += [said] * int(verb.get("loop", "1"))

    def _pressed(self, gather: ElementTree.Element) -> str:
        """The keys that this Gather takes: up to ``numDigits``, or to the finishing key."""
        most, finish = int(gather.get("numDigits", "0")), gather.get("finishOnKey", "#")
        digits = ""
        while self._keys and not (most and len(digits) >= most):
            key = self._keys.pop(0)
            if key == " " or (key == finish and key):  # a blank: nothing pressed this time
                break
            digits += key
        return digits

    def _fault(self, why: str) -> None:
        self._call.errors.append(why)
        self._call.heard.append(("en-US", APPLICATION_ERROR))
