"""Which people on the roster cannot be told by a kind that their steps use, or cannot answer.

Goes the way of ``gateway.alerting``: the providers that a prefix names, that are set up, and that
serve the kind. Opens no connection.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from gateway.alerts.provider import Provider
from gateway.config import Config
from gateway.ledger.model import Ledger
from gateway.ledger.phones import takes_texts
from gateway.lint.duty import Chains, Ways
from gateway.lint.found import Seen
from rules.model import Channel, Role

_REMEDY = "set one up that can, or mend channels in config.toml"
_MUTE = "cannot answer: no text of theirs comes back to the number that tells them"
_VOICE = (
    "enable [modem], give [web] a public_url, or answer for them with doorwatch incidents ack CODE"
)
NO_PROVIDER = Seen(
    None,
    "",
    "providers",
    "none is set up: nobody would be told",
    "fill in [twilio] in config.toml, or enable [modem]",
)


def ways_of(config: Config, providers: Mapping[str, Provider]) -> Ways:
    """By which kinds a number can be told. Without any provider: as if all were there."""

    @cache
    def ways(phone: str) -> frozenset[Channel]:
        if not providers:
            return frozenset(Channel)
        return frozenset(kind for kind in Channel if not _why_not(config, providers, kind, phone))

    return ways


def lint(
    ledger: Ledger, chains: Chains, config: Config, providers: Mapping[str, Provider]
) -> Iterator[Seen]:
    """The people of the chains' roles, or the one thing that stops them all."""
    if not providers:
        yield NO_PROVIDER
        return
    wanted = _wanted(chains)
    for person in ledger.people.values():
        kinds = wanted.get(person.role, ())
        why = {kind: _why_not(config, providers, kind, person.phone) for kind in kinds}
        lost = {kind: reason for kind, reason in why.items() if reason}
        if lost:
            said = ", ".join(f"{kind} ({reason})" for kind, reason in lost.items())
            how = "cannot be told at all" if len(lost) == len(why) else "cannot be told"
            yield Seen(person.grid_id, "person", person.person_id, f"{how} by {said}", _REMEDY)
        if {*kinds} - {*lost, Channel.CHAT} and not _can_answer(config, providers, person.phone):
            yield Seen(person.grid_id, "person", person.person_id, _MUTE, _VOICE)


def _can_answer(config: Config, providers: Mapping[str, Provider], phone: str) -> bool:
    """By a text, or through our public address: a link, or a key pressed in a call."""
    if config.web.public_url is not None:
        return True
    names = config.channels.providers(Channel.SMS, phone)
    serving = (providers[name] for name in names if name in providers)
    first = next((each for each in serving if Channel.SMS in each.channels), None)
    return first is not None and takes_texts(phone) and first.can_reply(phone)


def _wanted(chains: Chains) -> dict[Role, list[Channel]]:
    wanted: dict[Role, list[Channel]] = {}
    for steps in chains.values():
        for role, kind in (target for step in steps for target in step.targets):
            if kind not in wanted.setdefault(role, []):
                wanted[role].append(kind)
    return {role: sorted(kinds) for role, kinds in wanted.items()}


def _why_not(config: Config, providers: Mapping[str, Provider], kind: Channel, phone: str) -> str:
    """Why a number cannot be told by this kind; blank: it can."""
    if not phone:
        return "no phone"
    if kind is Channel.SMS and not takes_texts(phone):
        return "a landline takes no texts"
    names = [str(name) for name in config.channels.providers(kind, phone)]
    if not names:
        return f"no provider serves {kind} for this number"
    there = [providers[name] for name in names if name in providers]
    if not there:
        return f"{' and '.join(names)}: not set up"
    if not any(kind in provider.channels for provider in there):
        able = " and ".join(provider.name for provider in there)
        return f"{able} cannot, as set up"
    return ""
