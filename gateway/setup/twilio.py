"""Whether Twilio knows an account and its secret: its own list is asked, nothing is sent."""

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from gateway.alerts.errors import ProviderError, Reason

if TYPE_CHECKING:
    from gateway.alerts.twilio import TwilioAccount

PATIENCE_S = 30.0  # then it counts as not reachable
_REFUSED = (Reason.AUTH, Reason.NOT_FOUND)


class Answer(NamedTuple):
    """``refused``: it does not know us. ``why``: why not, or why nobody can say; blank: it does."""

    refused: bool
    why: str


def ask(account: "TwilioAccount") -> Answer:
    """Blocks for some seconds."""
    return asyncio.run(_ask(account))


async def _ask(account: "TwilioAccount") -> Answer:
    from gateway.alerts.twilio import TwilioProvider  # noqa: PLC0415 - only where it is chosen
    from gateway.clock import SystemClock  # noqa: PLC0415

    provider = TwilioProvider(account)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await provider.replies(SystemClock().now())
    except TimeoutError:
        return Answer(refused=False, why="timeout")
    except ProviderError as error:
        return Answer(error.reason in _REFUSED, str(error))
    finally:
        await provider.close()
    return Answer(refused=False, why="")
