"""Recognition: is somebody in the photo, yes or no; and who is it (paper, section 3.4).

Several questions about one photo are turns of one record. Each answer is drawn by itself, so that
none can be guessed from those before it.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

from rap_engine.generate.prompt import IS_THERE_IN_A_WORD
from rap_engine.training.annotators import Asked
from rap_engine.training.annotators.english import joined
from rap_engine.training.makers.cast import Cast, Member
from rap_engine.training.makers.stage import Made, Stage, worded

QUESTIONS: Final = (
    "Is {name} in this photo?",
    "Is {name} in the image?",
    "Can you see {name}?",
    "Is this {name}?",
    "Does the photo show {name}?",
    "Do you see {name} here?",
    "Is that {name} in the picture?",
)
WHO: Final = (
    "Who is this?",
    "Who is in this photo?",
    "Do you know who this is?",
    "Who can you see?",
    "Is there anybody you know in the photo?",
)
_YES: Final = ("Yes, {name} is in the photo.", "Yes, this is {name}.", "Yes, I can see {name}.")
_NO: Final = (
    "No, {name} is not in the photo.",
    "No, I do not see {name} here.",
    "No, that is not {name}.",
)
_THIS_IS: Final = ("This is {name}.", "It is {name}.", "That is {name}.")
_THERE_ARE: Final = ("The photo shows {name}.", "I see {name}.", "There you see {name}.")
_NOBODY: Final = (
    "Nobody that I was told of.",
    "This is nobody that I was told of.",
    "Nobody in this photo is known to me.",
)
_WHO_SHARE: Final = 0.25
_CROP_SHARE: Final = 0.3
"""How often the image is somebody's crop, which a verifier is asked about, not the whole photo."""
_MOST_QUESTIONS: Final = 3
_MOST_KNOWN: Final = 2


def make_recognition(stage: Stage) -> Made | None:
    """Ask whether those who are told of are in the photo, or who is."""
    if not stage.usable():
        return None
    if stage.rng.random() < _WHO_SHARE:
        return _who(stage)
    return _yes_or_no(stage)


def _yes_or_no(stage: Stage) -> Made | None:
    rng = stage.rng
    image, candidates = _image(stage)
    count = rng.randint(1, min(_MOST_QUESTIONS, stage.most_references))
    answers = [not stage.negatives.is_no(rng) for _ in range(count)]
    yes, no = answers.count(True), answers.count(False)
    room = max(stage.most_references - bool(yes), 1)
    shown = rng.sample(candidates, min(yes, len(candidates), max(stage.most_references - no, 1)))
    cast = stage.cast(shown, min(no, room) or stage.noise(len(shown)))
    if no and not cast.noise:
        return None
    asked = _asked(answers, cast, rng)
    return Made(tuple(asked), cast.references, image)


def _asked(answers: Sequence[bool], cast: Cast, rng: Random) -> list[Asked]:
    """Ask about each in turn; about somebody again, in other words, where there are too few."""
    turns = {True: _in_turn(cast.shown, rng), False: _in_turn(cast.noise, rng)}
    asked: dict[str, Asked] = {}
    for at, is_there in enumerate(answers):
        each = turns[is_there][at % len(turns[is_there])]
        one = _one(each.name, rng, is_there=is_there)
        # There are more wordings than questions.
        while one.question in asked:
            one = _one(each.name, rng, is_there=is_there)
        asked[one.question] = one
    return list(asked.values())


def _in_turn(members: Sequence[Member], rng: Random) -> list[Member]:
    return rng.sample(members, len(members))


def _one(name: str, rng: Random, *, is_there: bool) -> Asked:
    if rng.random() < 0.5:  # noqa: PLR2004
        return Asked(IS_THERE_IN_A_WORD.format(name=name), "Yes" if is_there else "No")
    forms = _YES if is_there else _NO
    return Asked(rng.choice(QUESTIONS).format(name=name), rng.choice(forms).format(name=name))


def _image(stage: Stage) -> tuple[str, list[int]]:
    """Choose what is asked about, and return it with those that it shows.

    A crop is compared with crops of other photos alone: of the same one, it is the same picture.
    """
    rng, candidates = stage.rng, list(stage.usable())
    at = rng.choice(candidates)
    views = stage.individual(at).views
    has_others = any(view.photo != stage.scene.photo for view in views)
    if has_others and rng.random() < _CROP_SHARE:
        return stage.casting.crops.plain(stage.view(at)), [at]
    return stage.image, candidates


def _who(stage: Stage) -> Made:
    rng, candidates = stage.rng, stage.usable()
    is_known = not stage.negatives.is_no(rng)
    most = min(_MOST_KNOWN, len(candidates), stage.most_references)
    shown = rng.sample(candidates, rng.randint(1, most)) if is_known else []
    cast = stage.cast(shown, stage.noise(len(shown)))
    question = worded(rng, WHO)
    return Made((Asked(question, _whom(stage, cast)),), cast.references, stage.image)


def _whom(stage: Stage, cast: Cast) -> str:
    names = [each.name for each in cast.shown]
    if not names:
        return stage.rng.choice(_NOBODY)
    is_alone = len(stage.scene.instances) == 1
    forms = _THIS_IS if is_alone else _THERE_ARE
    return stage.rng.choice(forms).format(name=joined(names))
