"""What a vision model is asked for. A changed word here asks for all answers anew."""

from typing import Final

from rap_engine.training.annotators.english import counted, kind
from rap_engine.training.annotators.protocol import Sight, mark

DESCRIBE: Final = (
    "The picture shows one {kind}, which is called <1>. Describe it in one or two sentences, so"
    " that it can be told from others of its kind: colours, marks, shape, clothes, what is written"
    " on it. Say only what can be seen. Do not say where it is or what is around it. Write <1> for"
    ' it.{told} Answer with JSON alone: {{"info": "..."}}'
)
CAPTION: Final = (
    "Give a caption of the picture in one or two sentences. Call those who have a sign by it, each"
    " at least once, and nobody else.\n{who}{told}\n"
    'Answer with JSON alone: {{"caption": "..."}}'
)
QUESTIONS: Final = (
    "Write four short questions about what the picture shows of those below, each with its answer"
    " in one sentence: what they do, what they wear or hold, what is around them, how they look."
    " Ask nothing that cannot be seen. Call those who have a sign by it, in the question and in"
    " the answer.\n{who}{told}\n"
    'Answer with JSON alone: {{"questions": [{{"question": "...", "answer": "..."}}]}}'
)
ALL: Final = (DESCRIBE, CAPTION, QUESTIONS)
"""What an annotator's name is hashed from."""


def describe(sight: Sight) -> str:
    """Ask for a description of the subject."""
    subject = sight.subjects[0]
    told = f" It was said of it: {'; '.join(subject.phrases)}." if subject.phrases else ""
    return DESCRIBE.format(kind=kind(subject.category), told=told)


def caption(sight: Sight) -> str:
    """Ask for a caption."""
    return CAPTION.format(who=_who(sight), told=_told(sight))


def questions(sight: Sight) -> str:
    """Ask for questions with their answers."""
    return QUESTIONS.format(who=_who(sight), told=_told(sight))


def _who(sight: Sight) -> str:
    lines = []
    for at, subject in enumerate(sight.subjects, start=1):
        sides = ", ".join(f"{side:.2f}" for side in subject.box.as_tuple())
        info = f" Told of it: {subject.info}" if subject.info else ""
        lines.append(f"{mark(at)}: a {kind(subject.category)}, at [{sides}].{info}")
    return "\n".join(lines) or "Nobody has a sign."


def _told(sight: Sight) -> str:
    others = counted(sight.others)
    beside = f"\nThere is also {others}, without a sign." if others else ""
    return beside + "".join(f"\nOthers said of the picture: {each}" for each in sight.captions[:1])
