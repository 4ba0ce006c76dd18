"""/export hands out what is held of a person, and nothing of others."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, delete, select, update

from rap_engine.evaluation.rap_format import RapDatabase
from rap_engine.memory import Concept, ConceptList, Database, Member, User, View, acting_as
from rap_engine.memory.concepts import NewView, add_concept, add_view
from rap_engine.memory.conversations import PastTurn, Provenance, add_turn
from rap_engine.memory.faces import agree
from rap_engine.transfer.exporting import PART_BYTES, export_person
from rap_engine.types import Box
from tests.integration.bot.chats import Friend, Front
from tests.integration.conftest import Person
from tests.integration.jobs.publisher import Published
from tests.integration.memory.builders import unit
from tests.integration.privacy.conftest import family, noise, person_of
from workers.host import ModelHost, Service
from workers.jobs import outbox
from workers.jobs.queue import enqueue
from workers.jobs.tables import Job, Reply
from workers.jobs.values import Content, ExportRequest
from workers.runner import Runner
from workers.tasks.export import export

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def _tell(
    database: Database,
    person: Person,
    list_id: int,
    name: str,
    *photos: bytes,
    scene: bytes | None = None,
) -> int:
    with database.transaction() as session, acting_as(session, person.actor):
        concept_id = add_concept(session, person.user_id, list_id, name, f"About {name}.", "dog")
        for photo in photos:
            view = NewView(photo, Box(0.0, 0.0, 0.5, 1.0), "test", unit(1)[None], scene)
            add_view(session, person.user_id, [list_id], concept_id, view)
    return concept_id


def _ask(database: Database, person: Person, question: str) -> None:
    with database.transaction() as session, acting_as(session, person.actor):
        turn = PastTurn(question, "It is Rex.", ())
        made_by = Provenance("starter", "ssd", "lite0", "composed", 0.5, "mine")
        add_turn(session, person.address.chat, turn, made_by)


def _parts(
    database: Database, person: Person, part_bytes: int = PART_BYTES
) -> list[zipfile.ZipFile]:
    with database.transaction() as session:
        parts = export_person(session, person.user_id, NOW, part_bytes)
        return [zipfile.ZipFile(io.BytesIO(part.file.read())) for part in parts]


def _json(part: zipfile.ZipFile, name: str) -> Any:
    return json.loads(part.read(name))


def test_an_archive_is_a_database_of_raps_format_with_its_photos(
    database: Database, anna: Person
) -> None:
    first, second, scene = noise(), noise(), noise()
    _tell(database, anna, anna.list_id, "Rex", first, second, scene=scene)
    (part,) = _parts(database, anna)
    assert part.testzip() is None
    raw = _json(part, "database.json")
    rex = RapDatabase.model_validate(raw).concept_dict["<Rex>"]
    assert (rex.name, rex.info, rex.category) == ("Rex", "About Rex.", "dog")
    assert part.read(rex.image) == first
    assert raw["path_to_concept"] == {rex.image: "<Rex>"}
    views = raw["concept_dict"]["<Rex>"]["views"]
    assert [part.read(view["photo"]) for view in views] == [first, second]
    assert [part.read(view["scene"]) for view in views] == [scene, scene]
    assert views[0]["box"] == [0, 0, 0.5, 1]


def test_it_has_the_conversations_and_says_whose_it_is(database: Database, anna: Person) -> None:
    concept_id = _tell(database, anna, anna.list_id, "Rex", noise())
    family(database, anna)
    _ask(database, anna, "Who is Rex?")
    with database.transaction() as session, acting_as(session, anna.actor):
        agree(session, anna.user_id, [anna.list_id], concept_id)
    (part,) = _parts(database, anna)
    (turn,) = _json(part, "conversations.json")
    assert (turn["question"], turn["answer"]) == ("Who is Rex?", "It is Rex.")
    assert (turn["made_by"]["profile"], turn["made_by"]["adapter"]) == ("starter", "mine")
    about = _json(part, "about.json")
    assert about["person"]["number_or_name"] == "anna"
    assert [(one["kind"], one["role"]) for one in about["lists"]] == [
        ("personal", "owner"),
        ("family", "owner"),
    ]
    assert about["agreements"]["training"] is None
    assert [one["name"] for one in about["agreements"]["faces"]] == ["Rex"]
    assert (about["part"], about["is_last"]) == (1, True)
    readme = part.read("README.txt")
    assert b"rapbot import" in readme
    assert b"who changed what in your lists" in readme


def test_of_a_family_it_has_what_the_person_added_and_nothing_of_others(
    database: Database, anna: Person, bert: Person
) -> None:
    list_id = family(database, bert, (anna, "editor"))
    _tell(database, anna, list_id, "Biscuit", mine := noise())
    berts = _tell(database, bert, list_id, "Luna", theirs := noise())
    _tell(database, bert, bert.list_id, "Secret", secret := noise())
    with database.transaction() as session, acting_as(session, bert.actor):
        biscuit = session.scalars(select(Concept.id).where(Concept.name == "Biscuit")).one()
        view = NewView(beside := noise(), Box.whole(), "test", unit(1)[None])
        add_view(session, bert.user_id, [list_id], biscuit, view)
    (part,) = _parts(database, anna)
    concepts = _json(part, "database.json")["concept_dict"]
    assert {key: one["list_title"] for key, one in concepts.items()} == {"<Biscuit>": "Smiths"}
    contents = [part.read(name) for name in part.namelist()]
    assert mine in contents
    assert not {theirs, secret, beside} & set(contents)
    assert berts


@pytest.mark.parametrize("kind", ["family", "group"])
def test_who_is_in_a_list_no_more_gets_their_photos_and_reads_nothing(
    database: Database, anna: Person, bert: Person, kind: str
) -> None:
    list_id = family(database, bert, (anna, "editor"))
    rex = _tell(database, anna, list_id, "Rex", mine := noise())
    luna = _tell(database, bert, list_id, "Luna", theirs := noise())
    with database.transaction() as session, acting_as(session, anna.actor):
        view = NewView(beside := noise(), Box.whole(), "test", unit(1)[None])
        add_view(session, anna.user_id, [list_id], luna, view)
        agree(session, anna.user_id, [list_id], rex)
    with database.transaction() as session:
        session.execute(delete(Member).where(Member.user_id == anna.user_id, _is(list_id)))
        session.execute(
            update(ConceptList).where(ConceptList.id == list_id).values(kind=kind, title="Mxtitle")
        )
        session.execute(
            update(Concept)
            .values(name="Mxname", info="Mxinfo", category="Mxcategory")
            .where(Concept.id == rex)
        )
    (part,) = _parts(database, anna)
    contents = [part.read(name) for name in part.namelist()]
    assert {mine, beside} <= set(contents)
    assert theirs not in contents
    assert not any(b"Mx" in content or b"Luna" in content for content in contents)
    names = [one["name"] for one in _json(part, "database.json")["concept_dict"].values()]
    assert names == ["Photos 0001", "Photos 0002"]
    (agreed,) = _json(part, "about.json")["agreements"]["faces"]
    assert set(agreed) == {"confirmed_at"}


def _is(list_id: int) -> ColumnElement[bool]:
    return Member.list_id == list_id


def test_two_lists_may_have_the_same_name(database: Database, anna: Person) -> None:
    list_id = family(database, anna)
    _tell(database, anna, anna.list_id, "Rex", noise())
    _tell(database, anna, list_id, "Rex", noise())
    (part,) = _parts(database, anna)
    concepts = _json(part, "database.json")["concept_dict"]
    assert {key: one["name"] for key, one in concepts.items()} == {
        "<Rex>": "Rex",
        "<Rex (2)>": "Rex",
    }


def test_parts_are_small_and_each_is_whole(database: Database, anna: Person) -> None:
    photos = [noise() for _ in range(6)]
    for number in range(2):
        _tell(database, anna, anna.list_id, f"Rex {number}", *photos[3 * number : 3 * number + 3])
    for number in range(4):
        _ask(database, anna, f"{number} {'x' * 4000}")
    limit = 4 * len(photos[0])
    parts = _parts(database, anna, limit)
    assert len(parts) > 2
    found: list[bytes] = []
    turns: list[str] = []
    for part in parts:
        assert part.testzip() is None
        assert part.fp is not None
        assert part.fp.seek(0, io.SEEK_END) <= limit
        raw = _json(part, "database.json")
        for concept in RapDatabase.model_validate(raw).concept_dict.values():
            assert concept.image in part.namelist()
        views = [view for one in raw["concept_dict"].values() for view in one["views"]]
        found += [part.read(view["photo"]) for view in views]
        turns += [turn["question"][0] for turn in _json(part, "conversations.json")]
    assert found == photos
    assert turns == ["0", "1", "2", "3"]
    about = [_json(part, "about.json") for part in parts]
    assert [one["is_last"] for one in about] == [False] * (len(parts) - 1) + [True]
    assert len({one["export"] for one in about}) == 1


def test_names_of_files_are_ours_and_in_order(database: Database, anna: Person) -> None:
    with database.transaction() as session:
        concept = Concept(
            list_id=anna.list_id,
            name="../../etc/passwd",
            folded_name="x",
            info="",
            category="",
            created_by=anna.user_id,
        )
        session.add(concept)
        session.flush()
        session.add(
            View(
                concept_id=concept.id, list_id=anna.list_id, photo=noise(), box=[0.0, 0.0, 1.0, 1.0]
            )
        )
    (part,) = _parts(database, anna)
    assert part.namelist() == [
        "README.txt",
        "photos/0001-001.jpg",
        "database.json",
        "conversations.json",
        "about.json",
    ]


def test_who_told_nothing_gets_an_archive_that_says_so(database: Database, anna: Person) -> None:
    (part,) = _parts(database, anna)
    assert _json(part, "database.json")["concept_dict"] == {}
    assert _json(part, "conversations.json") == []


class TestTheJob:
    """What the worker does, without any models."""

    @pytest.fixture
    def runner(self, database: Database) -> Runner:
        def load(profile: str) -> Any:
            raise AssertionError(f"loaded {profile}")

        host = ModelHost(lambda: Service("starter"), load, lambda: None)
        return Runner(database, host, Published(), lease_s=60.0, time_limit_s=60.0)

    def test_the_archives_come_as_documents_and_no_model_is_loaded(
        self, database: Database, anna: Person, runner: Runner
    ) -> None:
        _tell(database, anna, anna.list_id, "Rex", photo := noise())
        with database.transaction() as session:
            job_id = enqueue(session, Published(), anna.address, ExportRequest())
        runner.run_chore(job_id, export)
        with database.transaction() as session:
            assert session.get_one(Job, job_id).state == "done"
            part, done = session.scalars(select(Reply).order_by(Reply.id)).all()
        content = Content.from_json(part.content)
        assert content.file_name.startswith("rapbot-export-20")
        assert content.file_name.endswith("-1.zip")
        assert part.photo is not None
        archive = zipfile.ZipFile(io.BytesIO(part.photo))
        assert archive.read("photos/0001-001.jpg") == photo
        assert done.content["params"] == {"parts": "1"}

    def test_one_export_at_a_time_until_all_of_it_was_sent(
        self, friend: Friend, front: Front, database: Database, runner: Runner
    ) -> None:
        friend.says("/export")
        friend.says("/export")
        begun, under_way = friend.is_told()
        assert begun.startswith("I am packing")
        assert under_way.startswith("Your last export is still on its way.")
        (job,) = front.jobs()
        assert job.kind == "export"
        runner.run_chore(job.id, export)
        friend.says("/export")
        assert friend.is_told()[-1].startswith("Your last export is still on its way.")
        with database.transaction() as session:
            session.execute(update(Reply).values(state="sent"))
        friend.says("/export")
        assert friend.is_told()[-1].startswith("I am packing")

    def test_the_button_of_privacy_exports_for_who_taps(
        self, friend: Friend, stranger: Friend, front: Front, database: Database
    ) -> None:
        friend.says("/privacy")
        stranger.says("/privacy")
        offered = stranger.buttons()["export_me"]
        stranger.taps(friend.buttons()["export_me"])
        assert front.jobs() == []
        stranger.taps(offered)
        (job,) = front.jobs()
        assert job.user_id == person_of(database, stranger.number).user_id

    def test_it_has_a_limit_of_its_own_and_no_other(
        self, friend: Friend, database: Database
    ) -> None:
        friend.says("/start")
        friend.is_told()
        with database.transaction() as session:
            session.execute(update(User).values(jobs_a_day=0))
        for _ in range(4):
            friend.says("/export")
            with database.transaction() as session:
                session.execute(update(Job).values(state="done"))
        *begun, enough = friend.is_told()
        assert [told.split(" what")[0] for told in begun] == ["I am packing"] * 3
        assert enough.startswith("I have packed it 3 times in 24 hours")
        with database.transaction() as session:
            session.execute(update(Job).values(created_at=Job.created_at - timedelta(days=1)))
        friend.says("/export")
        assert friend.is_told()[-1].startswith("I am packing")

    def test_an_archive_that_nobody_takes_is_not_kept(
        self, database: Database, anna: Person, runner: Runner
    ) -> None:
        with database.transaction() as session:
            job_id = enqueue(session, Published(), anna.address, ExportRequest())
        runner.run_chore(job_id, export)
        with database.transaction() as session:
            part = session.scalars(select(Reply).order_by(Reply.id)).first()
            assert part is not None
            outbox.give_up(session, part.id, "failed", "blocked")
            assert part.photo is None

    def test_nothing_is_exported_in_a_group(self, front: Front) -> None:
        group = Friend(front, chat_type="group", chat_number=-5)
        group.says("/export@rapbot_test_bot")
        assert front.jobs() == []
