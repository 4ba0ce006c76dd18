"""/delete_my_data leaves nothing of a person, and everything of others."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text, update

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
    Concept,
    Database,
    User,
    acting_as,
)
from rap_engine.memory.concepts import add_concept
from rap_engine.memory.consent import agree_to_training
from rap_engine.memory.conversations import PastTurn, Provenance, add_turn
from rap_engine.memory.faces import agree
from tests.integration.bot.chats import CHANNEL, Friend, Front
from tests.integration.privacy.conftest import Delivered, noise, person_of
from tests.integration.privacy.erasing import ANNA, BERT, USER_ID, erase
from tests.integration.privacy.searching import found_in_files, found_in_tables, rows
from tests.standin import StandInWorker
from workers.jobs.tables import Job, Reply

pytestmark = pytest.mark.integration


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

        told = erase(chat)
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
        erase(chat)
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
        erase(chat)
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
        told = erase(chat)
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
        erase(chat)
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
