"""What the bot holds about a person: told, handed out, erased.

What serves is nobody's to read, groups are not seen from a private chat, and nobody may erase
themselves or take the place of another: so all but the export, which a worker makes, has the
system's rights, and serves the person of its address alone.
"""

from bot.handlers.privacy import actions
from bot.handlers.privacy.actions import for_its_own
from bot.handlers.privacy.erasing import ask_to_erase, erase_all, erase_mine, erase_nothing
from bot.handlers.privacy.exporting import export
from bot.handlers.privacy.telling import privacy, times
from bot.handlers.privacy.training import agree, withdraw
from bot.handlers.specs import CommandSpec, Rights, TapSpec, bare

_OF_THE_SYSTEM = Rights.THE_SYSTEMS
COMMANDS = (
    CommandSpec("privacy", bare(privacy), rights=_OF_THE_SYSTEM, is_own_data=True),
    CommandSpec("export", bare(export), is_own_data=True),
    CommandSpec("delete_my_data", bare(ask_to_erase), rights=_OF_THE_SYSTEM, is_own_data=True),
)
TAPS = (
    TapSpec(actions.TIMES, for_its_own(times), is_own_data=True),
    TapSpec(actions.EXPORT, for_its_own(export), is_own_data=True),
    TapSpec(actions.TRAINING_AGREE, for_its_own(agree), rights=_OF_THE_SYSTEM, is_own_data=True),
    TapSpec(
        actions.TRAINING_WITHDRAW, for_its_own(withdraw), rights=_OF_THE_SYSTEM, is_own_data=True
    ),
    TapSpec(actions.ERASE_ASK, for_its_own(ask_to_erase), rights=_OF_THE_SYSTEM, is_own_data=True),
    TapSpec(actions.ERASE_MINE, for_its_own(erase_mine), rights=_OF_THE_SYSTEM, is_own_data=True),
    TapSpec(actions.ERASE_ALL, for_its_own(erase_all), rights=_OF_THE_SYSTEM, is_own_data=True),
    TapSpec(
        actions.ERASE_NOTHING, for_its_own(erase_nothing), rights=_OF_THE_SYSTEM, is_own_data=True
    ),
)
