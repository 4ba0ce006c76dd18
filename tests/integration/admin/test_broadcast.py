"""A message to everybody: asked about, sent a few at a time, never twice, and never in the way."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, update
from sqlalchemy.orm import Session

from bot.administration.broadcasts import put_some_out
from bot.administration.tables import Broadcast
from bot.broadcasting import PEOPLE_A_SECOND, Broadcasting
from rap_engine.memory import User
from rap_engine.memory.people import ensure_user
from tests.integration.bot.chats import Friend, Front
from workers.jobs.outbox import add_replies, claim_next, mark_sent
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft

pytestmark = pytest.mark.integration

WORDS = "We are back.\nSorry for the wait! {name} *bold*"


@pytest.fixture
def crowd(front: Front, boss: Friend) -> list[int]:
    """Twenty-five people, beside the admin."""
    boss.says("/start")
    boss.is_told()
    numbers = list(range(100, 125))
    with front.database.transaction() as session:
        for number in numbers:
            ensure_user(session, "telegram", str(number))
        ensure_user(session, "console", "me")
    return numbers


def _send(boss: Friend, words: str = WORDS) -> int:
    boss.says(f"/admin broadcast {words}")
    data = boss.buttons()["adm_send"]
    boss.taps(data)
    return int(data.partition(":")[2])


def _received(front: Front) -> list[int]:
    return [row.chat_id for row in front.replies() if row.content.get("text") == WORDS]


def _empty_outbox(front: Front) -> None:
    """All that is due is sent."""
    with front.database.transaction() as session:
        while (outgoing := claim_next(session, "telegram")) is not None:
            mark_sent(session, outgoing.reply_id, 1)


def _broadcast(front: Front, number: int) -> Broadcast:
    with front.database.transaction() as session:
        return session.get_one(Broadcast, number)


def test_of_one_person_it_speaks_in_the_singular(boss: Friend) -> None:
    boss.says(f"/admin broadcast {WORDS}")
    assert boss.is_told() == [f"1 person gets this:\n\n{WORDS}"]


def test_where_none_was_sent_there_is_no_heading(boss: Friend) -> None:
    boss.says("/admin")
    boss.taps(boss.buttons()["adm_broadcasts"])
    assert "The latest ones" not in boss.is_told()[-1]
    assert "adm_refresh" in boss.buttons()


@pytest.mark.usefixtures("crowd")
def test_it_is_shown_back_with_how_many_get_it_and_sent_only_then(
    front: Front, boss: Friend
) -> None:
    boss.says(f"/admin broadcast {WORDS}")
    assert boss.is_told() == [f"26 people get this:\n\n{WORDS}"]
    assert not Broadcasting(front.database).put_out()
    assert _received(front) == []


def test_everybody_gets_it_once_a_few_at_a_time(
    front: Front, boss: Friend, crowd: list[int]
) -> None:
    number = _send(boss)
    rounds = []
    while Broadcasting(front.database).put_out():
        rounds.append(len(_received(front)))
        _empty_outbox(front)
    assert rounds == [PEOPLE_A_SECOND, 2 * PEOPLE_A_SECOND, 26]
    assert sorted(_received(front)) == [7, *crowd]
    broadcast = _broadcast(front, number)
    assert (broadcast.state, broadcast.sent) == ("done", 26)
    assert broadcast.ended_at is not None
    boss.says("/admin broadcast")
    assert f"Broadcast {number} went out to 26." in boss.is_told()[-1]


def test_after_a_restart_it_goes_on_where_it_was(
    front: Front, boss: Friend, crowd: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round is one commit: one that is cut off gave nobody anything."""
    _send(boss)
    Broadcasting(front.database).put_out()

    def cut(session: Session, address: Address, drafts: list[Draft]) -> None:
        if address.chat_id == crowd[12]:
            raise ConnectionError
        add_replies(session, address, drafts)

    monkeypatch.setattr("bot.administration.broadcasts.add_replies", cut)
    with pytest.raises(ConnectionError):
        Broadcasting(front.database).put_out()
    monkeypatch.undo()
    assert len(_received(front)) == 10
    while Broadcasting(front.database).put_out():
        pass
    assert sorted(_received(front)) == [7, *crowd]


def test_who_is_blocked_is_skipped(front: Front, boss: Friend, crowd: list[int]) -> None:
    with front.database.transaction() as session:
        session.execute(update(User).where(User.external_id == "103").values(access="blocked"))
    _send(boss)
    while Broadcasting(front.database).put_out():
        pass
    assert sorted(_received(front)) == [7, *(number for number in crowd if number != 103)]


@pytest.mark.usefixtures("crowd")
def test_it_can_be_stopped(front: Front, boss: Friend) -> None:
    number = _send(boss)
    Broadcasting(front.database).put_out()
    boss.is_told()
    boss.says("/admin broadcast")
    assert f"Broadcast {number} goes out: 10 of 26." in boss.is_told()[-1]
    boss.taps(boss.buttons()["adm_stop"])
    assert f"Broadcast {number} was stopped after 10 of 26." in boss.is_told()[-1]
    assert not Broadcasting(front.database).put_out()
    assert len(_received(front)) == 10
    boss.taps(f"adm_stop:{number}")
    assert boss.is_told() == ["That was sent, stopped or replaced meanwhile."]


@pytest.mark.usefixtures("crowd")
def test_a_draft_is_sent_once_and_by_its_author_alone(front: Front, boss: Friend) -> None:
    boss.says("/admin admins add 100")
    boss.says("/admin broadcast an older draft")
    older = boss.buttons()["adm_send"]
    boss.says(f"/admin broadcast {WORDS}")
    newer = boss.buttons()["adm_send"]
    boss.is_told()
    other = Friend(front, 100)
    other.taps(newer)
    boss.taps(older)
    gone = ["That was sent, stopped or replaced meanwhile."]
    assert (other.is_told(), boss.is_told()) == (gone, gone)
    boss.taps(newer)
    boss.is_told()
    boss.taps(newer)
    assert boss.is_told() == gone


@pytest.mark.usefixtures("crowd")
def test_it_waits_while_many_chats_have_something_due(front: Front, boss: Friend) -> None:
    _send(boss)
    _empty_outbox(front)
    Broadcasting(front.database).put_out()
    with front.database.transaction() as session:
        assert put_some_out(session, 5, most_due=9)
    assert len(_received(front)) == 10
    with front.database.transaction() as session:
        # What was put off, as its chat has to wait, keeps nobody waiting.
        later = func.now() + timedelta(minutes=1)
        session.execute(update(Reply).where(Reply.state == "pending").values(not_before=later))
    with front.database.transaction() as session:
        assert put_some_out(session, 5, most_due=9)
    assert len(_received(front)) == 15


def test_it_does_not_wait_for_what_is_behind_a_message_that_was_put_off(
    front: Front, boss: Friend, crowd: list[int]
) -> None:
    """A chat that Telegram throttles holds its later replies back, due as they are."""
    _send(boss)
    _empty_outbox(front)
    with front.database.transaction() as session:
        for number in crowd[:9]:
            user_id = ensure_user(session, "telegram", str(number))
            address = Address(user_id, "telegram", number)
            add_replies(session, address, [Draft(Content(text="1")), Draft(Content(text="2"))])
        later = func.now() + timedelta(minutes=1)
        heads = Reply.content["text"].astext == "1"
        session.execute(update(Reply).where(heads).values(not_before=later))
    with front.database.transaction() as session:
        assert put_some_out(session, 5, most_due=0)
    assert len(_received(front)) == 5


def test_who_erases_themselves_meanwhile_neither_ends_it_nor_is_left_out_if_they_stay(
    front: Front, boss: Friend, crowd: list[int]
) -> None:
    number = _send(boss)
    with front.database.transaction() as erasing:
        erasing.execute(delete(User).where(User.external_id.in_(("103", "105"))))
        for _ in range(3):
            assert Broadcasting(front.database).put_out()
        assert sorted(_received(front)) == [7, *crowd[:3]]
        erasing.rollback()
    with front.database.transaction() as erasing:
        erasing.execute(delete(User).where(User.external_id == "105"))
        assert Broadcasting(front.database).put_out()
    while Broadcasting(front.database).put_out():
        pass
    assert sorted(_received(front)) == [7, *(each for each in crowd if each != 105)]
    assert (_broadcast(front, number).state, _broadcast(front, number).sent) == ("done", 25)


def test_who_is_the_last_and_is_being_erased_is_waited_for(
    front: Front, boss: Friend, crowd: list[int]
) -> None:
    number = _send(boss)
    with front.database.transaction() as erasing:
        erasing.execute(delete(User).where(User.external_id == str(crowd[-1])))
        for _ in range(4):
            assert Broadcasting(front.database).put_out()
        assert _broadcast(front, number).state == "running"
        erasing.rollback()
    while Broadcasting(front.database).put_out():
        pass
    assert sorted(_received(front)) == [7, *crowd]


def test_an_answer_waits_for_nothing_but_its_own_chats_message(
    front: Front, boss: Friend, crowd: list[int]
) -> None:
    """Of all the people, only the next few have the broadcast before their answers."""
    _send(boss)
    _empty_outbox(front)
    Broadcasting(front.database).put_out()
    late = Friend(front, crowd[-1])
    late.says("/start")
    with front.database.transaction() as session:
        outgoing = claim_next(session, "telegram", crowd[-1])
        assert outgoing is not None
        assert outgoing.content.notice == "start"


def test_two_bots_do_not_send_it_twice(front: Front, boss: Friend, crowd: list[int]) -> None:
    _send(boss)
    with front.database.transaction() as session:
        assert put_some_out(session, 5, 100)
        assert not Broadcasting(front.database).put_out()
    while Broadcasting(front.database).put_out():
        pass
    assert sorted(_received(front)) == [7, *crowd]


def test_a_long_one_is_refused(boss: Friend) -> None:
    boss.says("/admin broadcast " + "x" * 3_001)
    assert boss.is_told() == ["A broadcast has at most 3,000 characters."]
