"""A home with its doors moved, or an opening covered: by position: every reading passes here."""

from rules.home import Home, Leaf, Opening, due_of
from rules.moment import make
from rules.windows import Cover, Plan, use


def covered(
    home: Home,
    doors: tuple[Leaf, ...],
    today: Plan,
    found: Cover,
    opening: Opening | None,
) -> Home:
    """The opening under this window or pass, which is one opening poorer."""
    policy, _, _, _, incident, used, passes, uncovered, _, tried, matters = home
    if found.day:
        used = use(used, found)
    elif found.by_pass:
        passes = tuple(granted for granted in passes if granted.pass_id != found.name)
    due = due_of(opening, incident, policy, matters)
    return make(
        Home,
        (policy, due, doors, opening, incident, used, passes, uncovered, today, tried, matters),
    )


def moved(home: Home, doors: tuple[Leaf, ...], opening: Opening | None) -> Home:
    """The home with its doors and its opening as they now are."""
    policy, _, _, _, incident, used, passes, uncovered, today, tried, matters = home
    due = due_of(opening, incident, policy, matters)
    return make(
        Home,
        (policy, due, doors, opening, incident, used, passes, uncovered, today, tried, matters),
    )
