"""What a question is asked into: the lists its asker sees, their concepts, what was said before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from rap_engine.exchange import Question
from rap_engine.memory import acting_as
from rap_engine.memory.concepts import ConceptSummary, best_photos, list_concepts
from rap_engine.memory.conversations import ChatId, PastTurn, history
from rap_engine.memory.people import personal_list, visible_lists
from rap_engine.namesakes import owners, told_apart
from rap_engine.retrieve.names import named_in
from rap_engine.types import Match, Reference


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Read once at the start of an answer.

    `lists` by id with their titles. `names` is what answers call each concept, which may differ
    from its name: see `rap_engine.namesakes`.
    """

    lists: dict[int, str]
    concepts: dict[int, ConceptSummary]
    names: dict[int, str]
    history: tuple[PastTurn, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """The detector's vocabulary: each category of the lists once."""
        return tuple(sorted({c.category for c in self.concepts.values() if c.category}))

    def name(self, concept_id: int) -> str:
        """Return what a concept that the asker sees is called, so that nobody takes it for another.

        Every answer, picture and prompt says it so.
        """
        return self.names[concept_id]

    def plainly(self, text: str) -> str:
        """Return a question with the names alone where it says whose they are.

        "Where is Biscuit (Smiths)?" means one of two; whoever answers reads "Where is Biscuit?".
        """
        exact = {name.casefold(): each for each, name in self._told_apart().items()}
        if not exact:
            return text
        # Longer ones first: one may be the beginning of another.
        anywhere = "|".join(map(re.escape, sorted(exact, key=len, reverse=True)))
        return re.sub(
            anywhere,
            lambda found: self._plain_name(found[0], exact),
            text,
            flags=re.IGNORECASE,
        )

    def wanted(self, question: Question, matches: Sequence[Match]) -> list[int]:
        """Return the concepts that matter for a question: named ones first, then matched ones.

        A name is that of all who have it, unless the question says whose. A question in words that
        names nobody goes on about those of the turn before.
        """
        wanted = self._named(question.text)
        wanted += [match.concept_id for match in matches]
        if not wanted and question.photo is None and self.history:
            wanted = [each for each in self.history[-1].concept_ids if each in self.concepts]
        return list(dict.fromkeys(wanted))

    def _named(self, text: str) -> list[int]:
        plain = [(concept.name, concept_id) for concept_id, concept in self.concepts.items()]
        exact = [(name, concept_id) for concept_id, name in self._told_apart().items()]
        said = [*plain, *exact]
        # The longer name wins a place, and the exact one is longer.
        found = named_in(text, {number: name for number, (name, _) in enumerate(said)})
        return [said[number][1] for number in found]

    def _plain_name(self, said: str, exact: Mapping[str, int]) -> str:
        concept_id = exact.get(said.casefold())
        return said if concept_id is None else self.concepts[concept_id].name

    def _told_apart(self) -> dict[int, str]:
        """Return the names that say whose they are."""
        return {each: name for each, name in self.names.items() if name != self.concepts[each].name}


def read_surroundings(session: Session, chat: ChatId) -> Surroundings:
    """Read what an answer in this chat starts from."""
    lists = visible_lists(session, chat.actor)
    with acting_as(session, chat.actor):
        concepts = list_concepts(session, lists)
        turns = history(session, chat)
        called = owners(lists, personal_list(session, chat.actor))
    names = told_apart(concepts, called)
    return Surroundings(lists, {c.concept_id: c for c in concepts}, names, tuple(turns))


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
            shown_name=around.name(concept.concept_id),
            photo=photos[concept.concept_id],
            match=match_of.get(concept.concept_id),
        )
        for concept in (around.concepts[concept_id] for concept_id in concept_ids)
        # One that was forgotten while the photo was looked at has no view any longer.
        if concept.concept_id in photos
    )
