"""/rename, /describe and /forget: in the active list first, and never where one may only look."""

import pytest

from tests.integration.families.people import Kin, Relative

pytestmark = pytest.mark.integration


@pytest.fixture
def biscuit(shared: Kin) -> Kin:
    """Anna told the family about Biscuit; what Bert tells goes into his own list."""
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.bert.says("/lists")
    shared.bert.presses("New ones go into your own list")
    return shared


@pytest.fixture
def both(biscuit: Kin) -> Kin:
    """As `biscuit`; Bert has another Biscuit in his own list, which is his active one."""
    biscuit.tells(biscuit.bert, "Biscuit: my poodle", "blue")
    return biscuit


def test_renaming_keeps_all_else(biscuit: Kin) -> None:
    said = biscuit.anna.asks("/rename Biscuit: Biscuit Smith")
    assert said == "Biscuit is called Biscuit Smith from now on. This is in Smiths."
    assert "Biscuit Smith (1 photo): our corgi" in biscuit.vera.asks("/list")
    assert biscuit.recognises(biscuit.vera, "red")


def test_describing_says_anew_what_is_known(biscuit: Kin) -> None:
    assert "That is what I know about Biscuit" in biscuit.bert.asks("/describe Biscuit: a poodle")
    assert "Biscuit (1 photo): a poodle" in biscuit.anna.asks("/list")
    said = biscuit.anna.asks("/describe Biscuit:")
    assert said.startswith("I know nothing about Biscuit now")
    assert "Before: a poodle" in said
    assert "Before: nothing" in biscuit.anna.asks("/describe Biscuit:")
    assert "• Biscuit (1 photo)" in biscuit.anna.asks("/list")
    assert "poodle" not in biscuit.anna.asks("/list")


def test_who_has_one_list_hears_nothing_of_lists(carl: Relative, kin: Kin) -> None:
    kin.tells(carl, "Rex: my dog")
    assert carl.asks("/rename Rex: Rexy") == "Rex is called Rexy from now on."
    assert carl.asks("/forget Rexy") == "I forgot Rexy."


@pytest.mark.parametrize(
    "text",
    ["/rename", "/rename Biscuit", "/rename Biscuit:", "/rename : Max", "/describe", "/describe x"],
)
def test_what_lacks_a_part_is_explained(biscuit: Kin, text: str) -> None:
    assert "like this:" in biscuit.anna.asks(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/rename Biscuit: <image>", "I need that word for myself"),
        ("/rename Biscuit: a[b]", "cannot have these characters"),
        ("/describe Biscuit: " + "x" * 1001, "at most 1,000"),
        ("/rename Qwertz: Max", "nobody and nothing called Qwertz"),
        ("/describe Bisquit: a dog", "Did you mean Biscuit?"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(biscuit: Kin, text: str, words: str) -> None:
    assert words in biscuit.anna.asks(text)
    assert "Biscuit (1 photo): our corgi" in biscuit.anna.asks("/list")


def test_a_name_that_the_list_has_is_not_given_twice(biscuit: Kin) -> None:
    biscuit.tells(biscuit.anna, "Tom: the cat", "blue")
    said = biscuit.anna.asks("/rename Tom: BISCUIT")
    assert said.startswith("There is a BISCUIT in Smiths already.")
    assert "Tom" in biscuit.anna.asks("/list")


def test_a_concept_may_be_spelled_otherwise(biscuit: Kin) -> None:
    assert "called biscuit from now on" in biscuit.anna.asks("/rename Biscuit: biscuit")


@pytest.mark.parametrize("text", ["/rename Biscuit: Max", "/describe Biscuit: Max"])
def test_a_name_that_two_lists_have_changes_nothing_and_says_what_to_write(
    both: Kin, text: str
) -> None:
    said = both.bert.asks(text)
    assert "more than one list" in said
    assert said.endswith(": Biscuit (yours), Biscuit (Smiths)")
    assert "Max" not in both.bert.asks("/list")


def test_every_command_understands_what_answers_call_a_concept(both: Kin) -> None:
    bert = both.bert
    said = bert.asks("/describe biscuit (YOURS): x")
    assert said.endswith(" now. This is in your own list.\nBefore: my poodle")
    assert "Before: our corgi" in bert.asks("/describe Biscuit (Smiths): the corgi of all")
    assert bert.asks("/move Biscuit (yours)").startswith("Biscuit is in your own list.")
    assert bert.asks("/copy Biscuit (Smiths)").startswith("Biscuit is in Smiths.")
    assert "Bert changed what is known" in bert.asks("/history Biscuit (Smiths)")
    assert "There is nothing to show" in bert.asks("/history Biscuit (yours)")
    assert "This is in Smiths." in bert.asks("/rename Biscuit (Smiths): Max")
    assert bert.asks("/forget Max") == "I forgot Max in Smiths."


def test_forgetting_by_what_answers_call_it_asks_nothing(both: Kin) -> None:
    assert both.bert.asks("/forget <Biscuit (Smiths)>") == "I forgot Biscuit in Smiths."


def test_a_concept_that_is_named_like_somebodys_own_does_not_take_its_place(both: Kin) -> None:
    both.tells(both.anna, "Fox: red herring", "green")
    both.anna.says("/rename Fox: Biscuit (yours)")
    assert both.bert.asks("/forget Biscuit (yours)") == "I forgot Biscuit in your own list."


def test_who_may_only_look_is_told_so_by_any_name(both: Kin) -> None:
    both.tells(both.vera, "Biscuit: a toy", "green")
    said = both.vera.asks("/forget Biscuit (Smiths)")
    assert said.startswith("Biscuit is in Smiths, where you are a viewer")


def test_forgetting_asks_which_where_there_are_several(both: Kin) -> None:
    assert both.bert.asks("/forget Biscuit") == "Which Biscuit shall I forget?"
    assert both.bert.labels() == ["The one in your own list", "The one in Smiths"]
    assert both.bert.presses("The one in Smiths") == "I forgot Biscuit in Smiths."
    assert not both.recognises(both.anna, "red")
    assert both.recognises(both.bert, "blue")
    assert both.bert.presses("Undo") == "Biscuit is back."
    assert both.recognises(both.anna, "red")


def test_forgetting_reaches_every_list_that_one_may_change(biscuit: Kin) -> None:
    assert biscuit.bert.asks("/forget biscuit") == "I forgot Biscuit in Smiths."
    undo = biscuit.bert.data("Undo")
    biscuit.vera.taps(undo)
    assert biscuit.vera.is_told()[-1] == "It is too late to undo that."
    biscuit.anna.taps(undo)
    assert biscuit.anna.is_told()[-1] == "Biscuit is back."


@pytest.mark.parametrize(
    "text",
    ["/forget Biscuit", "/rename Biscuit: Max", "/describe Biscuit: poison", "/move Biscuit"],
)
def test_a_viewer_who_tries_to_write_gets_a_sentence(biscuit: Kin, text: str) -> None:
    said = biscuit.vera.asks(text)
    assert said.startswith("Biscuit is in Smiths, where you are a viewer")
    assert "Biscuit (1 photo): our corgi" in biscuit.anna.asks("/list")


def test_an_undo_finds_no_room_where_a_list_has_filled_up(shared: Kin) -> None:
    settings = shared.front.settings
    shared.front.settings = settings.model_copy(update={"most_concepts": 1})
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.anna.says("/forget Biscuit")
    undo = shared.anna.data("Undo")
    shared.tells(shared.anna, "Tom: the cat", "blue")
    shared.anna.taps(undo)
    shared.anna.is_told()
    assert "Biscuit" not in shared.vera.asks("/list")
    shared.anna.says("/forget Tom")
    shared.anna.taps(undo)
    assert "Biscuit" in shared.vera.asks("/list")
