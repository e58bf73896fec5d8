"""What chat services answer, in our words. Pure: it is given what was heard.

Sources: the webhook pages of WeCom, DingTalk and Feishu for their codes; they say no with HTTP 200
and a number in the body, so the status alone would take a lost alert for a sent one.
"""

from typing import NamedTuple

from gateway.alerts.errors import ProviderError, Reason

# The number in the body: of WeCom and DingTalk ``errcode``, of Feishu and Lark ``code``.
TOO_FAST = frozenset({45009, 45033, 130101, 410100, 9499, 11232})
NOT_OURS = frozenset(  # the address, its signature, its list of allowed senders or its keyword
    {93000, 93008, 40001, 40014, 40035, 300001, 300005, 310000, 19001, 19021, 19022, 19024}
)


class Heard(NamedTuple):
    """How one exchange over HTTP ended: with an answer, or with the type of what broke it."""

    status: int = 0  # 0: no answer came
    code: int = 0  # in the body; 0: fine, or none
    retry_after: float | None = None  # seconds
    broke: str = ""  # "unsent" (nothing left us), "timeout" or "lost"


def refusal(heard: list[Heard], ok: bool) -> ProviderError | None:
    """Why the service did not take it; None: it did. ``ok`` is what the library makes of it."""
    last = heard[-1] if heard else None
    if last is None:  # no HTTP, or none was tried: mail, an address that is no good
        return None if ok else _error(Reason.REFUSED, "", uncertain=True)
    if last.broke:
        return _BROKE[last.broke]()
    if last.code:
        return _by_code(last.code)
    if ok and last.status < 400:
        return None
    return _by_status(last)


def _error(reason: Reason, code: str, *, uncertain: bool = False) -> ProviderError:
    return ProviderError(reason, retryable=True, uncertain=uncertain, code=code)


_BROKE = {
    "unsent": lambda: _error(Reason.NO_CONNECTION, ""),
    "timeout": lambda: _error(Reason.TIMEOUT, "", uncertain=True),
    "lost": lambda: _error(Reason.CONNECTION_LOST, "", uncertain=True),
}


def _by_code(code: int) -> ProviderError:
    if code in TOO_FAST:
        return _error(Reason.RATE_LIMITED, str(code))
    if code in NOT_OURS:
        return _error(Reason.AUTH, str(code))
    return ProviderError(Reason.REFUSED, retryable=False, code=str(code))


def _by_status(heard: Heard) -> ProviderError:
    code = str(heard.status)
    match heard.status:
        case 429:
            return ProviderError(
                Reason.RATE_LIMITED, retryable=True, retry_after=heard.retry_after, code=code
            )
        case 401 | 403 | 404 | 410:  # the address or its key is no longer good
            return _error(Reason.AUTH, code)
        case status if status >= 500:
            return _error(Reason.PROVIDER_DOWN, code, uncertain=True)
        case _:
            return ProviderError(Reason.REFUSED, retryable=False, code=code)
