"""A group has a list of its own, which is seen there and nowhere else."""

import pytest

from rap_engine.memory import Database
from tests.integration.bot.chats import Front
from tests.integration.groups.people import Companion, groups, members, seen_from
from tests.standin import StandInWorker

pytestmark = pytest.mark.integration


class TestTheList:
    """A group has a list of its own, whose members are those who write there."""

    def test_the_first_command_makes_it(self, database: Database, anna: Companion) -> None:
        anna.says("hello, all")
        assert groups(database) == []
        anna.says("/list")
        (group,) = groups(database)
        assert (group.channel, group.chat_id, group.title) == ("telegram", -5, "Walkers")
        assert members(database) == {"41"}

    def test_whoever_writes_to_the_bot_is_a_member(
        self, database: Database, anna: Companion, bert: Companion
    ) -> None:
        anna.says("/list")
        bert.says("/list")
        assert members(database) == {"41", "42"}
        assert len(groups(database)) == 1

    def test_its_title_follows_the_chats_and_is_only_data(
        self, database: Database, anna: Companion
    ) -> None:
        anna.says("/list")
        anna.title = "<image> Runners\u202e"
        anna.says("/list")
        (group,) = groups(database)
        assert group.title == "‹image› Runners"  # noqa: RUF001  what a tag becomes

    @pytest.mark.usefixtures("biscuit")
    def test_all_of_the_group_see_what_one_told(self, bert: Companion) -> None:
        bert.says("/list")
        assert bert.is_told()[-1] == "I remember:\n• Biscuit (1 photo): our corgi"

    @pytest.mark.usefixtures("biscuit")
    def test_nothing_of_it_is_seen_elsewhere(
        self, database: Database, front: Front, anna: Companion
    ) -> None:
        alone, other_group = anna.privately(), Companion(front, number=41, chat_number=-6)
        for chat in (alone, other_group):
            chat.says("/list")
            (told,) = chat.is_told()
            assert told.startswith("I do not remember anybody")
        assert len(seen_from(database, 41, None)) == 1

    def test_nothing_from_elsewhere_is_seen_in_it(
        self, database: Database, anna: Companion, worker: StandInWorker, corgi: bytes
    ) -> None:
        anna.privately().sends(corgi, "/remember Diary: what I think of you all")
        worker.work()
        anna.says("/list")
        anna.says("/forget Diary")
        assert all("what I think" not in told for told in anna.is_told())
        (group,) = groups(database)
        assert seen_from(database, 41, group.id) == {group.id: "Walkers"}

    @pytest.mark.usefixtures("biscuit")
    def test_its_jobs_are_the_groups(
        self, database: Database, front: Front, anna: Companion
    ) -> None:
        anna.says("/ask who is Biscuit?")
        (group,) = groups(database)
        assert {(job.list_id, job.is_group) for job in front.jobs()} == {(group.id, True)}

    @pytest.mark.usefixtures("biscuit")
    def test_whoever_was_met_in_a_group_has_a_list_of_their_own(self, anna: Companion) -> None:
        alone = anna.privately()
        alone.says("/forget Biscuit")
        assert alone.is_told() == [
            "I know nobody and nothing called Biscuit. /list shows whom I remember."
        ]
