"""What a public address makes possible: keys in calls, webhooks, one-tap links. Read once.

Without one, or without the token that webhooks are signed with, the gateway asks instead.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from fastapi import APIRouter

from gateway import secrets
from gateway.alerts.compose import Ways
from gateway.answering import Answering
from gateway.config import Config
from gateway.web import links, webhooks
from gateway.web.links import Links, session_key
from rules.moment import Moment

log = logging.getLogger("doorwatch")


class PublicAddress(NamedTuple):
    """``webhooks_at`` and ``auth_token`` are blank where the provider cannot reach us."""

    webhooks_at: str = ""
    auth_token: str = ""
    links: Links | None = None

    @property
    def ways(self) -> Ways:
        """In which ways people can answer."""
        if self.links is None:
            return Ways(keypad=bool(self.webhooks_at))
        return Ways(keypad=bool(self.webhooks_at), link=self.links.make)

    def routers(
        self, answering: Answering, now: Callable[[], Moment], refused: Callable[[str], None]
    ) -> list[APIRouter]:
        """What the web listener serves of it."""
        found = []
        if self.links is not None:
            found.append(links.router(answering, refused))
        if self.webhooks_at:
            found.append(
                webhooks.router(
                    answering,
                    public_url=self.webhooks_at,
                    auth_token=self.auth_token,
                    now=now,
                    refused=refused,
                )
            )
        return found


def read(config: Config) -> PublicAddress:
    """As the configuration has it."""
    url, twilio = config.web.public_url, config.twilio
    if url is None:
        return PublicAddress()
    token = secrets.find("twilio", "auth_token", twilio.auth_token_file)
    signed = token.get_secret_value() if token and twilio.is_named else ""
    return PublicAddress(url if signed else "", signed, _links(config, url))


def _links(config: Config, url: str) -> Links | None:
    try:
        return Links(session_key(config.store.path), url)
    except OSError as error:
        log.error("no one-tap links, web_session_key: %s", error.strerror)
        return None
