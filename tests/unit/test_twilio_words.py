"""Twilio's words in ours: which refusals are final, which are ours, what a state means."""

import pytest

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Status
from gateway.alerts.twilio_words import FAULTS, call_status, failure, refusal, text_status


@pytest.mark.parametrize(
    ("status", "code", "reason", "retryable", "uncertain"),
    [
        (429, 20429, Reason.RATE_LIMITED, True, False),
        (429, None, Reason.RATE_LIMITED, True, False),
        (500, 20500, Reason.PROVIDER_DOWN, True, True),
        (502, None, Reason.PROVIDER_DOWN, True, True),
        (503, 20503, Reason.PROVIDER_DOWN, True, True),
        (408, None, Reason.PROVIDER_DOWN, True, True),
        (302, None, Reason.BAD_ANSWER, True, True),
        (401, 20003, Reason.AUTH, True, False),
        (401, None, Reason.AUTH, True, False),
        (403, None, Reason.AUTH, True, False),
        (404, 20404, Reason.NOT_FOUND, False, False),
        (400, 21211, Reason.BAD_NUMBER, False, False),
        (400, 21408, Reason.COUNTRY_BLOCKED, False, False),
        (400, 21610, Reason.OPTED_OUT, False, False),
        (400, 21614, Reason.NOT_MOBILE, False, False),
        (400, 21606, Reason.BAD_SENDER, True, False),
        (400, 21608, Reason.ACCOUNT, True, False),
        (429, 21611, Reason.QUEUE_FULL, True, False),
        (400, 99999, Reason.REFUSED, False, False),
        (400, None, Reason.REFUSED, False, False),
    ],
)
def test_a_refused_send_has_one_reason(
    status: int, code: int | None, reason: Reason, retryable: bool, uncertain: bool
) -> None:
    error = refusal(status, code, creating=True)
    assert (error.reason, error.retryable, error.uncertain) == (reason, retryable, uncertain)
    assert str(code or status) == error.code


def test_a_refused_question_is_never_uncertain() -> None:
    assert not refusal(503, None, creating=False).uncertain


def test_faults_of_account_and_settings_are_ours_and_those_of_the_recipient_are_not() -> None:
    ours = {Reason.AUTH, Reason.ACCOUNT, Reason.BAD_SENDER, Reason.COUNTRY_BLOCKED}
    for code in FAULTS:
        error = refusal(400, code, creating=True)
        assert error.ours is (error.reason in ours), code


def test_the_error_says_reason_and_number_and_nothing_else() -> None:
    assert str(refusal(400, 21211, creating=True)) == "bad_number 21211"
    assert str(ProviderError(Reason.TIMEOUT, retryable=True)) == "timeout"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (30003, "unreachable 30003"),
        (30005, "unknown_number 30005"),
        (30006, "not_mobile 30006"),
        (30007, "blocked 30007"),
        (30008, "carrier 30008"),
        (30001, "queue_full 30001"),
        (39999, "carrier 39999"),
        (None, "carrier"),
    ],
)
def test_why_an_accepted_text_failed(code: int | None, words: str) -> None:
    assert failure(code) == words


@pytest.mark.parametrize(
    ("word", "status"),
    [
        # every word of message_enum_status that an outgoing text can have
        ("accepted", Status.ACCEPTED),
        ("scheduled", Status.ACCEPTED),
        ("queued", Status.ACCEPTED),
        ("sending", Status.ACCEPTED),
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("partially_delivered", Status.DELIVERED),
        ("read", Status.DELIVERED),
        ("undelivered", Status.FAILED),
        ("failed", Status.FAILED),
        ("canceled", Status.FAILED),
        ("a word of next year", Status.ACCEPTED),
    ],
)
def test_states_of_a_text(word: str, status: Status) -> None:
    assert text_status(word) is status


@pytest.mark.parametrize(
    ("word", "answered_by", "status"),
    [
        ("queued", None, Status.ACCEPTED),
        ("ringing", None, Status.SENT),
        ("in-progress", None, Status.SENT),
        ("in-progress", "human", Status.ANSWERED),
        ("in-progress", "machine_start", Status.MACHINE),
        ("completed", "human", Status.ANSWERED),
        ("completed", "unknown", Status.ANSWERED),
        ("completed", None, Status.ANSWERED),
        ("completed", "machine_start", Status.MACHINE),
        ("completed", "machine_end_beep", Status.MACHINE),
        ("completed", "fax", Status.MACHINE),
        ("busy", None, Status.BUSY),
        ("no-answer", None, Status.NO_ANSWER),
        ("failed", None, Status.FAILED),
        ("canceled", None, Status.FAILED),
    ],
)
def test_states_of_a_call(word: str, answered_by: str | None, status: Status) -> None:
    assert call_status(word, answered_by) is status


def test_only_accepted_and_sent_are_asked_about_again() -> None:
    assert {status for status in Status if not status.final} == {Status.ACCEPTED, Status.SENT}
