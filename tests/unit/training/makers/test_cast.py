"""References: names that teach nothing, views of other photos, infos for one record."""

from dataclasses import replace

import pytest

from rap_engine.naming import fold
from rap_engine.training.chance import chance
from rap_engine.training.makers.facts import questions_about, tell_more, unanswerable
from rap_engine.training.makers.names import can_be_renamed, draw_name, names_for, renamed
from rap_engine.training.plan import NegativesPlan
from rap_engine.training.scene import Scene
from tests.unit.training.makers.scenes import Park, shows


def test_one_individual_has_another_name_in_each_record(park: Park) -> None:
    names = {
        about["name"]
        for seed in range(30)
        for colour, about in park.record("grounding", seed, scene=park.alone)["extra"].items()
        if colour == "red"
    }
    assert len(names) > 20


def test_its_info_goes_along_with_the_name(park: Park) -> None:
    for seed in range(20):
        ((_, about),) = park.record("grounding", seed, scene=park.alone)["extra"].items()
        assert about["info"].startswith(f"{about['name'][1:-1]} is a corgi, afraid of thunder.")


@pytest.mark.parametrize("info", ["Unser Bärli schläft viel.", "A corgi. Rexy, Rex's own."])
def test_an_info_in_which_a_name_would_stay_is_not_told(park: Park, info: str) -> None:
    name = "Bär" if "Bär" in info else "Rex"
    own = Scene("own", park.scene.photo, (replace(park.dog, identity=None, name=name, info=info),))
    for seed in range(10):
        cast = park.stage(seed, scene=own).cast([0], 0)
        (member,) = cast.members
        said = f"{member.reference} {cast.subjects}"
        assert fold(name) not in fold(said.replace(member.reference.crop, ""))
        assert member.reference.info


@pytest.mark.parametrize(
    ("text", "name", "can_be"),
    [
        ("<Rex> and REX's bed", "Rex", True),
        ("Rexona", "Rex", False),
        ("Marty sleeps, says Marta", "Marta", False),
        ("Marta sleeps", "Marta", True),
        ("Kocham Anię", "Ania", False),
        ("モチは眠い", "モチ", False),
        ("José and Jose", "José", False),
        ("Captain eats", "Captain Rex", False),
        ("nothing of it", "", True),
    ],
)
def test_a_name_can_be_changed_where_nothing_like_it_is_left(
    text: str, name: str, can_be: bool
) -> None:
    assert can_be_renamed(text, name) is can_be


def test_nobody_gets_the_name_that_they_had(park: Park) -> None:
    own = Scene("own", park.scene.photo, (replace(park.dog, identity=None, name="Milo", info=""),))
    names = {park.stage(seed, scene=own).cast([0], 0).members[0].name for seed in range(400)}
    assert len(names) > 80
    assert "<Milo>" not in names


def test_nobody_gets_a_name_that_is_taken_or_told_of_another() -> None:
    taken = [name for name in names_for("dog") if name not in ("Luna", "Milo")]
    told = "The best friend of Luna."
    assert {draw_name("dog", told, taken, chance(seed)) for seed in range(10)} == {"Milo"}


def test_people_pets_and_things_have_names_of_their_own() -> None:
    assert "Emma" in names_for("woman")
    assert "Biscuit" in names_for("golden retriever dog")
    assert names_for("teddy bear") is names_for("vase") is names_for("toy dog")


def test_a_name_is_changed_where_it_is_a_word() -> None:
    assert renamed("<Rex> and REX's bed, Rexona", "Rex", "Bo") == "Bo and Bo's bed, Rexona"
    assert renamed("nothing", "", "Bo") == "nothing"
    assert renamed("Rex", "Rex", r"\1") == r"\1"


def test_facts_are_not_told_twice(park: Park) -> None:
    info = "Rex is afraid of thunder, lives in Rome, loves cheese and is nine years old."
    assert {tell_more(info, "Rex", "dog", chance(seed)) for seed in range(20)} == {info}


def test_what_an_info_denies_is_not_asked_for() -> None:
    assert questions_about("<Rex>", "Rex is not afraid of thunder.", chance(1)) == []
    assert questions_about("<Rex>", "Rex is no longer afraid of thunder.", chance(1)) == []


def test_questions_find_facts_in_words_of_people() -> None:
    info = "Our corgi, afraid of vacuum cleaners, and he loves the beach."
    asked = {one.answer for one in questions_about("<Rex>", info, chance(1))}
    assert asked == {"<Rex> is afraid of vacuum cleaners.", "<Rex> loves the beach."}


def test_nothing_is_unknown_that_an_info_says_in_other_words() -> None:
    info = "Our home is in Rome. Scared by storms, fond of cheese, born in May."
    assert {unanswerable("<Rex>", info, "dog", chance(seed)) for seed in range(30)} == {None}


def colours(park: Park, scene: Scene, variants: int) -> set[str]:
    stages = [park.stage(seed, scene=scene, variants=variants) for seed in range(30)]
    return {shows(park.folder / stage.cast([0], 0).members[0].reference.crop) for stage in stages}


def test_a_reference_of_the_very_photo_is_always_a_changed_one(park: Park) -> None:
    once = Scene("once", park.alone.photo, (replace(park.dog, identity=None),))
    assert colours(park, once, variants=2) == {"augmented"}
    assert colours(park, once, variants=0) == {"red"}


def test_a_reference_of_another_photo_is_changed_or_as_it_was(park: Park) -> None:
    assert colours(park, park.alone, variants=2) == {"augmented", "red"}


def test_half_of_the_references_are_introductions(park: Park) -> None:
    elsewhere = Scene("elsewhere", park.alone.photo, (park.dog,))
    crops: dict[str, int] = {}
    for seed in range(60):
        stage = park.stage(seed, scene=elsewhere)
        crop = stage.cast([0], 0).members[0].reference.crop
        crops[crop] = crops.get(crop, 0) + 1
    # By the introduction, or by any photo but this one, of which it is one again.
    assert len(crops) == 2
    assert 35 <= max(crops.values()) <= 55


def test_noise_is_never_somebody_of_the_photo(park: Park) -> None:
    for seed in range(40):
        stage = park.stage(seed, NegativesPlan(references=1, most=3, hard=0.5), scene=park.scene)
        cast = stage.cast([], 3)
        assert {each.reference.category for each in cast.members} == {"dog", "cat", "cup"}
        assert not cast.shown
