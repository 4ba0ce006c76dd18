"""Answers to "where is Biscuit?": the place in words, and its box."""

from collections.abc import Sequence

from rap_engine.generate.composed import sentences
from rap_engine.generate.composed.places import place_of
from rap_engine.generate.composed.scene import Known, Scene
from rap_engine.generate.composed.sighting import describe
from rap_engine.generate.protocol import Generated, LocatedName
from rap_engine.generate.question import Question
from rap_engine.naming import fold
from rap_engine.types import Region


def locate(scene: Scene, question: Question, named: Sequence[Known]) -> Generated:
    """Say where what the question means is, and what of it is not there."""
    there, strangers = _meant(scene, question, named)
    found = {fold(known.reference.name) for known in there}
    absent = [known for known in named if fold(known.reference.name) not in found]
    said = [_place_of_known(known) for known in there]
    said += [_place_of_stranger(region) for region in strangers]
    if absent:
        whom = sentences.either(list(dict.fromkeys(known.reference.name for known in absent)))
        said.append(sentences.NOT_SEEN.format(whom=whom))
    if not there and not strangers and (scene.seen or scene.strangers or not absent):
        said.append(describe(scene))
    return Generated(" ".join(said), _boxes(there, strangers))


def _meant(
    scene: Scene, question: Question, named: Sequence[Known]
) -> tuple[tuple[Known, ...], tuple[Region, ...]]:
    if named:
        return tuple(known for known in named if known.is_seen), ()
    if not question.kinds:
        return scene.seen, () if scene.seen else scene.strangers
    return (
        tuple(one for one in scene.seen if fold(one.reference.category) in question.kinds),
        tuple(one for one in scene.strangers if fold(one.label or "") in question.kinds),
    )


def _place_of_known(known: Known) -> str:
    if known.box is None:
        return sentences.SOMEWHERE.format(name=known.shown_name)
    template = sentences.IS_AT if known.is_sure else sentences.IS_PERHAPS_AT
    return template.format(name=known.shown_name, where=place_of(known.box))


def _place_of_stranger(region: Region) -> str:
    what = sentences.counted(region.label or "", 1)
    return sentences.STRANGER_AT.format(what=what, where=place_of(region.box))


def _boxes(there: Sequence[Known], strangers: Sequence[Region]) -> tuple[LocatedName, ...]:
    known = [LocatedName(one.shown_name, one.box) for one in there if one.box is not None]
    strange = [LocatedName(region.label or "", region.box) for region in strangers]
    return (*known, *strange)
