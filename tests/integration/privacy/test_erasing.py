"""/delete_my_data leaves nothing of a person, and everything of others."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select, text, update

from bot.administration import audit
from bot.administration.accounts import set_access
from bot.administration.admins import add_admin
from bot.administration.audit import OPERATOR
from bot.administration.person import PersonId
from bot.handlers.tables import Dialogue
from bot.intake import inbox
from bot.intake.tables import InboxUpdate
from config import Settings
from rap_engine.errors import NameTaken
from rap_engine.memory import (
    Actor,
    Change,
    Concept,
    ConceptList,
    Database,
    Invite,
    Key,
    Member,
    User,
    View,
    acting_as,
)
from rap_engine.memory.concepts import add_concept, add_view
from rap_engine.memory.consent import agree_to_training
from rap_engine.memory.conversations import PastTurn, Provenance, add_turn
from rap_engine.memory.faces import add_face_keys, agree, is_face_key, views_without_face_key
from tests.integration.bot.chats import CHANNEL, Friend, Front
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember, unit, view
from tests.integration.privacy.conftest import Delivered, family, noise, person_of
from tests.integration.privacy.searching import found_in_files, found_in_tables, rows
from tests.standin import StandInWorker
from workers.jobs.tables import Job, Reply

pytestmark = pytest.mark.integration

ANNA = 987_650_123_401
BERT = 987_650_123_402
USER_ID = 77_000_111
"""Internal numbers that stand nowhere by chance."""


@pytest.fixture
def chat(front: Front, database: Database) -> Friend:
    with database.transaction() as session:
        session.execute(text(f"ALTER SEQUENCE users_id_seq RESTART {USER_ID}"))
    return Friend(front, number=ANNA)


@pytest.fixture
def berts_chat(front: Front) -> Friend:
    return Friend(front, number=BERT)


def _erase(chat: Friend, button: str = "erase_mine") -> str:
    chat.says("/delete_my_data")
    chat.taps(chat.buttons()[button])
    chat.read = 0  # what was said before is gone
    return chat.is_told()[-1]


def _fill(chat: Friend, worker: StandInWorker, database: Database, photo: bytes) -> None:
    """Leave a trace of Anna in whatever table people leave traces in."""
    chat.says("/start")
    chat.sends(photo, "/remember Mxname: Mxinfo")
    worker.work()
    chat.says("Mxquestion, who is Mxname?")
    worker.work()
    chat.sends(photo, "Mxwaiting?")
    chat.sends(photo, "/remember")
    chat.says("/forget nobody")
    anna = person_of(database, ANNA)
    with database.transaction() as session, acting_as(session, anna.actor):
        chat_id = anna.address.chat
        made_by = Provenance("p", "d", "e", "g", 0.5)
        add_turn(session, chat_id, PastTurn("Mxquestion", "Mxanswer", ()), made_by)
        agree(session, anna.user_id, [anna.list_id], session.scalars(select(Concept.id)).one())
    with database.transaction() as session:
        agree_to_training(session, anna.user_id)
        with pytest.raises(NameTaken):  # which PostgreSQL tells its log
            add_concept(session, anna.user_id, anna.list_id, "MXNAME", "", "")
        add_admin(session, OPERATOR, PersonId(CHANNEL, str(ANNA)))


class TestAlone:
    """A person who shares nothing with anybody."""

    def test_nothing_is_left_in_any_table_any_file_or_any_log(
        self,
        chat: Friend,
        worker: StandInWorker,
        database: Database,
        services: Settings,
        send_all: Callable[[], None],
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        photo = noise()
        markers: dict[str, str | bytes] = {
            "name": "Mxname",
            "folded name": "mxname",
            "info": "Mxinfo",
            "question": "Mxquestion",
            "answer": "Mxanswer",
            "waiting": "Mxwaiting",
            "photo": photo[-160:-100],
            "number": str(ANNA),
            "id": str(USER_ID),
        }
        _fill(chat, worker, database, photo)
        before = found_in_tables(database, markers)
        assert all(before.values()), before
        everywhere = {table for tables in before.values() for table in tables}
        assert everywhere == {
            *(
                "admins",
                "audit_log",
                "concept_lists",
                "concepts",
                "conversations",
                "dialogues",
                "inbox",
            ),
            *("jobs", "keys", "members", "replies", "turns", "uploads", "users", "views"),
        } - {"keys"}

        told = _erase(chat)
        assert told.startswith(
            "Done. I erased all that was yours alone: pets, friends and things: 1, photos: 1 (those"
        )
        send_all()
        after = found_in_tables(database, markers)
        # Who was an admin, and is none any more: by the row that is gone.
        log = {"id": {"audit_log"}}
        assert after == {name: set() for name in markers} | log
        assert set(rows(database)) == {"audit_log", "inbox"}
        with database.transaction() as session:
            latest = audit.latest(session, 1)[0]
        whose = f"user:{USER_ID}"
        assert (latest.admin, latest.act, latest.subject) == (whose, "admin_removed", whose)
        files = found_in_files([services.data_dir], markers)
        assert {name: found for name, found in files.items() if found} == {}
        said = "".join(capfd.readouterr())
        assert not [name for name in markers if name != "id" and str(markers[name]) in said]

    def test_updates_stay_as_numbers_so_that_a_repeat_is_no_news(
        self, chat: Friend, database: Database
    ) -> None:
        number = chat.says("Mxquestion")
        _erase(chat)
        with database.transaction() as session:
            kept = session.execute(
                select(InboxUpdate.payload, InboxUpdate.chat_id).distinct()
            ).all()
        assert kept == [({}, 0)]
        again = {"update_id": number, "message": chat.message(text="Mxquestion")}
        assert inbox.store(database, "telegram", [again]) == 0

    def test_the_farewell_reaches_the_chat_and_is_gone_then(
        self,
        chat: Friend,
        database: Database,
        send_all: Callable[[], None],
        courier: Delivered,
    ) -> None:
        _erase(chat)
        assert rows(database)["replies"] == 1
        send_all()
        assert "replies" not in rows(database)
        assert courier.parcels[-1].text.startswith("Done.")
        assert courier.parcels[-1].edit_message_id == 9

    def test_it_asks_first_and_no_keeps_everything(
        self, chat: Friend, worker: StandInWorker, database: Database
    ) -> None:
        _fill(chat, worker, database, noise())
        before = rows(database)
        chat.says("/delete_my_data")
        assert "alone (pets, friends and things: 1, photos: 1 (" in chat.is_told()[-1]
        assert list(chat.buttons()) == ["erase_mine", "erase_nothing"]
        chat.taps(chat.buttons()["erase_nothing"])
        assert chat.is_told() == ["I erased nothing."]
        after = rows(database)
        assert {name: after[name] for name in ("concepts", "views", "turns", "jobs")} == {
            name: before[name] for name in ("concepts", "views", "turns", "jobs")
        }

    def test_whoever_writes_again_is_somebody_new(
        self, chat: Friend, worker: StandInWorker, database: Database
    ) -> None:
        _fill(chat, worker, database, noise())
        chat.says("/delete_my_data")
        old_button = chat.buttons()["erase_mine"]
        chat.taps(old_button)
        chat.is_told()
        chat.says("/list")
        assert "I do not remember anybody yet" in chat.is_told()[-1]
        chat.taps(old_button)
        assert chat.is_told() == ["That button no longer works."]
        with database.transaction() as session:
            assert session.scalars(select(User.external_id)).all() == [str(ANNA)]

    @pytest.mark.parametrize(
        "label",
        [
            *("privacy_times", "export_me", "training_agree"),
            *("erase_ask", "erase_mine", "erase_nothing"),
        ],
    )
    def test_no_button_of_before_serves_who_comes_back(
        self, chat: Friend, front: Front, database: Database, label: str
    ) -> None:
        chat.says("/privacy")
        offered = chat.buttons()
        chat.says("/delete_my_data")
        offered |= chat.buttons()
        chat.taps(chat.buttons()["erase_mine"])
        chat.says("/start")
        chat.is_told()
        chat.taps(offered[label])
        assert chat.is_told() == ["That button no longer works."]
        assert front.jobs() == []
        with database.transaction() as session:
            assert session.scalars(select(User.training_agreed_at)).all() == [None]

    def test_who_is_blocked_stays_blocked_until_an_admin_says_otherwise(
        self, chat: Friend, database: Database, send_all: Callable[[], None]
    ) -> None:
        chat.says("/start")
        with database.transaction() as session:
            set_access(session, OPERATOR, USER_ID, "blocked")
        told = _erase(chat)
        assert "I keep your number on this channel, and nothing else" in told
        send_all()
        chat.read = 0
        assert found_in_tables(database, {"number": str(ANNA)}) == {"number": {"turned_away"}}
        chat.says("/start")
        chat.says("/list")
        (once,) = chat.is_told()
        assert once.startswith("Whoever runs me does not want me to answer you")
        assert "users" not in rows(database)
        anna = person_of(database, ANNA)
        with database.transaction() as session:
            set_access(session, OPERATOR, anna.user_id, "default")
        assert "turned_away" not in rows(database)
        chat.says("/list")
        assert chat.is_told()[-1].startswith("I do not remember anybody yet")


class TestOthers:
    """What is erased of one person is nobody else's."""

    def test_nobody_erases_somebody_else(
        self, chat: Friend, berts_chat: Friend, worker: StandInWorker, database: Database
    ) -> None:
        _fill(chat, worker, database, noise())
        chat.says("/delete_my_data")
        taken = chat.buttons()["erase_mine"]
        berts_chat.taps(taken)
        assert berts_chat.is_told() == ["That button no longer works."]
        assert person_of(database, ANNA).user_id == USER_ID

    def test_what_others_told_stays_as_it_is(
        self, chat: Friend, berts_chat: Friend, worker: StandInWorker, database: Database
    ) -> None:
        berts_chat.sends(noise(), "/remember Rex: Bxinfo")
        worker.work()
        berts_chat.says("Bxquestion")
        worker.work()
        markers = {"info": "Bxinfo", "question": "Bxquestion", "number": str(BERT)}
        before = found_in_tables(database, markers)
        _fill(chat, worker, database, noise())
        _erase(chat)
        assert found_in_tables(database, markers) == before

    def test_updates_that_speak_of_the_person_go_unless_their_sender_waits(
        self, chat: Friend, berts_chat: Friend, front: Front, database: Database
    ) -> None:
        chat.says("/start")
        quoting = {"reply_to_message": chat.message(text="Mxquoted")}
        group = Friend(front, number=BERT, chat_type="group", chat_number=-5)
        group.says("/help", **quoting)
        chat.says("/delete_my_data")
        button = chat.buttons()["erase_mine"]
        waiting = {"update_id": 10_000, "message": group.message(text="/help", **quoting)}
        inbox.store(database, "telegram", [waiting])
        with database.transaction() as session:
            session.execute(
                update(InboxUpdate)
                .where(InboxUpdate.update_id == 10_000)
                .values(not_before=func.now() + text("interval '1 hour'"))
            )
        chat.taps(button)
        with database.transaction() as session:
            left = session.execute(
                select(InboxUpdate.update_id, InboxUpdate.state).where(InboxUpdate.chat_id != 0)
            ).all()
        assert left == [(10_000, "pending")]

    def test_what_the_person_sent_before_and_nobody_handled_yet_is_not_handled(
        self, chat: Friend, front: Front, database: Database
    ) -> None:
        chat.says("/delete_my_data")
        button = chat.buttons()["erase_mine"]
        group = Friend(front, number=ANNA, chat_type="group", chat_number=-5)
        number = next(front.numbers)
        waiting = {"update_id": number, "message": group.message(text="/list")}
        inbox.store(database, "telegram", [waiting])
        with database.transaction() as session:
            session.execute(
                update(InboxUpdate)
                .where(InboxUpdate.update_id == number)
                .values(not_before=func.now() + text("interval '1 hour'"))
            )
        chat.taps(button)
        with database.transaction() as session:
            row = session.get_one(InboxUpdate, ("telegram", number))
            assert (row.state, row.payload, row.chat_id) == ("ignored", {}, 0)


class TestFamilies:
    """Families go on using what somebody added who has left."""

    @pytest.fixture
    def anna(self, database: Database, chat: Friend) -> Person:
        chat.says("/start")
        return person_of(database, ANNA)

    @pytest.fixture
    def bert(self, database: Database, anna: Person) -> Person:
        return person_of(database, BERT)

    @pytest.fixture
    def cleo(self, database: Database, anna: Person, bert: Person) -> Person:
        return person_of(database, 987_650_123_403)

    def _owners(self, database: Database) -> list[int]:
        with database.transaction() as session:
            family_lists = select(ConceptList.id).where(ConceptList.kind == "family")
            return list(
                session.scalars(
                    select(Member.user_id).where(
                        Member.role == "owner", Member.list_id.in_(family_lists)
                    )
                )
            )

    def test_what_was_added_stays_without_the_name(
        self, chat: Friend, anna: Person, bert: Person, database: Database
    ) -> None:
        list_id = family(database, bert, (anna, "editor"))
        concept_id = remember(database, anna.user_id, list_id, "Biscuit")
        chat.says("/delete_my_data")
        question = chat.is_told()[-1]
        assert "• Smiths goes on without you. What you added to it (pets, friends" in question
        told = _erase(chat)
        added = "(pets, friends and things: 1, photos: 1)"
        assert f"• Smiths goes on without you. What you added {added}" in told
        with database.transaction() as session:
            concept = session.get_one(Concept, concept_id)
            assert (concept.name, concept.created_by) == ("Biscuit", None)
            assert session.scalars(select(View.created_by)).all() == [None]
            assert set(session.scalars(select(Change.user_id))) == {bert.user_id, None}
        assert found_in_tables(database, {"id": str(USER_ID)}) == {"id": set()}

    def test_it_can_be_taken_along_with_its_history(
        self, chat: Friend, anna: Person, bert: Person, database: Database
    ) -> None:
        list_id = family(database, bert, (anna, "editor"))
        concept_id = remember(database, anna.user_id, list_id, "Mxname")
        berts = remember(database, bert.user_id, list_id, "Rex")
        with database.transaction() as session, acting_as(session, anna.actor):
            session.get_one(Concept, concept_id).info = "Mxinfo"
        with database.transaction() as session, acting_as(session, anna.actor):
            session.get_one(Concept, concept_id).info = "Mxother"
        markers = {"name": "Mxname", "was": "Mxinfo", "info": "Mxother"}
        assert found_in_tables(database, {"was": "Mxinfo"}) == {"was": {"changes"}}
        told = _erase(chat, "erase_all")
        assert "I erased what you added there (pets, friends and things: 1, photos: 1)" in told
        assert found_in_tables(database, markers) == {name: set() for name in markers}
        with database.transaction() as session:
            assert session.scalars(select(Concept.id)).all() == [berts]

    def test_what_was_added_to_a_list_that_one_has_left_is_found_and_taken_along(
        self, chat: Friend, anna: Person, bert: Person, cleo: Person, database: Database
    ) -> None:
        list_id = family(database, bert, (anna, "editor"))
        elsewhere = family(database, bert, (cleo, "editor"))
        remember(database, anna.user_id, list_id, "Mxname")
        moved = remember(database, anna.user_id, list_id, "Mxmoved")
        berts = remember(database, bert.user_id, list_id, "Rex")
        with database.transaction() as session, acting_as(session, anna.actor):
            add_view(session, anna.user_id, [list_id], berts, view(unit(1)))
        with database.transaction() as session, acting_as(session, bert.actor):
            session.get_one(Concept, moved).list_id = elsewhere
        with database.transaction() as session, acting_as(session, anna.actor):
            session.execute(delete(Member).where(Member.user_id == anna.user_id))
        chat.says("/delete_my_data")
        question = chat.is_told()[-1]
        assert question.count("that you are not in any more goes on without you") == 2
        assert "Smiths" not in question
        assert "erase_all" in chat.buttons()
        chat.taps(chat.buttons()["erase_all"])
        assert found_in_tables(database, {"name": "Mx"}) == {"name": set()}
        with database.transaction() as session:
            assert session.scalars(select(Concept.id)).all() == [berts]
            assert session.scalars(select(View.concept_id)).all() == [berts]

    def test_an_agreement_to_face_keys_ends_with_who_confirmed_it(
        self, chat: Friend, anna: Person, bert: Person, database: Database
    ) -> None:
        list_id = family(database, bert, (anna, "editor"))
        concepts = [remember(database, bert.user_id, list_id, name) for name in ("Rex", "Luna")]
        for person, concept_id in zip((anna, bert), concepts, strict=True):
            with database.transaction() as session, acting_as(session, person.actor):
                agree(session, person.user_id, [list_id], concept_id)
                views = views_without_face_key(session, [list_id], concept_id, "face/test")
                keys = dict.fromkeys(views, unit(1))
                assert add_face_keys(session, [list_id], concept_id, "face/test", keys) == 1
        _erase(chat)
        with database.transaction() as session:
            agreed = select(Concept.id).where(Concept.face_agreed_at.is_not(None))
            assert session.scalars(agreed).all() == [concepts[1]]
            left = session.scalars(select(Key.concept_id).where(is_face_key())).all()
            assert left == [concepts[1]]

    def test_nobody_is_asked_about_taking_along_who_gave_nothing(
        self, chat: Friend, anna: Person, bert: Person, database: Database
    ) -> None:
        family(database, bert, (anna, "viewer"))
        chat.says("/delete_my_data")
        question = chat.is_told()[-1]
        assert "• Smiths goes on without you. You have added nothing to it." in question
        assert ": 0" not in question
        assert list(chat.buttons()) == ["erase_mine", "erase_nothing"]

    def test_a_family_goes_to_the_editor_who_has_been_in_it_longest(
        self, chat: Friend, anna: Person, bert: Person, cleo: Person, database: Database
    ) -> None:
        family(database, anna, (bert, "viewer"), (cleo, "editor"))
        chat.says("/delete_my_data")
        assert "Its owner is then the editor who has been in it longest" in chat.is_told()[-1]
        told = _erase(chat)
        assert "Its owner is now the editor who has been in it longest" in told
        assert "is then" not in told
        assert self._owners(database) == [cleo.user_id]

    def test_without_editors_it_goes_to_a_viewer_who_is_told(
        self, chat: Friend, berts_chat: Friend, anna: Person, bert: Person, database: Database
    ) -> None:
        family(database, anna, (bert, "viewer"))
        _erase(chat)
        assert self._owners(database) == [bert.user_id]
        assert berts_chat.is_told()[-1].startswith("The owner of Smiths has left me")

    def test_a_group_that_nobody_else_used_is_not_said_to_be_empty(
        self, chat: Friend, anna: Person, database: Database
    ) -> None:
        with database.transaction() as session:
            group = ConceptList(kind="group", title="Dog park", channel="telegram", chat_id=-5)
            session.add(group)
            session.flush()
            session.add(Member(list_id=group.id, user_id=anna.user_id, role="editor"))
        chat.says("/delete_my_data")
        question = chat.is_told()[-1]
        assert "• Nobody else has used me in the group Dog park" in question
        assert "nobody but you" not in question
        assert "• Nobody else had used me in the group Dog park" in _erase(chat)

    def test_a_family_with_nobody_left_is_dissolved(
        self, chat: Friend, anna: Person, database: Database
    ) -> None:
        list_id = family(database, anna)
        remember(database, anna.user_id, list_id, "Biscuit")
        assert "• Smiths had nobody but you, and is erased." in _erase(chat)
        assert not {"concept_lists", "concepts", "changes"} & rows(database).keys()

    def test_invites_that_the_person_made_end(
        self, chat: Friend, anna: Person, bert: Person, database: Database
    ) -> None:
        list_id = family(database, anna, (bert, "editor"))
        with database.transaction() as session, acting_as(session, anna.actor):
            session.add(
                Invite(
                    list_id=list_id,
                    token_hash=bytes(32),
                    role="editor",
                    created_by=anna.user_id,
                    expires_at=func.now() + text("interval '1 day'"),
                )
            )
        _erase(chat)
        assert "invites" not in rows(database)

    def test_a_group_keeps_what_was_added_and_has_no_owner_to_follow(
        self, chat: Friend, anna: Person, bert: Person, database: Database
    ) -> None:
        with database.transaction() as session:
            group = ConceptList(kind="group", title="Club", channel="telegram", chat_id=-5)
            session.add(group)
            session.flush()
            for person in (anna, bert):
                session.add(Member(list_id=group.id, user_id=person.user_id, role="editor"))
            list_id = group.id
        with database.transaction() as session, acting_as(session, Actor(anna.user_id, list_id)):
            session.add(
                Concept(
                    list_id=list_id,
                    name="Rex",
                    folded_name="rex",
                    info="",
                    category="",
                    created_by=anna.user_id,
                )
            )
        assert "• Club goes on without you. What you added (pets, friends and things: 1" in _erase(
            chat
        )
        with database.transaction() as session:
            assert session.scalars(select(Member.role).where(Member.list_id == list_id)).all() == [
                "editor"
            ]
            assert session.scalars(select(Concept.name)).all() == ["Rex"]


def test_every_table_of_a_person_hangs_on_their_row(database: Database) -> None:
    """A table that gets a column for a person gets a rule for their end, too."""
    query = text(
        "SELECT conrelid::regclass::text || '.' || a.attname, confdeltype::text"
        " FROM pg_constraint JOIN pg_attribute a ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'f' AND confrelid = 'users'::regclass"
    )
    with database.transaction() as session:
        rules: dict[str, str] = dict(map(tuple, session.execute(query)))
    assert len(rules) > 10
    assert set(rules.values()) <= {"c", "n"}


@pytest.mark.usefixtures("chat")
def test_what_is_asked_for_in_a_group_is_not_done_there(front: Front, database: Database) -> None:
    group = Friend(front, number=ANNA, chat_type="group", chat_number=-5)
    group.says("/delete_my_data@rapbot_test_bot")
    group.taps(f"erase_mine:{USER_ID}")
    with database.transaction() as session:
        known = session.scalar(select(func.count()).select_from(User))
        assert session.scalars(select(Job.id)).all() == []
        farewells = [row for row in session.scalars(select(Reply)) if row.user_id is None]
        assert session.scalars(select(Dialogue.user_id)).all() == []
    assert known == 1
    assert farewells == []
