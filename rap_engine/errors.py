"""Everything that can go wrong on purpose.

RapError
├── BadInput              a person sent what cannot be used; changes nothing
│   ├── BadPhoto          not a photo that can be read
│   ├── BadName           a name that a concept cannot have
│   ├── BadInfo           an info that a concept cannot have
│   ├── NotAMember        the person may not do that in a list: no member, or not in that role
│   ├── ListGone          the list that something was meant for is gone
│   ├── InviteGone        an invite that lets nobody in: expired, used up, revoked, made up
│   ├── FamilyLimit       one more than a family or a person may have
│   └── QuotaExceeded     more than a person or a list may have, or the bot can take on
├── NameTaken             the list has a concept of that name
├── UnknownConcept        no concept of that name in the lists that the person sees
├── WeightsError          a profile's model files
│   ├── WeightsMissing    not installed or not fetched; says what to run
│   ├── WeightsCorrupt    not the file that the hash names
│   └── BadAdapter        not an adapter of the loaded base
├── NotConfigured         a setting that this process needs is missing or cannot be used
├── OutOfMemory           the device has no room for this work
└── ServerError           the generator's server
    ├── ServerAway        cannot be reached, or does not answer in time
    └── ServerRefused     answers, but will not do what is asked; says why

`code` chooses the sentence that the chat shows (`bot.texts`); the message is for the log.
"""

from typing import ClassVar


class RapError(Exception):
    """Base of all errors that this project raises on purpose."""

    code: ClassVar[str] = "internal"


class BadInput(RapError):
    """Something that a person sent cannot be used."""


class BadPhoto(BadInput):
    """The photo cannot be read, is too small, too large or not of a known format."""

    code: ClassVar[str] = "bad_photo"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadName(BadInput):
    """A concept cannot have this name."""

    code: ClassVar[str] = "bad_name"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadInfo(BadInput):
    """A concept cannot have this info."""

    code: ClassVar[str] = "bad_info"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAMember(BadInput):
    """A person may not do that in a list: they are no member, or not in the role for it."""

    code: ClassVar[str] = "not_a_member"


class ListGone(BadInput):
    """The list that something was meant for is gone."""

    code: ClassVar[str] = "list_gone"


class InviteGone(BadInput):
    """An invite that lets nobody in. Why is not told: whoever guesses is to learn nothing."""

    code: ClassVar[str] = "invite_gone"


class FamilyLimit(BadInput):
    """One more than allowed: `reason` is `families`, `members` or `invites`."""

    code: ClassVar[str] = "family_limit"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class QuotaExceeded(BadInput):
    """More than a person or a list may have, or than the bot can take on.

    `reason` says which limit it is, `params` what the sentence is filled with: how much, and when
    there is room again.
    """

    code: ClassVar[str] = "quota"

    def __init__(self, reason: str, **params: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = params


class NameTaken(RapError):
    """The concept list already has a concept of this name."""

    code: ClassVar[str] = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class UnknownConcept(RapError):
    """No concept of this name is in the lists that the person sees."""

    code: ClassVar[str] = "unknown_concept"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class WeightsError(RapError):
    """A profile's model files cannot be used."""

    code: ClassVar[str] = "weights"


class WeightsMissing(WeightsError):
    """A model file is not there; the message says what to run."""


class WeightsCorrupt(WeightsError):
    """A model file is not the one that its SHA-256 names."""


class BadAdapter(WeightsError):
    """Files that are not a LoRA adapter of the loaded base, or not safetensors."""


class NotConfigured(RapError):
    """A setting that this process needs is missing or cannot be used; the message names it."""

    code: ClassVar[str] = "not_configured"


class OutOfMemory(RapError):
    """The device has no room for this work; what was loaded before is still usable."""

    code: ClassVar[str] = "out_of_memory"


class ServerError(RapError):
    """The server that generates answers failed."""

    code: ClassVar[str] = "generator_server"


class ServerAway(ServerError):
    """The server cannot be reached, or does not answer in time."""


class ServerRefused(ServerError):
    """The server answers, but will not do what is asked; the message says why."""

    code: ClassVar[str] = "generator_refused"
