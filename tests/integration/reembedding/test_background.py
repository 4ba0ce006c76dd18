"""Another profile is wanted: its keys are made between questions, and then it serves."""

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import ProgrammingError

from rap_engine.memory import Database, View, acting_as
from rap_engine.memory.in_service import WAIT_S, put_adapter_into_service
from rap_engine.memory.tables import InService
from tests.integration.conftest import Person
from tests.integration.reembedding.setting import Setting, Wide
from workers.host import Alarm


def _names(setting: Setting, person: Person) -> tuple[set[str], str]:
    """Who is found in one photo of all, and the encoder that found them."""
    given = setting.ask(person, "blue", "red")
    return {seen.name for seen in given.seen}, given.made_by.encoder


def _wait_s(database: Database) -> float:
    with database.transaction() as session:
        wait = text("SELECT extract(epoch FROM publish_after - now()) FROM in_service")
        return float(session.scalars(wait).one())


def _let_the_wait_run_out(database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(InService).values(publish_after=text("now() - interval '1 hour'")))


def test_the_first_profile_that_an_empty_database_sees_serves_at_once(setting: Setting) -> None:
    setting.keeper("wide").look()
    assert setting.serving().profile == "wide"
    assert setting.rounds.ids == []


def test_questions_are_answered_with_the_old_keys_until_all_views_have_new_ones(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    setting.remember(anna, "Luna", "blue")
    before = _names(setting, anna)
    assert before == ({"Rex", "Luna"}, "colours")
    setting.keeper("wide").look()
    for _ in range(2):
        assert _names(setting, anna) == before
        setting.run_round()
    assert _names(setting, anna) == before
    setting.run_round()  # finds nothing left to do
    assert setting.rounds.ids == []
    assert _names(setting, anna) == ({"Rex", "Luna"}, "wide")
    assert setting.ask(anna, "lime").seen == ()
    assert setting.ask(anna, "red").made_by.profile == "wide"


def test_a_profile_with_the_same_encoder_serves_at_once(setting: Setting, anna: Person) -> None:
    setting.remember(anna, "Rex", "red")
    setting.keeper("twin").look()
    assert setting.rounds.ids == []
    assert setting.ask(anna, "red").made_by.profile == "twin"


def test_the_way_back_is_at_once_because_old_keys_are_kept(setting: Setting, anna: Person) -> None:
    setting.remember(anna, "Rex", "red")
    setting.keeper("wide").look()
    setting.run_all_rounds()
    setting.keeper("colourful").look()
    assert setting.rounds.ids == []
    assert setting.ask(anna, "red").made_by.encoder == "colours"


def test_a_worker_of_the_old_profile_does_not_take_the_new_one_back(
    setting: Setting, anna: Person
) -> None:
    old = setting.keeper("colourful")
    old.look()
    setting.remember(anna, "Rex", "red")
    setting.keeper("wide").look()
    setting.run_all_rounds()
    old.look()
    assert setting.serving().profile == "wide"


def test_a_view_that_is_remembered_in_the_middle_gets_keys_before_the_change(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    setting.keeper("wide").look()
    setting.run_round()
    setting.remember(anna, "Luna", "blue")
    setting.run_round()
    assert setting.serving().profile == "colourful"
    setting.run_round()
    assert _names(setting, anna) == ({"Rex", "Luna"}, "wide")


def test_a_view_that_an_old_engine_remembers_after_the_change_is_found(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    keeper = setting.keeper("wide")
    keeper.look()

    old = setting.engine("colourful")
    setting.run_all_rounds()
    setting.remember_with(old, anna, "Luna", "blue")
    assert _names(setting, anna) == ({"Rex"}, "wide")
    _let_the_wait_run_out(setting.database)
    keeper.look()
    setting.run_all_rounds()
    assert _names(setting, anna) == ({"Rex", "Luna"}, "wide")
    assert setting.loaded == ["wide"]  # for the first round; later the host's own was borrowed


def test_the_encoder_is_loaded_once_and_let_go_of_at_the_end(
    setting: Setting, anna: Person
) -> None:
    for name, colour in (("Rex", "red"), ("Luna", "blue")):
        setting.remember(anna, name, colour)
    setting.keeper("wide").look()
    setting.run_round()
    setting.run_round()
    before = setting.released
    setting.run_all_rounds()
    assert setting.loaded == ["wide"]
    assert setting.released == before + 1


def test_an_encoder_whose_further_rounds_are_elsewhere_is_let_go_of_after_a_while(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    rung: list[float] = []

    class Alarmed:
        def __init__(self, seconds: float, action: object) -> None:
            self.seconds = seconds

        def start(self) -> None:
            rung.append(self.seconds)

        def cancel(self) -> None:
            pass

    alarm: type[Alarm] = Alarmed
    setting.reembedder.alarm = alarm
    setting.keeper("wide").look()
    setting.run_round()
    before = setting.released
    setting.reembedder.rest()
    assert (rung, setting.released) == ([60.0], before + 1)


def test_rounds_whose_message_was_lost_are_called_for_again_but_not_at_every_look(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    keeper = setting.keeper("wide")
    keeper.look()
    lost = setting.rounds.ids.pop()
    keeper.look()
    assert setting.rounds.ids == []
    _let_the_wait_run_out(setting.database)
    keeper.look()
    assert setting.rounds.ids == [lost + 1]
    setting.rounds.ids.insert(0, lost)  # it was late, not lost
    setting.run_round()
    assert setting.keys("wide") == []
    setting.run_all_rounds()
    assert setting.serving().profile == "wide"


def test_a_round_that_was_thought_lost_leaves_the_next_to_the_one_that_was_called_for(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    keeper = setting.keeper("wide")
    keeper.look()

    def call_for_another() -> None:
        _let_the_wait_run_out(setting.database)
        keeper.look()

    setting.while_loading = call_for_another
    slow = setting.rounds.ids[0]
    setting.run_round()
    assert setting.rounds.ids == [slow + 1]


def test_the_wait_doubles_with_each_round_that_comes_to_nothing(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    setting.remember(anna, "Luna", "blue")
    keeper = setting.keeper("wide")
    keeper.look()
    waits = []
    for _ in range(7):
        waits.append(_wait_s(setting.database))
        _let_the_wait_run_out(setting.database)
        keeper.look()
    expected = [WAIT_S * factor for factor in (1, 2, 4, 8, 16, 32, 32)]
    assert waits == pytest.approx(expected, abs=5)
    del setting.rounds.ids[:-1]
    setting.run_round()  # one that embeds something
    assert _wait_s(setting.database) == pytest.approx(WAIT_S, abs=5)
    _let_the_wait_run_out(setting.database)
    keeper.look()
    assert _wait_s(setting.database) == pytest.approx(WAIT_S, abs=5)


def test_a_wish_alone_begins_no_round_before_the_models_are_loaded(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    setting.keeper("wide").wish()
    assert (setting.serving().wanted, setting.rounds.ids) == ("wide", [])
    setting.keeper("twin").wish()
    assert (setting.serving().profile, setting.rounds.ids) == ("twin", [])


def test_a_wish_ends_the_wait(setting: Setting, anna: Person) -> None:
    setting.remember(anna, "Rex", "red")
    setting.keeper("wide").look()
    setting.rounds.ids.clear()
    setting.keeper("wide").look()  # a worker that was started again
    assert len(setting.rounds.ids) == 1


def test_a_profile_without_its_weights_does_not_serve_and_the_old_one_does(
    setting: Setting, anna: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    setting.missing.add("wide")
    keeper = setting.keeper("wide")
    keeper.look()
    assert setting.rounds.ids == []
    assert setting.ask(anna, "red").made_by.profile == "colourful"
    setting.missing.clear()
    keeper.look()
    setting.run_all_rounds()
    assert setting.ask(anna, "red").made_by.profile == "wide"


def test_a_round_that_finds_the_weights_gone_breaks_nothing(setting: Setting, anna: Person) -> None:
    setting.remember(anna, "Rex", "red")
    setting.keeper("wide").look()
    setting.missing.add("wide")
    setting.run_all_rounds()
    assert (setting.keys("wide"), setting.serving().profile) == ([], "colourful")


def test_an_adapter_is_of_one_base_and_comes_off_with_it(setting: Setting, anna: Person) -> None:
    assert setting.serving().adapter is None
    with setting.database.transaction() as session:
        put_adapter_into_service(session, "ours")
    setting.keeper("colourful").look()
    assert setting.serving().adapter == "ours"
    setting.keeper("wide").look()
    assert (setting.serving().profile, setting.serving().adapter) == ("wide", None)


def test_a_person_can_neither_read_nor_change_what_serves(setting: Setting, anna: Person) -> None:
    setting.serving()
    for statement in ("SELECT * FROM in_service", "UPDATE in_service SET profile = 'x'"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            setting.database.transaction() as session,
            acting_as(session, anna.actor),
        ):
            session.execute(text(statement))


def test_new_keys_are_seen_in_their_list_alone(
    setting: Setting, anna: Person, bert: Person
) -> None:
    setting.remember(anna, "Rex", "red")
    setting.remember(bert, "Luna", "blue")
    setting.keeper("wide").look()
    setting.run_all_rounds()
    assert _names(setting, anna) == ({"Rex"}, "wide")
    assert _names(setting, bert) == ({"Luna"}, "wide")


def test_only_views_that_lack_keys_are_embedded(setting: Setting, anna: Person) -> None:
    setting.remember(anna, "Rex", "red")
    setting.remember(anna, "Luna", "blue")
    setting.keeper("wide").look()
    setting.run_all_rounds()
    encoder = setting.profiles["wide"].encoder
    assert isinstance(encoder, Wide)
    assert encoder.images == len(setting.keys("wide")) == 4
    with setting.database.transaction() as session:
        assert {view.is_readable for view in session.query(View)} == {True}
