"""Why an adapter is not registered, not put into service, or nothing is returned to.

RapError
├── AdapterKnown       another adapter has that name
├── NotPromoted        it does not come into service; `reason` says why
└── NothingToReturnTo  nothing answered before, as far as history goes
"""

from typing import ClassVar, Literal

from rap_engine.errors import RapError

Reason = Literal[
    "no_profile",
    "other_profile_serves",
    "takes_none",
    "unknown",
    "of_another_profile",
    "gone",
    "changed",
    "failed",
    "not_measured",
    "answers_changed",
]
_MESSAGES: dict[Reason, str] = {
    "no_profile": "Nothing answers yet: no worker was started.",
    "other_profile_serves": "The profile {profile} does not answer now; adapters of it cannot.",
    "takes_none": "The profile {profile} takes no adapters.",
    "unknown": "The adapter {name} is not registered. `rapbot adapter add FOLDER NAME` does that.",
    "of_another_profile": "The adapter {name} is of another profile than {profile}.",
    "gone": "The files of the adapter {name} are not in the weights folder.",
    "changed": "The files of the adapter {name} are not those that were registered.",
    "failed": (
        "The adapter {name} did not pass the gate."
        " `rapbot adapter use {name} --despite` lets it answer all the same."
    ),
    "not_measured": (
        "The adapter {name} was not measured."
        " `rapbot adapter use {name} --despite` lets it answer all the same."
    ),
    "answers_changed": (
        "Something else answers now than {name} was measured beside."
        " `rapbot adapter use {name}` lets it answer all the same."
    ),
}


class AdapterKnown(RapError):
    """Another adapter has that name."""

    code: ClassVar[str] = "adapter_known"


class NotPromoted(RapError):
    """An adapter does not come into service; nothing has changed."""

    code: ClassVar[str] = "not_promoted"

    def __init__(self, reason: Reason, name: str | None, profile: str) -> None:
        super().__init__(_MESSAGES[reason].format(name=name, profile=profile))
        self.reason = reason
        self.name = name or ""


class NothingToReturnTo(RapError):
    """Nothing answered before what answers now, as far as history goes."""

    code: ClassVar[str] = "nothing_to_return_to"
