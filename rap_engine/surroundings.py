"""What a question is asked into: the lists its asker sees, their concepts, what was said before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from rap_engine.exchange import Question
from rap_engine.memory import acting_as
from rap_engine.memory.concepts import ConceptSummary, best_photos, list_concepts
from rap_engine.memory.conversations import ChatId, PastTurn, history
from rap_engine.memory.people import visible_lists
from rap_engine.retrieve.names import named_in
from rap_engine.types import Match, Reference


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Read once at the start of an answer."""

    lists: dict[int, str]
    concepts: dict[int, ConceptSummary]
    history: tuple[PastTurn, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """The detector's vocabulary: each category of the lists once."""
        return tuple(sorted({c.category for c in self.concepts.values() if c.category}))

    def name(self, concept_id: int) -> str:
        """Return the name of a concept that the asker sees."""
        return self.concepts[concept_id].name

    def wanted(self, question: Question, matches: Sequence[Match]) -> list[int]:
        """Return the concepts that matter for a question: named ones first, then matched ones.

        A question in words that names nobody goes on about those of the turn before.
        """
        names = {concept_id: concept.name for concept_id, concept in self.concepts.items()}
        wanted = named_in(question.text, names)
        wanted += [match.concept_id for match in matches]
        if not wanted and question.photo is None and self.history:
            wanted = [each for each in self.history[-1].concept_ids if each in self.concepts]
        return list(dict.fromkeys(wanted))


def read_surroundings(session: Session, chat: ChatId) -> Surroundings:
    """Read what an answer in this chat starts from."""
    lists = visible_lists(session, chat.actor)
    with acting_as(session, chat.actor):
        concepts = list_concepts(session, lists)
        turns = history(session, chat)
    return Surroundings(lists, {c.concept_id: c for c in concepts}, tuple(turns))


def read_references(
    session: Session, around: Surroundings, concept_ids: Sequence[int], matches: Sequence[Match]
) -> tuple[Reference, ...]:
    """Return references for the concepts, in their order, with the match of each that has one."""
    photos = best_photos(session, around.lists, concept_ids)
    match_of = {match.concept_id: match for match in matches}
    return tuple(
        Reference(
            concept_id=concept.concept_id,
            name=concept.name,
            info=concept.info,
            category=concept.category,
            list_title=around.lists[concept.list_id],
            photo=photos[concept.concept_id],
            match=match_of.get(concept.concept_id),
        )
        for concept in (around.concepts[concept_id] for concept_id in concept_ids)
        # One that was forgotten while the photo was looked at has no view any longer.
        if concept.concept_id in photos
    )
