"""Families are founded and shown, and have limits."""

import pytest

from bot.texts import catalogue_for
from rap_engine.memory import Database
from rap_engine.memory.families import MOST_FAMILIES, MOST_MEMBERS
from rap_engine.memory.invites import MOST_OPEN
from tests.integration.families.people import Kin, Relative

pytestmark = pytest.mark.integration


def test_who_has_no_family_is_told_how_to_found_one(anna: Relative) -> None:
    assert "/family NAME" in anna.asks("/family")


def test_founding_a_family_makes_its_owner_and_offers_to_invite(anna: Relative) -> None:
    assert "Smiths is there, and you own it" in anna.asks("/family  Smiths ")
    assert "Invite an editor" in anna.labels()
    assert "Smiths: you are its owner" in anna.asks("/family")


def test_members_see_who_is_in_it_and_as_what(kin: Kin) -> None:
    said = kin.vera.asks("/family")
    assert "Smiths: you are a viewer" in said
    assert "Anna (owner), Bert (editor), Vera (viewer)" in said
    assert kin.vera.labels() == ["Leave"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("<image>", "I need that word for myself"),
        ("x" * 65, "too long"),
        ("a[b]", "cannot have these characters"),
        ("...", "at least one letter"),
    ],
)
def test_a_title_that_could_be_markup_is_refused(anna: Relative, title: str, words: str) -> None:
    assert words in anna.asks(f"/family {title}")
    assert "no family yet" in anna.asks("/family")


def test_a_second_family_of_the_same_name_is_not_founded(anna: Relative) -> None:
    anna.says("/family Smiths")
    assert "Smiths: you are its owner" in anna.asks("/family SMITHS")
    assert anna.asks("/family").count("you are its owner") == 1


def test_a_family_that_is_named_is_shown(kin: Kin) -> None:
    assert "Smiths: you are a viewer" in kin.vera.asks("/family SMITHS")
    assert "Pets, friends and things: 0" in kin.vera.asks("/family Smiths")


def test_an_owner_gives_a_family_another_name_and_members_see_it(kin: Kin) -> None:
    assert kin.anna.asks("/family smiths: The  Does") == (
        "Smiths is called The Does from now on. Its members see the new name too."
    )
    assert "The Does: you are a viewer" in kin.vera.asks("/family")
    assert "It is called The Does now, and was called Smiths before" in kin.vera.asks("/history")


@pytest.mark.parametrize("name", ["Smiths", "Nobodys"])
def test_who_owns_no_such_family_gives_it_no_name_and_founds_none(kin: Kin, name: str) -> None:
    assert f"You own no family called {name}" in kin.bert.asks(f"/family {name}: Mine")
    assert kin.bert.asks("/family").count("you are") == 1
    assert "Smiths: you are its owner" in kin.anna.asks("/family")


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("", "at least one letter"),
        ("yours", "I need that word for myself"),
        ("Others", "You are in a family called Others already"),
    ],
)
def test_a_name_that_cannot_be_is_not_given_to_a_family(kin: Kin, title: str, words: str) -> None:
    kin.anna.says("/family Others")
    assert words in kin.anna.asks(f"/family Smiths: {title}")
    assert "Smiths: you are a viewer" in kin.vera.asks("/family")


def test_one_person_owns_a_few_families_only(anna: Relative) -> None:
    for number in range(MOST_FAMILIES):
        assert "is there" in anna.asks(f"/family Number {number}")
    assert "as many as I take" in anna.asks("/family One more")


def test_sentences_name_the_real_limits(database: Database) -> None:
    texts = catalogue_for()
    assert str(MOST_FAMILIES) in texts.say("family_limit.families")
    assert str(MOST_MEMBERS) in texts.say("family_limit.members")
    assert str(MOST_OPEN) in texts.say("family_limit.invites")
