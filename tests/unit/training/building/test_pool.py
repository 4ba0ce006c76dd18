"""Everybody known, in bounded memory."""

from pathlib import Path

import numpy as np
import pytest

from rap_engine.training.pool import gathering
from rap_engine.training.pool.gathering import PoolBuilder
from rap_engine.training.pool.pool import Pool, usable
from rap_engine.training.scene import Instance, Scene
from rap_engine.types import Box

BOX = Box(0.1, 0.1, 0.5, 0.5)


def scene(
    name: str, *identities: str | None, is_introduction: bool = False, info: str = ""
) -> Scene:
    instances = tuple(Instance(BOX, "dog", each, info=info) for each in identities)
    return Scene(name, Path(f"{name}.jpg"), instances, is_introduction=is_introduction)


def built(*scenes: Scene, seed: int = 1) -> Pool:
    builder = PoolBuilder(seed)
    for each in scenes:
        builder.add("zoo", each)
    return builder.build()


def test_an_individual_has_the_views_of_all_its_photos() -> None:
    pool = built(scene("1", "rex"), scene("2", "rex", "luna"))
    assert [view.photo.name for view in pool.known["zoo:rex"].views] == ["1.jpg", "2.jpg"]
    assert sorted(each.key for each in pool.sampled) == ["zoo:luna", "zoo:rex"]


def test_those_without_an_identity_are_each_by_themselves() -> None:
    pool = built(scene("1", None, None), scene("2", None))
    assert not pool.known
    assert sorted(each.key for each in pool.sampled) == ["zoo/1#0", "zoo/1#1", "zoo/2#0"]


def test_views_are_few_and_the_introduction_is_always_among_them() -> None:
    photos = [scene(str(number), "rex") for number in range(100)]
    photos[70] = scene("intro", "rex", is_introduction=True)
    views = built(*photos).known["zoo:rex"].views
    assert len(views) == gathering.MOST_VIEWS
    assert built(*photos).known["zoo:rex"].first_view.photo.name == "intro.jpg"
    assert max(int(view.photo.stem) for view in views if view.photo.stem != "intro") > 50


def test_an_info_is_found_in_whichever_photo_has_it() -> None:
    assert built(scene("1", "rex"), scene("2", "rex", info="old")).known["zoo:rex"].info == "old"


@pytest.mark.parametrize("seed", range(3))
def test_the_sample_is_bounded_and_from_all_parts(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_SAMPLED", 50)
    pool = built(*(scene(str(number), None) for number in range(1000)), seed=seed)
    numbers = [int(each.views[0].photo.stem) for each in pool.sampled]
    assert len(set(numbers)) == 50
    assert 300 < np.mean(numbers) < 700


def test_a_large_source_does_not_fill_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_SAMPLED", 20)
    builder = PoolBuilder(1)
    for number in range(500):
        builder.add("large", scene(str(number), None))
    for number in range(15):
        builder.add("small", scene(f"s{number}", None))
    keys = [each.key for each in builder.build().sampled]
    assert sum(key.startswith("large") for key in keys) == 10
    assert sum(key.startswith("small") for key in keys) == 10


def test_whoever_is_annotated_twice_or_too_small_cannot_be_told_of() -> None:
    tiny = Instance(Box(0, 0, 0.03, 0.03), "dog")
    twice = scene("1", "rex", "rex", "luna")
    instances = (*twice.instances, tiny)
    assert usable(Scene("1", Path("1.jpg"), instances)) == (2,)


def test_a_photo_knows_who_is_in_it_whatever_source_says_so() -> None:
    builder = PoolBuilder(1)
    builder.add("one", scene("same", "rex"))
    builder.add("other", scene("same", None))
    assert builder.build().seen_in(Path("same.jpg")) == {"one:rex", "other/same#0"}


def test_keys_are_kept_at_half_precision() -> None:
    pool = built(scene("1", "rex"), scene("2", "luna"))
    kept = Pool.of(pool.known, pool.sampled, np.eye(2, dtype=np.float32))
    assert kept.keys is not None
    assert kept.keys.dtype == np.float16
    known = kept.embedding_of(pool.sampled[1].key)
    assert known is not None
    assert known.tolist() == [0.0, 1.0]
    assert kept.embedding_of("nobody") is None
