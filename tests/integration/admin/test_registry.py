"""Everything that admins can do: nobody else can, it is logged, and it shows nobody's words."""

import pytest

from bot.administration.admins import is_admin
from bot.administration.person import PersonId
from bot.handlers.admin.panel import ACTIONS, WORDS
from tests.integration.admin.scene import (
    ACTING,
    AFTER_A_WORD,
    BEFORE_AN_ACT,
    BOSS,
    DEPUTY,
    EVERYTHING,
    MARKERS,
    OF_A_TAP,
    Scene,
    do,
)
from tests.integration.bot.chats import Friend
from workers.jobs.tables import Reply

pytestmark = pytest.mark.integration


def test_these_tests_know_every_word_and_every_button() -> None:
    assert set(AFTER_A_WORD) == set(WORDS)
    assert set(OF_A_TAP) == set(ACTIONS)
    assert not set(WORDS) & set(ACTIONS)


@pytest.mark.parametrize("name", sorted(ACTING))
def test_an_act_changes_something_and_is_logged_with_it(scene: Scene, name: str) -> None:
    if name in BEFORE_AN_ACT:
        BEFORE_AN_ACT[name](scene)
    before, entries = scene.rows(), len(scene.entries())
    do(scene, scene.boss, name)
    assert scene.rows() != before
    (entry,) = scene.entries()[entries:]
    assert entry.admin == f"telegram:{BOSS}"
    assert entry.act
    assert not any(marker in f"{entry.subject} {entry.details}" for marker in MARKERS)


def test_what_shows_changes_nothing_and_is_not_logged(scene: Scene) -> None:
    before, entries = scene.rows(), len(scene.entries())
    for name in sorted(set(EVERYTHING) - ACTING):
        do(scene, scene.boss, name)
        assert len(scene.boss.is_told()) == 1, name
        assert scene.rows() == before, name
    assert len(scene.entries()) == entries


def test_an_act_that_fails_is_not_logged(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry and the act are one commit."""
    entries = len(scene.entries())
    monkeypatch.setattr("bot.handlers.admin.people.user", lambda *_: 1 / 0)
    do(scene, scene.boss, "block")
    assert len(scene.entries()) == entries


def _refusals(scene: Scene, who: Friend) -> tuple[list[str], list[str]]:
    """What somebody is told to all words, and to all buttons."""
    replies = len(scene.front.replies())
    for name in WORDS:
        do(scene, who, name)
    who.says("/admin")
    words = scene.front.replies()[replies:]
    for name in ACTIONS:
        do(scene, who, name)
    taps = scene.front.replies()[replies + len(words) :]
    return [_content(row) for row in words], [_content(row) for row in taps]


def _content(row: Reply) -> str:
    return str(sorted(row.content.items()))


def _what_anybody_is_told(scene: Scene, who: Friend) -> tuple[str, str]:
    who.says("/nonsense")
    who.taps("nonsense:1")
    command, tap = scene.front.replies()[-2:]
    return _content(command), _content(tap)


def _end_maintenance(scene: Scene) -> None:
    """Everybody but admins is told of it before their words are read."""
    scene.boss.says("/admin maintenance off")


def test_to_everybody_else_it_is_an_unknown_command_and_dead_buttons(scene: Scene) -> None:
    _end_maintenance(scene)
    command, tap = _what_anybody_is_told(scene, scene.friend)
    before, entries = scene.rows(), len(scene.entries())
    words, taps = _refusals(scene, scene.friend)
    assert words == [command] * (len(WORDS) + 1)
    assert taps == [tap] * len(ACTIONS)
    assert scene.rows() == before
    assert len(scene.entries()) == entries


def test_an_admin_who_was_removed_a_moment_ago_is_nobody(scene: Scene) -> None:
    deputy = Friend(scene.front, DEPUTY)
    _end_maintenance(scene)
    deputy.says("/admin stats")
    assert "People:" in deputy.is_told()[-1]
    scene.boss.says(f"/admin admins remove {DEPUTY}")
    command, tap = _what_anybody_is_told(scene, deputy)
    before, entries = scene.rows(), len(scene.entries())
    words, taps = _refusals(scene, deputy)
    assert set(words) == {command}
    assert set(taps) == {tap}
    assert scene.rows() == before
    assert len(scene.entries()) == entries


def test_in_a_group_an_admin_is_nobody_either(scene: Scene) -> None:
    here = Friend(scene.front, BOSS, chat_type="group", chat_number=-5)
    here.says("/admin@rapbot_test_bot stats")
    here.says("/nonsense@rapbot_test_bot")
    admin, nonsense = here.is_told()
    assert admin == nonsense
    before = scene.rows()
    for action in ACTIONS:
        do(scene, here, action)
    assert scene.rows() == before


def test_the_number_of_an_admin_on_another_channel_is_nobody(scene: Scene) -> None:
    """A person of the console may call themselves what they like."""
    with scene.front.database.transaction() as session:
        settings = scene.front.settings
        assert is_admin(session, settings, PersonId("telegram", str(BOSS)))
        assert not is_admin(session, settings, PersonId("console", str(BOSS)))


def test_nothing_that_people_wrote_is_shown_to_an_admin(scene: Scene) -> None:
    replies = len(scene.front.replies())
    names = sorted(set(EVERYTHING) - ACTING) + sorted(ACTING)
    for name in names:
        do(scene, scene.boss, name)
    assert len(scene.front.replies()) - replies >= len(EVERYTHING)
    told = "\n".join(str(row.content) for row in scene.front.replies()[replies:])
    assert "NameTaken" in told
    assert not [marker for marker in MARKERS if marker.casefold() in told.casefold()]
    assert all(row.photo is None for row in scene.front.replies()[replies:])


def test_the_markers_are_there_to_be_seen(scene: Scene) -> None:
    """A control: a panel that showed them would be found out."""
    rows = str(scene.rows())
    assert all(marker in rows for marker in MARKERS)
