"""Invites: shown before anybody joins; expiring, used up and revoked; proof against guessing."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.dispatch.dispatcher import Dispatcher
from bot.texts import catalogue_for
from rap_engine.errors import InviteGone
from rap_engine.memory import Actor, Database, Invite, Member, acting_as
from rap_engine.memory.invites import MOST_OPEN, MOST_USES, join
from tests.integration.bot.chats import Front
from tests.integration.families.people import Kin, Relative, invited, joins, token_of
from workers.jobs.values import Content

pytestmark = pytest.mark.integration
GONE = "That invite does not work (any more)."


def test_a_link_shows_what_it_leads_to_and_enrols_nobody(kin: Kin, carl: Relative) -> None:
    link = invited(kin.anna, "viewer")
    said = carl.asks(f"/start {link}")
    assert "Anna invites you to the family Smiths as a viewer" in said
    assert "change nothing" in said
    assert "Carl" not in kin.roles()
    assert carl.presses("No") == "You have not joined."
    assert "Carl" not in kin.roles()


def test_who_joins_is_a_member_in_the_invites_role_and_the_owner_is_told(
    kin: Kin, carl: Relative
) -> None:
    link = invited(kin.anna)
    kin.anna.is_told()
    assert "You are in Smiths now" in joins(carl, link)
    assert kin.roles()["Carl"] == "editor"
    assert kin.anna.is_told() == ["Carl has joined the family Smiths as an editor."]


def test_buttons_make_and_show_invites(kin: Kin) -> None:
    kin.anna.says("/family")
    card = kin.anna.data("Open invites")
    link = kin.anna.presses("Invite a viewer")
    assert "one viewer" in link
    assert token_of(link)
    kin.anna.taps(card)
    assert "1. viewer, for one, until" in kin.anna.is_told()[-1]
    kin.anna.says("/invite viewer 3")
    kin.anna.taps(card)
    assert "2. viewer, used 0 of 3 times, until" in kin.anna.is_told()[-1]


@pytest.mark.parametrize("way", ["by a button", "by the command"])
def test_a_link_stands_in_a_message_of_its_own_that_no_button_can_take_away(
    kin: Kin, way: str
) -> None:
    kin.anna.says("/family")
    if way == "by a button":
        kin.anna.presses("Invite an editor")
    else:
        kin.anna.says("/invite")
    told = [Content.from_json(row.content) for row in kin.front.replies()]
    assert token_of(catalogue_for().render(told[-1]))
    assert (told[-1].edit_message_id, told[-1].callback_id, told[-1].buttons) == (None, None, ())
    # The tap itself is answered, so that the button does not stay pressed.
    answered = [one for one in told if one.callback_id]
    assert len(answered) == (1 if way == "by a button" else 0)


def test_only_the_hash_of_a_token_is_in_its_row(kin: Kin, database: Database) -> None:
    token = invited(kin.anna).removeprefix("join_")
    with database.transaction() as session:
        rows = session.execute(select(Invite)).scalars().all()
        assert all(len(row.token_hash) == 32 for row in rows)
        assert all(token.encode() not in row.token_hash for row in rows)


def test_an_invite_for_several_lets_in_that_many(kin: Kin) -> None:
    link = invited(kin.anna, "viewer 2")
    guests = [Relative(kin.front, number=60 + n, name=f"Guest {n}") for n in range(3)]
    said = [joins(guest, link) for guest in guests]
    assert ["You are in Smiths now" in one for one in said] == [True, True, False]
    assert said[2].startswith(GONE)


def test_a_member_uses_nothing_up(kin: Kin, carl: Relative) -> None:
    link = invited(kin.anna)
    assert joins(kin.bert, link) == "You are in Smiths already."
    assert joins(kin.vera, link) == "You are in Smiths already."
    assert kin.roles()["Vera"] == "viewer"
    assert "You are in Smiths now" in joins(carl, link)


def test_a_used_invite_an_expired_one_a_revoked_one_and_a_made_up_one_are_told_apart_by_nobody(
    kin: Kin, carl: Relative, database: Database
) -> None:
    used, expired, revoked = invited(kin.anna), invited(kin.anna), invited(kin.anna)
    joins(Relative(kin.front, number=70, name="Guest"), used)
    kin.anna.says("/family")
    kin.anna.presses("Open invites", "Revoke 2")
    with database.transaction() as session:
        first = select(func.min(Invite.id)).where(Invite.uses == 0, ~Invite.is_revoked)
        session.execute(
            update(Invite)
            .where(Invite.id == first.scalar_subquery())
            .values(expires_at=func.now() - timedelta(seconds=1))
        )
    links = (used, expired, revoked, "join_", "join_x", "join_" + "y" * 32, "join_" + "z" * 500)
    said = {carl.asks(f"/start {link}") for link in links}
    assert len(said) == 1
    assert said.pop().startswith(GONE)
    assert "Carl" not in kin.roles()


def test_an_invite_that_ends_between_the_question_and_the_tap_lets_nobody_in(
    kin: Kin, carl: Relative
) -> None:
    carl.says(f"/start {invited(kin.anna)}")
    kin.anna.says("/family")
    kin.anna.presses("Open invites", "Revoke 1")
    assert carl.presses("Join").startswith(GONE)
    assert "Carl" not in kin.roles()


@pytest.mark.parametrize("data", ["join:1", "join:{id}", "join:", "join:{id}:{id}", "join:%"])
def test_the_number_of_an_invite_is_no_way_in(
    kin: Kin, carl: Relative, database: Database, data: str
) -> None:
    invited(kin.anna)
    with database.transaction() as session:
        newest = session.scalars(select(func.max(Invite.id))).one()
    carl.taps(data.format(id=newest))
    assert len(carl.is_told()) == 1
    assert "Carl" not in kin.roles()


def test_of_two_who_come_at_the_same_moment_with_one_invite_one_gets_in(
    kin: Kin, carl: Relative, database: Database
) -> None:
    dora = Relative(kin.front, number=55, name="Dora")
    token = invited(kin.anna).removeprefix("join_")
    for who in (carl, dora):
        who.says("/start")
    ready, outcomes = threading.Barrier(2), []

    def come(user_id: int) -> None:
        own = Database(database.url)
        try:
            with own.transaction() as session, acting_as(session, Actor(user_id)):
                ready.wait()
                try:
                    outcomes.append(join(session, token).is_new)
                except InviteGone:
                    outcomes.append(False)
        finally:
            own.close()

    threads = [threading.Thread(target=come, args=(who.id(database),)) for who in (carl, dora)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]
    assert len({"Carl", "Dora"} & set(kin.roles())) == 1


def test_a_full_family_takes_nobody_and_keeps_the_invite(
    kin: Kin, carl: Relative, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = invited(kin.anna)
    monkeypatch.setattr("rap_engine.memory.invites.MOST_MEMBERS", 3)
    assert "full" in joins(carl, link)
    with database.transaction() as session:
        assert session.scalars(select(func.count()).where(Invite.uses == 0)).one() == 1
    monkeypatch.undo()
    assert "You are in Smiths now" in joins(carl, link)


def test_only_so_many_invites_are_open_at_once(kin: Kin) -> None:
    for _ in range(MOST_OPEN):
        invited(kin.anna)
    assert "Revoke some" in kin.anna.asks("/invite")


@pytest.mark.parametrize(
    "words", ["owner", "viewer 0", f"{MOST_USES + 1}", "two", "1 2", "viewer ²"]
)
def test_what_is_no_invite_is_explained(kin: Kin, words: str) -> None:
    assert "Write /invite" in kin.anna.asks(f"/invite {words}")


@pytest.mark.parametrize("who", ["bert", "vera"])
def test_nobody_but_the_owner_invites(kin: Kin, who: str) -> None:
    relative: Relative = getattr(kin, who)
    assert "You own no family" in relative.asks("/invite")
    relative.taps(f"invite_editor:{kin.list_id}:1")
    relative.taps(f"invites:{kin.list_id}")
    assert all(said.startswith("That did not work") for said in relative.is_told())


def test_nobody_is_invited_into_a_personal_list(kin: Kin, database: Database) -> None:
    with database.transaction() as session:
        mine = session.scalars(
            select(Member.list_id).where(
                Member.user_id == kin.anna.id(database), Member.list_id != kin.list_id
            )
        ).one()
    kin.anna.taps(f"invite_editor:{mine}:1")
    assert kin.anna.is_told()[-1].startswith("That did not work")


def test_who_owns_several_families_is_asked_which(kin: Kin, carl: Relative) -> None:
    kin.anna.says("/family Grandparents")
    assert kin.anna.asks("/invite viewer 2") == "Into which family?"
    link = token_of(kin.anna.presses("Grandparents"))
    assert "Grandparents as a viewer" in carl.asks(f"/start {link}")


class WithoutLinks(Front):
    """A channel whose bot has no name to link to, as the console."""

    @property
    def dispatcher(self) -> Dispatcher:
        return replace(super().dispatcher, bot_username="")


def test_a_channel_without_links_says_what_to_write(database: Database) -> None:
    front = WithoutLinks(database)
    anna, bert = (Relative(front, number=50 + n, name=name) for n, name in enumerate("AB"))
    anna.says("/family Smiths")
    line = anna.asks("/invite").splitlines()[-1]
    assert line.startswith("/start join_")
    bert.says(line)
    assert "You are in Smiths now" in bert.presses("Join")
