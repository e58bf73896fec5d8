"""docs/blank-card.md, followed word by word from its second part on.

    python -m tests.vm.card --work FOLDER --package FILE.deb

Every block of shell is typed as it stands; the questions of `doorwatch setup` are answered from the
page's table. What differs: the package's name (amd64), and Twilio's address after the questions.
"""

import argparse
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from simulators.provider.standin import ProviderStandIn
from tests.support.debian import ROOT
from tests.vm.machine import HOST, Machine, discarded, needs

PAGE = ROOT / "docs/blank-card.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (.+?) \| (?:`(.+?)`|Enter) \|$", re.MULTILINE)
SETUP = "doorwatch setup"
QUIET_S = 1.5  # nothing more is said: it waits for an answer
PATIENCE_S = 180.0


async def type_in(machine: Machine, block: str) -> str:
    """What the gateway's person sees."""
    said = await machine.tried("bash -e", user="gw", given=block)
    print(f"$ {block.strip()}\n{said.out}{said.err}", flush=True)
    assert said.status == 0, said
    return said.out


async def answer(machine: Machine, command: str, answers: dict[str, str]) -> None:
    """Each question by the row whose words it has."""
    way = machine.ssh("gw")
    process = await asyncio.create_subprocess_exec(
        *way[:-1], "-tt", way[-1], f"LANG=C.UTF-8 COLUMNS=200 {command.strip()}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    said = seen = ""
    while True:
        try:
            async with asyncio.timeout(QUIET_S if said.endswith(": ") else PATIENCE_S):
                data = await process.stdout.read(4096)
        except TimeoutError:
            question = said.rsplit("\n", 1)[-1]
            row = next((row for row in answers if row in question), None)
            assert row is not None, f"the page does not say what to answer: {said!r}"
            process.stdin.write(answers[row].encode() + b"\n")
            said = ""
            continue
        if not data:
            break
        said += data.decode(errors="replace")
        seen += data.decode(errors="replace")
    print(f"$ {command.strip()}\n{seen}(ended with {await process.wait()})", flush=True)
    assert "written:" in seen


def steps(arch: str) -> Iterator[str]:
    for block in BLOCK.findall(PAGE.read_text()):
        yield block.replace("_arm64.deb", f"_{arch}.deb")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    given = parser.parse_args()
    needs("qemu-system-x86_64")
    answers = dict(ROW.findall(PAGE.read_text()))
    async with ProviderStandIn() as provider:
        with discarded(Machine.copy(given.work, "card")) as machine:
            await machine.start()
            await machine.copy_in(given.package, given.package.name, user="gw")
            for block in steps(machine.arch):
                if SETUP in block:
                    await answer(machine, block, answers)
                    base = provider.base_url.replace("127.0.0.1", HOST)
                    edit = rf"/^\[twilio\]/a api_base = \"{base}\""
                    await machine.run(
                        f"sed -i '{edit}' /etc/doorwatch/config.toml".replace('\\"', '"')
                    )
                    continue
                await type_in(machine, block)
                if "say open" in block:
                    await provider.wait_for(lambda: bool(provider.messages), 120)
                    text = provider.messages[0]
                    print(f"first text, to {text.to}: {text.body}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
