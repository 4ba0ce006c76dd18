"""Answers about who is there: captions, "who is this?" and "is this Biscuit?"."""

import re
from collections.abc import Sequence
from typing import Final

from rap_engine.generate.composed import sentences
from rap_engine.generate.composed.places import is_central, place_of
from rap_engine.generate.composed.scene import Known, Scene, count_kinds
from rap_engine.naming import fold
from rap_engine.types import Region

_LIVING: Final = re.compile(
    r"(?<!teddy )\b(?:person|man|woman|boy|girl|child|kid|baby|face|friend|dog|puppy|cat|kitten"
    r"|bird|horse|pony|sheep|cow|elephant|bear|zebra|giraffe|rabbit|bunny|hamster|parrot|budgie"
    r"|fish|goldfish|turtle|tortoise|goat|pig|duck|chicken|hen|lizard|snake|mouse|rat|ferret|hedgehog"
    r"|donkey|fox|wolf|monkey|squirrel|frog|pet|animal)$"
)


def describe(scene: Scene) -> str:
    """Say who is there, strangers included."""
    if not scene.seen:
        return _strangers_alone(scene.strangers)
    # Beside somebody known, the furniture goes without saying.
    living = [region for region in scene.strangers if _is_living(region)]
    parts = [_recognised(scene.seen, scene.is_crowd)]
    if living:
        several = len(living) > 1
        also = sentences.ALSO_STRANGERS if several else sentences.ALSO_STRANGER
        parts.append(also.format(what=count_kinds(living)))
    return " ".join(parts)


def recognised(some: Sequence[Known], scene: Scene) -> str:
    """Say that those of the concepts are there that are, "" if none is."""
    there = [known for known in some if known.is_seen]
    return _recognised(there, scene.is_crowd)


def confirm(scene: Scene, asked: Sequence[Known]) -> str:
    """Answer yes or no to whether the asked concepts are there.

    Namesakes are asked for together, and one of them answers for all.
    """
    there = [known for known in asked if known.is_seen]
    names_there = {fold(known.reference.name) for known in there}
    absent = [known for known in asked if fold(known.reference.name) not in names_there]
    if not absent:
        return _yes(there, is_crowd=scene.is_crowd)
    whom = sentences.either(list(dict.fromkeys(known.reference.name for known in absent)))
    if there:
        seen = _recognised(there, is_crowd=True)
        return " ".join([sentences.NOT_ALL, seen, sentences.NOT_SEEN.format(whom=whom)])
    no = sentences.NO.format(whom=whom)
    is_empty = not scene.seen and not scene.strangers
    return no if is_empty else f"{no} {describe(scene)}"


def confirm_kinds(scene: Scene, kinds: frozenset[str]) -> str:
    """Answer yes or no to whether a kind of thing is there: "is there a dog?"."""
    known = tuple(one for one in scene.seen if fold(one.reference.category) in kinds)
    strange = tuple(one for one in scene.strangers if fold(one.label or "") in kinds)
    if known:
        return _yes(known, is_crowd=scene.is_crowd)
    if strange:
        return f"{sentences.YES_STRANGER} {describe(scene)}"
    whom = sentences.either([sentences.counted(kind, 1) for kind in sorted(kinds)])
    return f"{sentences.NO.format(whom=whom)} {describe(scene)}"


def _yes(there: Sequence[Known], *, is_crowd: bool) -> str:
    template = sentences.YES if all(one.is_sure for one in there) else sentences.YES_PERHAPS
    return template.format(who=_with_places(there, is_crowd))


def _recognised(seen: Sequence[Known], is_crowd: bool) -> str:
    sure = [known for known in seen if known.is_sure]
    unsure = [known for known in seen if not known.is_sure]
    perhaps = sentences.PERHAPS_TOO if sure else sentences.PERHAPS
    parts = [
        template.format(who=_with_places(some, is_crowd))
        for template, some in ((sentences.THIS_IS, sure), (perhaps, unsure))
        if some
    ]
    return " ".join(parts)


def _with_places(some: Sequence[Known], is_crowd: bool) -> str:
    return sentences.both([_with_place(known, is_crowd) for known in some])


def _with_place(known: Known, is_crowd: bool) -> str:
    if known.box is None or (is_central(known.box) and not is_crowd):
        return known.shown_name
    return sentences.with_place(known.shown_name, place_of(known.box))


def _strangers_alone(strangers: Sequence[Region]) -> str:
    if not strangers:
        return sentences.NOBODY
    what = count_kinds(strangers)
    if len(strangers) > 1:
        return sentences.STRANGERS.format(what=what)
    living = _is_living(strangers[0])
    return (sentences.STRANGER_LIVING if living else sentences.STRANGER_THING).format(what=what)


def _is_living(region: Region) -> bool:
    return _LIVING.search(fold(region.label or "")) is not None
