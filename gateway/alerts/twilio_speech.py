"""What a call says and asks, as TwiML. Knows words and addresses, no incidents.

Source: https://www.twilio.com/docs/voice/twiml (Say, Gather, Pause, Hangup, Reject).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]

SPEAKS = {"zh": "zh-CN", "en": "en-GB"}
KEY_SECONDS = 8  # for a key after the last word: the phone has to come down from the ear
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'  # a text is not answered here


def spoken(text: str, language: str) -> str:
    """The text twice, because the first words are often missed."""
    response = _response()
    _twice(response, text, language)
    return str(response)


def asking(text: str, language: str, action: str) -> str:
    """The text twice, and a key at any moment; ``action`` (an address) is told which."""
    response = _response()
    gather = response.gather(
        num_digits=1, timeout=KEY_SECONDS, action=action, method="POST", finish_on_key=""
    )
    _twice(gather, text, language)
    return str(response)


def said(text: str, language: str) -> str:
    """The text once, and the call ends."""
    response = _response()
    response.say(text, language=_voice(language))
    response.hangup()
    return str(response)


def rejected() -> str:
    """Somebody we do not know calls: it is not taken."""
    response = _response()
    response.reject()
    return str(response)


def _response() -> "VoiceResponse":
    from twilio.twiml.voice_response import VoiceResponse  # noqa: PLC0415  when first needed

    return VoiceResponse()


def _twice(verb: "VoiceResponse", text: str, language: str) -> None:
    verb.say(text, language=_voice(language))
    verb.pause(length=1)
    verb.say(text, language=_voice(language))


def _voice(language: str) -> str:
    return SPEAKS.get(language, SPEAKS["en"])
