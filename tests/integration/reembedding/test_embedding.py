"""Which views get keys, of what, and once each, whatever happens meanwhile."""

import io
import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from rap_engine.memory import Concept, Database, Key, View
from rap_engine.memory.changing import forget, restore
from rap_engine.memory.faces import FACE_PREFIX
from rap_engine.memory.views import Progress, erase_keys_but, progress_of, take_lacking
from rap_engine.reembedding import embed_some
from tests.integration.conftest import Person
from tests.integration.reembedding.setting import Setting, Wide
from tests.services import no_settings

_COLOURS = ("red", "blue", "lime", "yellow", "cyan", "magenta")


@pytest.fixture
def six(setting: Setting, anna: Person) -> list[int]:
    """The concepts of six views."""
    return [setting.remember(anna, colour, colour).concept_id for colour in _COLOURS]


def _progress(database: Database) -> Progress:
    with database.transaction() as session:
        return progress_of(session, Wide.name)


def _jpeg(*size: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "JPEG")
    return buffer.getvalue()


def test_the_scene_makes_the_second_key_again(
    setting: Setting, anna: Person, database: Database
) -> None:
    setting.remember(anna, "Rex", "red", "blue")
    embed_some(database, Wide(), limit=10)
    by_ordinal = select(Key.embedding).order_by(Key.ordinal)
    with database.transaction() as session:
        old = np.array(session.scalars(by_ordinal.where(Key.encoder == "colours")).all())
        new = np.array(session.scalars(by_ordinal.where(Key.encoder == "wide")).all())
    assert float(old[0] @ old[1]) < 0.95  # the crop does not look like what is around it
    assert new[:, :3] * np.sqrt(2) == pytest.approx(old, abs=0.01)


def test_a_view_from_before_scenes_were_kept_gets_a_key_of_its_crop(
    setting: Setting, six: list[int], database: Database
) -> None:
    with database.transaction() as session:
        session.execute(update(View).values(scene=None))
    assert embed_some(database, Wide(), limit=10) == 6
    assert {ordinal for _, ordinal in setting.keys("wide")} == {0}
    assert _progress(database) == Progress(6, 6)


def test_a_scene_that_is_broken_leaves_the_crop(
    setting: Setting, six: list[int], database: Database
) -> None:
    with database.transaction() as session:
        session.execute(update(View).values(scene=b"jpeg"))
    embed_some(database, Wide(), limit=10)
    assert {ordinal for _, ordinal in setting.keys("wide")} == {0}


def test_a_crop_that_is_smaller_than_what_a_person_may_send_is_embedded(
    setting: Setting, six: list[int], database: Database
) -> None:
    with database.transaction() as session:
        session.execute(update(View).values(photo=_jpeg(7, 90)))
    embed_some(database, Wide(), limit=10)
    assert _progress(database) == Progress(6, 6)


def test_a_photo_that_cannot_be_decoded_is_left_out_and_holds_nothing_up(
    setting: Setting, six: list[int], database: Database, anna: Person
) -> None:
    with database.transaction() as session:
        first = session.scalars(select(func.min(View.id))).one()
        session.execute(update(View).where(View.id == first).values(photo=b"jpeg"))
    assert [embed_some(database, Wide(), limit=1) for _ in range(2)] == [1, 1]
    assert first not in {view_id for view_id, _ in setting.keys("wide")}
    assert _progress(database) == Progress(1, 5)
    setting.keeper("wide").look()
    setting.run_all_rounds()
    assert setting.serving().profile == "wide"


def test_a_chunk_of_nothing_but_broken_photos_is_no_error(
    six: list[int], database: Database
) -> None:
    with database.transaction() as session:
        session.execute(update(View).values(photo=_jpeg(64, 64)[:100]))
    assert embed_some(database, Wide(), limit=10) == 6
    assert _progress(database) == Progress(0, 0)


def test_nothing_new_is_made_of_a_forgotten_concept_until_that_is_undone(
    setting: Setting, six: list[int], database: Database, anna: Person
) -> None:
    with database.transaction() as session:
        concept_id = forget(session, [anna.list_id], "red").id
    assert embed_some(database, Wide(), limit=10) == 5
    assert _progress(database) == Progress(5, 5)
    with database.transaction() as session:
        restore(session, no_settings(), [anna.list_id], concept_id)
    assert _progress(database) == Progress(5, 6)
    assert embed_some(database, Wide(), limit=10) == 1


def test_what_another_holds_is_passed_over(six: list[int], database: Database) -> None:
    with database.transaction() as one, database.transaction() as two:
        first = take_lacking(one, Wide.name, limit=4)
        second = take_lacking(two, Wide.name, limit=4)
    assert (len(first), len(second)) == (4, 2)
    assert {view.view_id for view in first}.isdisjoint(view.view_id for view in second)


def test_two_at_once_embed_each_view_once(
    setting: Setting, six: list[int], database_url: str
) -> None:
    both_at_work = threading.Barrier(2, timeout=30)
    errors: list[BaseException] = []

    class Meeting(Wide):
        """Waits until the other has taken its views too."""

        def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
            if self.images == 0:
                both_at_work.wait()
            return super().encode(crops)

    encoders = [Meeting(), Meeting()]

    def work(encoder: Wide) -> None:
        own = Database(database_url)
        try:
            while embed_some(own, encoder, limit=2):
                pass
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            errors.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=work, args=(encoder,)) for encoder in encoders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert min(encoder.images for encoder in encoders) >= 4
    assert sum(encoder.images for encoder in encoders) == 12
    assert setting.keys("wide") == setting.keys("colours")


def test_what_is_killed_in_the_middle_leaves_nothing_behind_and_nothing_out(
    setting: Setting, six: list[int], database: Database, database_url: str
) -> None:
    class Killed(Wide):
        def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
            other = Database(database_url)
            with other.transaction() as session:
                session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            other.close()
            return super().encode(crops)

    assert embed_some(database, Wide(), limit=2) == 2
    with pytest.raises(OperationalError):
        embed_some(database, Killed(), limit=2)
    assert _progress(database) == Progress(2, 6)
    assert embed_some(database, Wide(), limit=10) == 4
    assert setting.keys("wide") == setting.keys("colours")


def test_keys_are_added_to_a_view_that_is_being_embedded(
    six: list[int], database: Database, anna: Person
) -> None:
    with database.transaction() as embedding:
        view = take_lacking(embedding, Wide.name, limit=1)[0]
        with database.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            _add_key(session, view.view_id, "another")


def test_old_keys_are_erased_and_those_of_faces_are_not(
    setting: Setting, six: list[int], database: Database, anna: Person
) -> None:
    embed_some(database, Wide(), limit=10)
    with database.transaction() as session:
        session.execute(update(Concept).values(face_agreed_at=func.now()))
        view_id = session.scalars(select(func.min(View.id))).one()
        _add_key(session, view_id, f"{FACE_PREFIX}sface")
    with database.transaction() as session:
        assert erase_keys_but(session, Wide.name) == 12
        left = session.scalars(select(Key.encoder).distinct().order_by(Key.encoder)).all()
    assert left == ["face/sface", "wide"]


def _add_key(session: Session, view_id: int, encoder: str) -> None:
    view = session.get_one(View, view_id)
    session.add(
        Key(
            view_id=view_id,
            concept_id=view.concept_id,
            list_id=view.list_id,
            encoder=encoder,
            ordinal=0,
            embedding=[1.0],
        )
    )
    session.flush()
