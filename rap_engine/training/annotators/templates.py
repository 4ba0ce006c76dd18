"""Words for photos from their annotations alone: needs no model, and invents nothing."""

import re
from typing import Final

from rap_engine.training.annotators.english import a, counted, joined, kind, sentence
from rap_engine.training.annotators.protocol import Asked, Sight, Subject, mark
from rap_engine.training.chance import chance
from rap_engine.types import Box

_PLAIN: Final = ("{mark} is {a_kind}.", "This is {mark}, {a_kind}.", "{a_kind} called {mark}.")
_DETAILED: Final = (
    "{mark} is {a_kind}: {detail}",
    "{a_kind} called {mark}: {detail}",
    "{mark}, {a_kind}: {detail}",
)
_CAPTIONS: Final = (
    "A photo of {who}.",
    "{who} in a photo.",
    "The photo shows {who}.",
    "Here we see {who}.",
)
_WITH_OTHERS: Final = (
    "{who} with {others}.",
    "A photo of {who}, with {others} nearby.",
    "{who}; there is also {others}.",
)
# Where somebody is in one photo says nothing of who it is.
_PLACED: Final = re.compile(
    r"\b(?:left|right|top|bottom|middle|cent(?:er|re)|corner|front|back(?:ground)?|behind|near"
    r"|closest|nearest|far(?:thest|thest)?|first|second|third|last|next|between|upper|lower|side"
    r"|photo|picture|image)\b",
    re.IGNORECASE,
)
_JOINING: Final = r"(?!(?:and|or|with|of|on|in|at|by|near|next|to|is|are)\b)"
_AFTER_ARTICLE: Final = rf"\b(?:an?|the|one)\s+(?:{_JOINING}[\w-]+\s+){{0,2}}?"
_LEFT_END: Final = 0.4
_RIGHT_BEGIN: Final = 0.6


class TemplateAnnotator:
    """Fills templates; the wording is chosen by the sight's seed."""

    name = "templates-1"

    def describe(self, sight: Sight) -> str:
        """Say what the subject is, with one thing that the source says of its looks, if any."""
        subject, rng = sight.subjects[0], chance("describe", sight.seed)
        if mark(1) in subject.info:
            return sentence(subject.info)
        lasting = [phrase for phrase in subject.phrases if not _PLACED.search(phrase)]
        detail = rng.choice(lasting) if lasting else subject.info
        form = rng.choice(_DETAILED if detail else _PLAIN)
        a_kind = a(kind(subject.category))
        return sentence(form.format(mark=mark(1), a_kind=a_kind, detail=detail.strip()))

    def caption(self, sight: Sight) -> str:
        """Put marks into one of the source's captions, or name whom the annotations name."""
        rng = chance("caption", sight.seed)
        if sight.captions:
            return sentence(_with_marks(rng.choice(sight.captions).strip(), sight))
        who = joined([mark(at) for at, _ in enumerate(sight.subjects, start=1)])
        others = counted(sight.others)
        if not who:
            return sentence(rng.choice(_CAPTIONS).format(who=others or "something"))
        form = rng.choice(_WITH_OTHERS if others else _CAPTIONS)
        return sentence(form.format(who=who, others=others))

    def questions(self, sight: Sight) -> tuple[Asked, ...]:
        """Ask what each subject is, on which side it is, and what else there is.

        Not how many there are: few sources annotate everything.
        """
        asked = [
            one
            for at, subject in enumerate(sight.subjects, start=1)
            for one in _about(mark(at), subject)
        ]
        if sight.others:
            asked.append(Asked("What else is in the photo?", sentence(counted(sight.others))))
        return tuple(asked)


def _with_marks(caption: str, sight: Sight) -> str:
    """Call the subjects of a caption by their marks, or put these before it as it is."""
    kinds = [kind(each.category) for each in sight.subjects]
    everybody = [*kinds, *map(kind, sight.others)]
    unspoken = [at for at in range(1, len(kinds) + 1) if mark(at) not in caption]
    marked = caption
    for at in unspoken:
        word = kinds[at - 1]
        found = re.search(rf"{_AFTER_ARTICLE}{re.escape(word)}\b", marked, re.IGNORECASE)
        # Of two dogs, "a dog" may be either.
        if found is None or everybody.count(word) > 1:
            return f"{joined([mark(each) for each in unspoken])}: {caption}"
        marked = marked[: found.start()] + mark(at) + marked[found.end() :]
    return marked


def _about(each: str, subject: Subject) -> tuple[Asked, ...]:
    return (
        Asked(f"What is {each}?", f"{each} is {a(kind(subject.category))}."),
        Asked(
            f"On which side of the photo is {each}?",
            f"{each} is {_side(subject.box)} of the photo.",
        ),
    )


def _side(box: Box) -> str:
    across = box.centre[0]
    if across < _LEFT_END:
        return "on the left"
    return "on the right" if across > _RIGHT_BEGIN else "in the middle"
