"""Other names in what people asked: nobody's own is learnt."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from rap_engine.naming import find_mentions, fold
from rap_engine.training.chance import chance
from rap_engine.training.makers.names import can_be_renamed, draw_name, renamed
from rap_engine.training.records import Record, Said


@dataclass(frozen=True, slots=True)
class Renaming:
    """Gives the one reference of a record another name, drawn by the seed and the record's id."""

    seed: int

    def __call__(self, record: Record, known: Collection[str]) -> Record | None:
        """Return a record with another name in its words and its reference.

        Args:
            record: with one reference.
            known: everybody's names, folded.

        Returns:
            None where a name would stay: it is inflected, or somebody else is spoken of.
        """
        (reference,) = record.references
        own = reference.name
        texts = [reference.info, *(said.words for said in record.conversation)]
        if not all(can_be_renamed(text, own) for text in texts):
            return None
        together = "\n".join(texts)
        if _speaks_of_others(fold(together), fold(own), known):
            return None
        name = draw_name(reference.category, together, (own,), chance(self.seed, record.id, "name"))
        return replace(
            record,
            conversation=tuple(
                Said(said.speaker, renamed(said.words, own, name)) for said in record.conversation
            ),
            references=(replace(reference, name=name, info=renamed(reference.info, own, name)),),
        )


def _speaks_of_others(text: str, own: str, known: Collection[str]) -> bool:
    others = [name for name in known if name in text and name != own]
    # A longer name wins a place that another is a part of, so the own one is looked for as well.
    found = find_mentions(text, dict(enumerate([own, *others])))
    return any(0 not in mention.concept_ids for mention in found)
