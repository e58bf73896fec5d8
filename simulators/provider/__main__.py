"""``python -m simulators.provider``: the stand-in as a process of its own, until it is ended."""

import argparse
import asyncio
import signal
from pathlib import Path

from simulators.provider.standin import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, ProviderStandIn


async def serve(arguments: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with ProviderStandIn(
        port=arguments.port,
        delay=arguments.delay,
        account_sid=arguments.account_sid,
        auth_token=arguments.auth_token,
        our_number=arguments.our_number,
        record=arguments.record,
        sms_url=arguments.sms_url,
        voice_url=arguments.voice_url,
    ) as provider:
        print(provider.base_url, flush=True)  # the caller waits for this line
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.provider", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one; it is printed")
    parser.add_argument("--delay", type=float, default=0.05, metavar="S", help="accepted to sent")
    parser.add_argument("--record", type=Path, metavar="FILE", help="one JSON line a message")
    parser.add_argument("--account-sid", default=ACCOUNT_SID)
    parser.add_argument("--auth-token", default=AUTH_TOKEN)
    parser.add_argument("--our-number", default=OUR_NUMBER)
    parser.add_argument("--sms-url", default="", help="where texts to our number are posted")
    parser.add_argument("--voice-url", default="", help="where calls to our number ask for TwiML")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
