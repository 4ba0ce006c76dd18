"""Whose a concept is, where two lists that the asker sees have one of the same name."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from rap_engine.engine import Engine
from rap_engine.exchange import Answer, Introduction, Question
from rap_engine.generate import ComposedGenerator, Generated, GenerationRequest
from rap_engine.memory import Actor, Database, Member, acting_as
from rap_engine.memory.conversations import ChatId
from tests.integration.conftest import Person
from tests.integration.engine.colours import colour_profile, photo

pytestmark = pytest.mark.integration


@dataclass
class Listening:
    """The composed generator; keeps what it was asked."""

    asked: list[GenerationRequest] = field(default_factory=list)
    name: str = "composed"

    def generate(self, request: GenerationRequest) -> Generated:
        self.asked.append(request)
        return ComposedGenerator().generate(request)


@dataclass
class Lists:
    """Lists with concepts in them, and questions about those."""

    database: Database
    engine: Engine
    generator: Listening

    def found(self, owner: Person, title: str, *members: Person) -> int:
        with self.database.transaction() as session:
            with acting_as(session, owner.actor):
                found = text("SELECT rapbot_found_family(:title)")
                list_id: int = session.execute(found, {"title": title}).scalar_one()
            session.add_all(
                Member(list_id=list_id, user_id=member.user_id, role="editor") for member in members
            )
        return list_id

    def remember(self, person: Person, list_id: int, name: str, colour: str, info: str) -> None:
        introduction = Introduction(name, info, "", photo(colour), list_id=list_id)
        with self.database.transaction() as session:
            self.engine.remember(session, person.actor, introduction)

    def ask(self, person: Person, question: str, *colours: str) -> Answer:
        chat = ChatId(person.user_id, "console", person.user_id)
        content = photo(*colours) if colours else None
        return self.engine.answer(Question(chat, question, content))


@pytest.fixture
def lists(database: Database) -> Lists:
    profile, generator = colour_profile(), Listening()
    profile = type(profile)(
        profile.name, profile.detector, profile.encoder, generator, profile.calibration
    )
    return Lists(database, Engine(database, profile), generator)


@pytest.fixture
def smiths(lists: Lists, anna: Person, bert: Person) -> int:
    """A family of Bert's with Anna in it; both lists have a Biscuit, and the family a Luna."""
    list_id = lists.found(bert, "Smiths", anna)
    lists.remember(anna, anna.list_id, "Biscuit", "red", "He is nine.")
    lists.remember(bert, list_id, "BISCUIT", "blue", "He is four.")
    lists.remember(bert, list_id, "Luna", "lime", "She is two.")
    return list_id


@pytest.mark.usefixtures("smiths")
class TestNamesakes:
    def test_a_photo_of_both_tells_them_apart_in_words_matches_and_picture(
        self, lists: Lists, anna: Person
    ) -> None:
        given = lists.ask(anna, "where is Biscuit?", "blue", "red")
        assert given.text == "Biscuit (yours) is on the right. BISCUIT (Smiths) is on the left."
        matches = {match["name"] for match in given.to_json()["matches"]}
        assert matches == {"Biscuit (yours)", "BISCUIT (Smiths)"}
        assert given.picture is not None
        drawn = ComposedGenerator().generate(lists.generator.asked[-1]).boxes
        assert {one.name for one in drawn} == matches

    def test_one_in_the_photo_is_named_with_its_list(self, lists: Lists, anna: Person) -> None:
        assert "BISCUIT (Smiths)" in lists.ask(anna, "", "blue").text

    def test_a_plain_name_is_that_of_both(self, lists: Lists, anna: Person) -> None:
        given = lists.ask(anna, "how old is Biscuit?")
        assert "About Biscuit (yours) I was told: “He is nine.”" in given.text
        assert "About BISCUIT (Smiths) I was told: “He is four.”" in given.text

    @pytest.mark.parametrize("name", ["Biscuit (Smiths)", "biscuit (smiths)"])
    def test_a_name_with_its_list_is_that_of_one(
        self, lists: Lists, anna: Person, name: str
    ) -> None:
        given = lists.ask(anna, f"how old is {name}?")
        assert given.text == "About BISCUIT (Smiths) I was told: “He is four.”"
        given = lists.ask(anna, f"where is {name}?", "blue", "lime")
        assert given.text == "BISCUIT (Smiths) is on the left."

    def test_the_generator_reads_a_question_without_the_lists(
        self, lists: Lists, anna: Person
    ) -> None:
        lists.ask(anna, "where is Biscuit (yours)?", "red")
        assert lists.generator.asked[-1].question == "where is Biscuit?"

    def test_a_name_of_one_list_stays_as_it_is(self, lists: Lists, anna: Person) -> None:
        given = lists.ask(anna, "who is this?", "lime")
        assert given.text == "This is Luna. I was told: “She is two.”"
        assert [seen.name for seen in given.seen] == ["Luna"]

    def test_who_sees_one_of_the_lists_reads_the_plain_name(
        self, lists: Lists, bert: Person
    ) -> None:
        assert "(" not in lists.ask(bert, "how old is Biscuit?").text

    def test_in_a_group_nobody_reads_of_other_lists(
        self, lists: Lists, database: Database, anna: Person
    ) -> None:
        with database.transaction() as session:
            group = session.execute(
                text(
                    "INSERT INTO concept_lists (kind, title, channel, chat_id)"
                    " VALUES ('group', 'Walkers', 'telegram', -5) RETURNING id"
                )
            ).scalar_one()
            session.add(Member(list_id=group, user_id=anna.user_id, role="editor"))
        introduction = Introduction("Biscuit", "He is one.", "", photo("red"), list_id=group)
        with database.transaction() as session:
            lists.engine.remember(session, Actor(anna.user_id, group), introduction)
        chat = ChatId(anna.user_id, "telegram", -5, group)
        given = lists.engine.answer(Question(chat, "how old is Biscuit?", None))
        assert given.text == "About Biscuit I was told: “He is one.”"


def test_families_of_one_title_are_numbered(lists: Lists, anna: Person, bert: Person) -> None:
    for colour in ("red", "blue"):
        list_id = lists.found(bert, "Smiths", anna)
        lists.remember(bert, list_id, "Biscuit", colour, "")
    given = lists.ask(anna, "", "red", "blue")
    assert {seen.name for seen in given.seen} == {"Biscuit (Smiths)", "Biscuit (Smiths 2)"}
