"""Users: found, let in, kept out, and their quotas."""

import pytest
from sqlalchemy import update

from bot.administration.person import PersonId
from bot.administration.turned_away import is_kept_away, keep_away
from config import Settings
from rap_engine.memory import ConceptList, User
from tests.integration.admin.scene import BOSS, Scene
from tests.integration.bot.chats import Friend, Front
from tests.services import bare_settings

pytestmark = pytest.mark.integration


LET_IN = "You may write to me now. /help says what I can do."


def _ask(scene: Scene, words: str) -> str:
    scene.boss.says(f"/admin {words}".strip())
    return scene.boss.is_told()[-1]


def _rename(scene: Scene, name: str) -> None:
    with scene.front.database.transaction() as session:
        session.execute(update(User).where(User.external_id == "42").values(display_name=name))


def test_somebody_is_found_by_number_by_row_and_by_name(scene: Scene) -> None:
    _rename(scene, "Gustav 50% Gans")
    page = _ask(scene, "user 42")
    assert page.startswith(f"telegram:42 (user:{scene.ids['guest']}) Gustav 50% Gans\n")
    for words in ("42", f"user:{scene.ids['guest']}", "gans", "50%"):
        assert _ask(scene, f"users {words}") == page
    assert _ask(scene, "users %%%").startswith("Nobody fits that.")


def test_several_are_offered_by_their_numbers(scene: Scene) -> None:
    told = _ask(scene, "users anna")
    assert "telegram:41" in told
    assert "telegram:42" in told
    scene.boss.taps(f"adm_user:{scene.ids['user']}")
    assert scene.boss.is_told()[0].startswith("telegram:41")


def test_a_page_has_access_quotas_usage_and_lists(scene: Scene) -> None:
    page = _ask(scene, "user 41")
    assert "Access: allowed." in page
    assert "Jobs in the last day: 4 of 200. Kept: 1 done, 1 failed, 2 queued." in page
    assert f"list {scene.ids['list']}: personal, owner, members 1; 1 of 500 concepts" in page


def test_a_name_cannot_break_out_of_its_line(scene: Scene) -> None:
    _rename(scene, "a\nAccess: blocked. \u202e" + "x" * 200)
    head = _ask(scene, "user 42").splitlines()[0]
    assert "a Access: blocked." in head
    assert "\u202e" not in head
    assert len(head) < 80


WRONG = (
    ("user", "/admin user NUMBER"),
    ("user Anna", "/admin user NUMBER"),
    ("user 0", "/admin user NUMBER"),
    ("user 999", "I do not know telegram:999"),
    ("allow", "Write /admin allow NUMBER"),
    ("block Anna", "Write /admin allow NUMBER"),
    ("quota", "Write /admin quota NUMBER jobs=50"),
    ("quota 41", "Write /admin quota NUMBER jobs=50"),
    ("quota 41 jobs", "Write /admin quota NUMBER jobs=50"),
    ("quota 41 jobs=-1", "Write /admin quota NUMBER jobs=50"),
    ("quota 41 jobs=\u0665", "Write /admin quota NUMBER jobs=50"),
    ("quota 41 concepts=5", "Write /admin quota NUMBER jobs=50"),
    ("quota 999 jobs=5", "I do not know telegram:999"),
    ("quota list", "Write /admin quota NUMBER jobs=50"),
    ("quota list x mb=1", "Write /admin quota NUMBER jobs=50"),
    ("quota list 99999 mb=1", "There is no list 99999"),
    ("quota list 99999999999999999999999 mb=1", "Write /admin quota NUMBER"),
)


def test_what_cannot_be_read_is_answered_by_the_right_form(scene: Scene) -> None:
    before, entries = scene.rows(), len(scene.entries())
    for words, part in WRONG:
        assert part in _ask(scene, words), words
    assert scene.rows() == before
    assert len(scene.entries()) == entries


def test_quotas_are_set_and_taken_back(scene: Scene) -> None:
    assert _ask(scene, "quota 41 jobs=5") == "Set for telegram:41: jobs=5."
    assert scene.row(User, scene.ids["user"]).jobs_a_day == 5
    assert "of 5 (its own)" in _ask(scene, "user 41")
    _ask(scene, "quota 41 JOBS=default")
    assert scene.row(User, scene.ids["user"]).jobs_a_day is None
    _ask(scene, f"quota list {scene.ids['list']} concepts=1000 mb=2000")
    row = scene.row(ConceptList, scene.ids["list"])
    assert (row.most_concepts, row.most_bytes, row.jobs_a_day) == (1000, 2_000_000_000, None)
    assert "of 1,000 (its own) concepts" in _ask(scene, "user 41")
    assert scene.entries()[-1].details == {"most_concepts": 1000, "most_bytes": 2_000_000_000}


def test_access_is_set_by_number_and_by_button(scene: Scene) -> None:
    assert "Access: blocked." in _ask(scene, "block 42")
    assert scene.row(User, scene.ids["guest"]).access == "blocked"
    scene.boss.taps(f"adm_default:{scene.ids['guest']}")
    assert "Access: as the settings say." in scene.boss.is_told()[0]
    assert scene.entries()[-1].details == {"was": "blocked", "now": "default"}


def test_what_waits_of_who_is_blocked_is_ended_without_a_word(scene: Scene) -> None:
    replies = len(scene.front.replies())
    scene.boss.taps(f"adm_block:{scene.ids['user']}")
    states = {job.id: (job.state, job.error) for job in scene.front.jobs()}
    assert states[scene.ids["waiting"]] == ("failed", "dropped")
    assert "queued" not in {state for state, _ in states.values()}
    assert {row.chat_id for row in scene.front.replies()[replies:]} == {BOSS}
    assert scene.entries()[-1].details == {"was": "allowed", "now": "blocked", "dropped_jobs": 2}
    assert "dropped" not in _ask(scene, "failed")
    assert "0 wait" in _ask(scene, "queue")
    assert "Failures of the last week: dropped 2, NameTaken 1." in _ask(scene, "stats")


@pytest.mark.parametrize("number", [BOSS, 66])
def test_an_admin_cannot_be_blocked(scene: Scene, number: int) -> None:
    assert _ask(scene, f"block {number}").startswith("That is an admin.")
    scene.boss.taps(f"adm_block:{scene.user_id(number)}")
    assert scene.boss.is_told()[0].startswith("That is an admin.")


def test_made_up_ids_are_answered(scene: Scene) -> None:
    for action in ("adm_user", "adm_allow", "adm_block", "adm_default"):
        scene.boss.taps(f"{action}:999999")
        assert scene.boss.is_told() == ["That person is not here any more."]


@pytest.fixture
def listed(front: Front, settings_of_a_listed_bot: Settings) -> Front:
    front.settings = settings_of_a_listed_bot
    return front


@pytest.fixture
def settings_of_a_listed_bot(front: Front) -> Settings:
    return bare_settings(front.settings.data_dir, admins=(BOSS,), access="listed")


@pytest.mark.parametrize("verb", ["allow", "default"])
def test_who_was_blocked_and_erased_themselves_is_let_back_by_their_number(
    front: Front, boss: Friend, verb: str
) -> None:
    away = PersonId("telegram", "43")
    with front.database.transaction() as session:
        keep_away(session, away)
    friend = Friend(front, 43)
    friend.says("/start")
    assert "Hello!" not in "".join(friend.is_told())
    boss.says(f"/admin {verb} 43")
    friend.says("/start")
    assert "Hello!" in friend.is_told()[-1]
    with front.database.transaction() as session:
        assert not is_kept_away(session, away)


def test_who_never_got_in_is_let_in_by_their_number(listed: Front, boss: Friend) -> None:
    stranger = Friend(listed, 43)
    stranger.says("/start")
    assert "Hello!" not in "".join(stranger.is_told())
    boss.says("/admin allow 43")
    page = boss.is_told()[0]
    assert "Has not written yet. Access: allowed." in page
    assert "Here since" not in page
    assert stranger.is_told() == [LET_IN]
    boss.says("/admin allow 43")
    assert stranger.is_told() == []
    stranger.says("/start")
    assert "Hello!" in stranger.is_told()[-1]
    boss.says("/admin user 43")
    assert "Here since" in boss.is_told()[-1]


def test_who_never_wrote_has_no_chat_for_a_letter(listed: Front, boss: Friend) -> None:
    boss.says("/admin allow 43")
    assert Friend(listed, 43).is_told() == []


def test_who_is_blocked_and_let_in_again_is_told(scene: Scene) -> None:
    scene.boss.taps(f"adm_block:{scene.ids['guest']}")
    assert scene.guest.is_told() == []
    scene.boss.taps(f"adm_default:{scene.ids['guest']}")
    assert scene.guest.is_told() == [LET_IN]


def test_users_shows_the_latest_people_with_buttons(scene: Scene) -> None:
    told = _ask(scene, "users")
    assert told.startswith("/admin users NAME")
    lines = told.splitlines()
    assert lines[lines.index("The latest people, at most 10:") + 1].startswith("telegram:")
    assert f"telegram:41 (user:{scene.ids['user']}) Anna" in lines
    assert "adm_user" in scene.boss.buttons()
