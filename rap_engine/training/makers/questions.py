"""Questions whose answers stand in an info, and questions about what a photo shows.

Those of the first sort are also asked without a photo (paper, section 4.2: visual and text-only).
"""

from collections.abc import Sequence
from random import Random
from typing import Final

from rap_engine.evaluation.told import BLANK, LETTERS, ToldQuestion
from rap_engine.training.annotators import Asked
from rap_engine.training.makers.cast import Cast, Member
from rap_engine.training.makers.facts import FACTS, questions_about, unanswerable
from rap_engine.training.makers.names import renamed
from rap_engine.training.makers.stage import Made, Stage, worded

ABOUT: Final = (
    "What do you know about {name}?",
    "Tell me about {name}.",
    "What did I tell you about {name}?",
    "What did I say of {name}?",
    "Who is {name}?",
)
_WHICH: Final = ("Which of these fits {name}?", "Which of these did I say of {name}?")
"""Not in the words of `derived_questions`: a measure must not rise by its wording alone."""
_NOT_TOLD: Final = ("I was not told that about {name}.", "Nobody told me that about {name}.")
_IN_WORDS: Final = 0.4
"""How often there is no photo."""
_CHOICE: Final = 0.3
"""How often a record is a multiple choice, in RAP's form."""
_MOST_NAMED: Final = 2
_MOST_ASKED: Final = 3
_OPTIONS: Final = 4


def make_question(stage: Stage) -> Made | None:
    """Ask about infos and, where there is a photo, about what it shows."""
    rng, candidates = stage.rng, stage.usable()
    if not candidates:
        return None
    has_photo = rng.random() >= _IN_WORDS or not stage.casting.with_info
    most = min(_MOST_NAMED, len(candidates), stage.most_references)
    shown = rng.sample(candidates, rng.randint(1, most))
    cast = stage.cast(shown, stage.noise(len(shown)))
    choice = _choice(cast, rng) if rng.random() < _CHOICE else None
    asked = [choice] if choice is not None else _drawn(stage, cast, has_photo=has_photo)
    if not asked:
        return None
    return Made(tuple(asked), cast.references, stage.image if has_photo else None)


def _drawn(stage: Stage, cast: Cast, *, has_photo: bool) -> list[Asked]:
    rng = stage.rng
    asked = [one for each in cast.members for one in _told(each, rng)]
    if has_photo:
        asked += [
            Asked(cast.named(one.question), cast.named(one.answer))
            for one in stage.annotator.questions(stage.sight(cast))
        ]
    return rng.sample(asked, min(len(asked), rng.randint(1, _MOST_ASKED)))


def _told(member: Member, rng: Random) -> list[Asked]:
    """Ask for all of an info, for each fact in it, and for one that is not."""
    name, info = member.name, member.reference.info
    if not info:
        return []
    marked = renamed(info, member.reference.name, name)
    asked = [Asked(worded(rng, ABOUT, name=name), marked), *questions_about(name, info, rng)]
    unknown = unanswerable(name, info, member.reference.category, rng)
    if unknown is not None:
        asked.append(Asked(unknown, rng.choice(_NOT_TOLD).format(name=name)))
    return asked


def _choice(cast: Cast, rng: Random) -> Asked | None:
    """Ask which info is somebody's, or which value a fact in it has."""
    choices = [
        one
        for each in cast.members
        for one in (_info_choice(each, cast, rng), _fact_choice(each, rng))
        if one is not None
    ]
    return rng.choice(choices) if choices else None


def _info_choice(member: Member, cast: Cast, rng: Random) -> Asked | None:
    told = _blanked(member)
    others = list(dict.fromkeys(filter(None, map(_blanked, cast.members))))
    others = [info for info in others if info != told]
    if not told or not others:
        return None
    question = rng.choice(_WHICH).format(name=member.name)
    return _with_options(question, told, others, rng)


def _fact_choice(member: Member, rng: Random) -> Asked | None:
    info = member.reference.info
    found = [(fact, value) for fact in FACTS if (value := fact.found_in(info)) is not None]
    if not found:
        return None
    fact, value = rng.choice(found)
    question = rng.choice(fact.questions).format(name=member.name)
    return _with_options(question, value, [other for other in fact.values if other != value], rng)


def _with_options(question: str, right: str, wrong: Sequence[str], rng: Random) -> Asked:
    options = [right, *rng.sample(wrong, min(_OPTIONS - 1, len(wrong)))]
    rng.shuffle(options)
    letter = LETTERS[options.index(right)]
    asked = ToldQuestion(question=question, answer=letter, options=tuple(options))
    return Asked(asked.words, letter)


def _blanked(member: Member) -> str:
    return renamed(member.reference.info, member.reference.name, BLANK)
