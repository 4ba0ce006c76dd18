"""From a request to an answer: understand the question, read the evidence, compose."""

from dataclasses import dataclass
from typing import Final

from rap_engine.generate.composed import sentences
from rap_engine.generate.composed.location import locate
from rap_engine.generate.composed.scene import Known, Scene, read_scene
from rap_engine.generate.composed.sighting import confirm, confirm_kinds, describe, recognised
from rap_engine.generate.composed.telling import facts, facts_if_meant, introduce, tell
from rap_engine.generate.protocol import Generated, GenerationRequest
from rap_engine.generate.question import Asks, Question, understand

_LOOKING_PROFILES: Final = ("rap-llava", "openai")
_ABOUT_A_PHOTO: Final = frozenset(
    {Asks.CAPTION, Asks.WHO, Asks.PRESENCE, Asks.PLACE, Asks.CLOSER_LOOK}
)
_SMALL_TALK: Final = {Asks.HELLO: sentences.HELLO, Asks.THANKS: sentences.WELCOME}


class ComposedGenerator:
    """Composes answers from the evidence alone: matches, places and what was told.

    It never looks at the photo's pixels, has no model and gives no stranger a name.
    """

    name = "composed"

    def __init__(self, profile: str = "starter") -> None:
        self._profile = profile

    def generate(self, request: GenerationRequest) -> Generated:
        """Return the answer to the request's question."""
        question, scene = understand(request), read_scene(request)
        answer = _Answer(question, scene, self._profile, has_photo=request.photo is not None)
        return answer.compose()


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer in the making."""

    question: Question
    scene: Scene
    profile: str
    has_photo: bool

    def compose(self) -> Generated:
        asks = self.question.asks
        if asks in _SMALL_TALK:
            return Generated(_SMALL_TALK[asks])
        if asks is Asks.PLACE and self.has_photo:
            return locate(self.scene, self.question, self._named())
        if asks in _ABOUT_A_PHOTO and not self.has_photo:
            return self._without_photo()
        return Generated(self._text(asks))

    def _text(self, asks: Asks) -> str:
        if asks is Asks.PRESENCE:
            return self._presence()
        if asks is Asks.TELL:
            return self._tell()
        if asks is Asks.FACT:
            return self._fact()
        if asks is Asks.CLOSER_LOOK:
            return _joined(self._who_is_there(), self._beyond(sentences.CANNOT_LOOK))
        return self._caption()

    def _caption(self) -> str:
        return _joined(
            describe(self.scene), introduce(self.scene.seen, is_crowd=self.scene.is_crowd)
        )

    def _presence(self) -> str:
        named = self._named()
        if named and self.question.chooses and any(known.is_seen for known in named):
            return describe(self.scene)
        if named:
            return confirm(self.scene, named)
        if self.question.kinds:
            return confirm_kinds(self.scene, self.question.kinds)
        return self._caption()

    def _tell(self) -> str:
        concepts = self._subjects()
        if not concepts:
            return describe(self.scene) if self.has_photo else sentences.WHOM
        return _joined(self._present(), tell(concepts))

    def _fact(self) -> str:
        concepts = self._subjects()
        if found := facts(self.question, concepts):
            return _joined(self._present(), found)
        if not self.has_photo:
            return _joined(self._not_told(), self._beyond(sentences.CANNOT_THINK))
        if not concepts and (meant := facts_if_meant(self.question, self.scene.unseen)):
            return _joined(self._present(), meant)
        beyond = self._beyond(sentences.CANNOT_LOOK)
        return _joined(self._who_is_there(), self._not_told(), beyond)

    def _without_photo(self) -> Generated:
        """Answer a question about a photo that is not there, if words alone can."""
        concepts = self._subjects()
        told = facts(self.question, concepts) if self.question.asks is Asks.PLACE else ""
        return Generated(told) if told else Generated(sentences.NO_PHOTO, needs_photo=True)

    def _present(self) -> str:
        """Say what an answer from words must not pass over: who the photo shows.

        Of concepts that the question names, only that they are missing.
        """
        if not self.has_photo:
            return ""
        named = self._named()
        if not named:
            return describe(self.scene)
        absent = [known.shown_name for known in named if not known.is_seen]
        return sentences.NOT_SEEN.format(whom=sentences.either(absent)) if absent else ""

    def _who_is_there(self) -> str:
        """Say who of those that the question means the photo shows and does not."""
        return _joined(recognised(self._named(), self.scene), self._present())

    def _not_told(self) -> str:
        named = self._named()
        if not named:
            return sentences.NOT_TOLD
        names = sentences.both([known.shown_name for known in named])
        return sentences.NOT_TOLD_ABOUT.format(name=names)

    def _beyond(self, template: str) -> str:
        others = sentences.profiles(_LOOKING_PROFILES)
        return template.format(profile=self.profile, others=others)

    def _named(self) -> tuple[Known, ...]:
        by_id = {known.reference.concept_id: known for known in self.scene.concepts}
        return tuple(by_id[concept_id] for concept_id in self.question.named)

    def _subjects(self) -> tuple[Known, ...]:
        """Return whom the question is about.

        A photo's strangers are never taken for those that the conversation spoke of before.
        """
        return self._named() or (self.scene.seen if self.has_photo else self.scene.concepts)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
