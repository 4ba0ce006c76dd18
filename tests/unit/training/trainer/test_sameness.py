"""What a record's answers say that its photo shows."""

import pytest

from rap_engine.training.records import Record
from rap_engine.training.records.record import RecordReference, Said
from rap_engine.training.trainer.sameness import crops_shown, sameness

REFERENCES = (RecordReference("bo.jpg", "Bo", "", "dog"), RecordReference("pip.jpg", "Pip", "", ""))


def _record(*words: str) -> Record:
    said = tuple(Said("gpt" if at % 2 else "human", each) for at, each in enumerate(words))
    return Record("one", "recognition", "photo.jpg", said, REFERENCES)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (("Is <Bo> in this photo?", "Yes"), {0: True}),
        (("Is <Bo> in this photo?", "yes, he is."), {0: True}),
        (("Is <Bo> in this photo?", "No"), {0: False}),
        (("Is <Bo> in this photo?", "No, I do not see <Bo> here."), {0: False}),
        (("Who is this?", "It is <Pip>."), {1: True}),
        (("Give a caption.", "<Bo> and <Pip> on a sofa."), {0: True, 1: True}),
        (("Give a caption.", "A sofa."), {}),
        (("Is <Bo> here?", "No", "And <Pip>?", "Yes"), {0: False, 1: True}),
        (("What does Bo like?", "Bo likes tea."), {}),
        # These only begin as yes and no do.
        (("Is <Bo> here?", "Yesterday."), {}),
        (("Who is this?", "Nobody but <Bo>."), {0: True}),
        # Where answers differ, the record shows it.
        (("Is <Bo> here?", "No", "Who is it?", "<Bo>."), {0: True}),
    ],
)
def test_who_is_shown(said: tuple[str, ...], known: dict[int, bool]) -> None:
    record = _record(*said)
    assert sameness(record) == known
    shown = [REFERENCES[number].crop for number, is_shown in known.items() if is_shown]
    assert list(crops_shown(record)) == shown
