"""Recognising in memory, as evaluations do, comes to what the engine and its database come to."""

from pathlib import Path

from rap_engine.engine import Engine
from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.gallery import look
from rap_engine.exchange import Introduction
from rap_engine.memory import Database
from tests.integration.conftest import Person
from tests.integration.engine.colours import colour_profile, write
from tests.unit.evaluation.sets import write_set

PHOTOS = ("red", "blue", "yellow", "red-blue", "crimson-lime", "darkorange", "blue-red")


def test_the_same_concepts_are_found_in_the_same_places(
    database: Database, anna: Person, tmp_path: Path
) -> None:
    asked = EvaluationSet.in_folder(write_set(tmp_path))
    engine = Engine(database, colour_profile())
    ids: dict[int, str] = {}
    for key, concept in asked.dataset.concepts.items():
        photo = asked.dataset.references[key].read_bytes()
        introduction = Introduction(
            name=concept.name, info=concept.info, category=concept.category, photo=photo
        )
        with database.transaction() as session:
            ids[engine.remember(session, anna.actor, introduction).concept_id] = key
    photos = [tmp_path / f"photo-{colours}.jpg" for colours in PHOTOS]
    for photo, colours in zip(photos, PHOTOS, strict=True):
        write(photo, *colours.split("-"))

    gallery = look(colour_profile(), asked.dataset, photos, lambda _: None)

    found = 0
    for photo, sight in gallery.sights.items():
        recognition = engine.recognise(anna.user_id, photo.read_bytes())
        assert [(ids[m.concept_id], m.region, round(m.score, 4)) for m in recognition.matches] == [
            (gallery.concepts[m.concept_id].key, m.region, round(m.score, 4)) for m in sight.matches
        ]
        assert [ids[each] for each in recognition.ranking] == [
            gallery.concepts[m.concept_id].key for m in sight.likeliest
        ]
        found += len(sight.matches)
    assert found >= 6
