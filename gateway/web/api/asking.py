"""What is asked of the gateway by the API, and what it answers where nothing was done."""

from typing import TYPE_CHECKING, Any, TypeAlias

from fastapi import HTTPException

from gateway.accounts.rights import Who
from gateway.granting import Refused
from gateway.requests import carry_out
from gateway.web.api.models import Problem

if TYPE_CHECKING:
    from gateway.web.site import Site

Answers: TypeAlias = dict[int | str, dict[str, Any]]

NONE: Answers = {404: {"model": Problem, "description": "There is none, or not in their grid."}}


def refused(why: str) -> Answers:
    """``why``: when this is answered, for the document."""
    return {409: {"model": Problem, "description": why}}


async def ask(site: "Site", who: Who, body: dict[str, Any]) -> dict[str, Any]:
    """What it answers; 409 with its reason where it refuses."""
    try:
        answer = await carry_out(site.core, {**body, "by": who.by})
    except Refused as error:
        raise HTTPException(409, str(error)) from None
    site.committed()
    return answer
