"""What a record's answers say that its photo shows."""

from dataclasses import replace

import pytest

from rap_engine.training.kinds import Kind
from rap_engine.training.records import Record
from rap_engine.training.records.record import RecordReference, Said
from rap_engine.training.trainer.shown import crops_shown, who_is_shown

REFERENCES = (RecordReference("bo.jpg", "Bo", "", "dog"), RecordReference("pip.jpg", "Pip", "", ""))


def _record(kind: Kind, *words: str) -> Record:
    said = tuple(Said("gpt" if at % 2 else "human", each) for at, each in enumerate(words))
    return Record("one", kind, "photo.jpg", said, REFERENCES)


@pytest.mark.parametrize(
    ("kind", "said", "known"),
    [
        ("recognition", ("Is <Bo> in this photo?", "Yes"), {0: True}),
        ("recognition", ("Is <Bo> in this photo?", "yes, he is."), {0: True}),
        ("recognition", ("Is <Bo> in this photo?", "No"), {0: False}),
        ("recognition", ("Is <Bo> in this photo?", "No, I do not see <Bo> here."), {0: False}),
        ("recognition", ("Who is this?", "It is <Pip>."), {1: True}),
        ("recognition", ("Is <Bo> here?", "No", "And <Pip>?", "Yes"), {0: False, 1: True}),
        # These only begin as yes and no do.
        ("recognition", ("Is <Bo> here?", "Yesterday."), {}),
        ("recognition", ("Who is this?", "Nobody but <Bo>."), {0: True}),
        # Where answers differ, the photo shows it.
        ("recognition", ("Is <Bo> here?", "No", "Who is it?", "<Bo>."), {0: True}),
        ("caption", ("Give a caption.", "<Bo> and <Pip> on a sofa."), {0: True, 1: True}),
        ("caption", ("Give a caption.", "A sofa."), {}),
        ("description", ("Describe it.", "<Pip> sleeps."), {1: True}),
        ("grounding", ("Give the bounding box of <Bo> in the image.", "[0, 0, 1, 1]"), {0: True}),
        # Whom a question is about need not be in the photo.
        ("question", ("What does <Bo> like?", "<Bo> likes tea."), {}),
        ("question", ("Is <Bo> asleep?", "No, he is playing."), {}),
        ("question", ("Is <Bo> asleep?", "Yes"), {}),
        ("caption", ("Is <Bo> asleep?", "No, <Pip> is."), {}),
    ],
)
def test_who_is_shown(kind: Kind, said: tuple[str, ...], known: dict[int, bool]) -> None:
    record = _record(kind, *said)
    assert who_is_shown(record) == known
    shown = [REFERENCES[number].crop for number, is_shown in known.items() if is_shown]
    assert list(crops_shown(record)) == shown


def test_without_a_photo_nobody_is_shown() -> None:
    record = replace(_record("recognition", "Is <Bo> here?", "Yes"), image=None)
    assert who_is_shown(record) == {}
