"""Asks the questions in order, or takes what was given for them. Writes nothing."""

from collections.abc import Callable

from gateway.errors import Mistake, Mistakes
from gateway.setup.known import NONE, Known
from gateway.setup.questions import NAMES, QUESTIONS, Question

Ask = Callable[[Question, str], str]
Refuse = Callable[[str], None]


def interview(known: Known, given: dict[str, str], ask: Ask | None, refuse: Refuse) -> None:
    """Fills ``known.answers``. What is not ``given`` is asked; without ``ask`` it has its default.

    Without ``ask``, raises ``Mistakes`` with every one; with it, wrong answers are asked again.
    """
    left, mistakes, at = dict(given), [], 0
    while at < len(QUESTIONS):
        question = QUESTIONS[at]
        at += 1
        if not question.wanted(known):
            known.answers.pop(question.name, None)
            continue
        was_given = question.name in left
        if was_given:
            answer = left.pop(question.name)
        else:
            default = known[question.name] if not question.secret else ""
            default = default or question.default(known)
            answer = ask(question, default) if ask else default
        if answer == NONE and not question.secret:
            answer = ""
        known.answers[question.name] = answer
        wrong = question.wrong(known, answer)
        if wrong and ask:
            del known.answers[question.name]  # not what Enter means the next time
            refuse(f"{question.name}: {wrong}" if was_given else wrong)
            at = NAMES.index(question.again or question.name)
        elif wrong:
            what, _, remedy = wrong.partition("; ")
            name = f"{question.name}_file" if question.secret else question.name
            mistakes.append(Mistake(name, what, remedy or "mend it"))
    mistakes += [
        Mistake(name, "is not asked for with these answers", "take it out") for name in left
    ]
    if mistakes:
        raise Mistakes(mistakes)
