"""One personalization record, in RAP's own JSON (paper, section 3.4 and its published data).

`{id, image, conversations: [{from, value}], extra: {crop: {name, info, category}}, type}`. The
first thing said begins with `<image>` where there is a photo. The references in `extra` are not
written into the words: whoever reads a record puts them into the prompt, in their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Protocol, Self, get_args

from rap_engine.errors import RapError
from rap_engine.training.kinds import KINDS, Kind

Speaker = Literal["human", "gpt"]
IMAGE_MARK: Final = "<image>"


class BadRecord(RapError):
    """JSON that is not a record; the message says what is wrong with it."""

    code: ClassVar[str] = "bad_record"


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a record's conversation, without the mark of the photo."""

    speaker: Speaker
    words: str


@dataclass(frozen=True, slots=True)
class RecordReference:
    """A concept among a record's references. `crop` is the path of its photo, beside the records.

    `name` is bare: Biscuit, not <Biscuit>.
    """

    crop: str
    name: str
    info: str
    category: str


@dataclass(frozen=True, slots=True)
class Record:
    """A conversation about a photo, with the concepts that were retrieved for it.

    Attributes:
        id: Names the record among all records of its source.
        kind: What it teaches.
        image: Path of the photo, beside the records or absolute; None for words alone.
        conversation: Questions and answers in turns; the first is a human's, the last the model's.
        references: Concepts in the order of the prompt, whether or not the photo shows them.
    """

    id: str
    kind: Kind
    image: str | None
    conversation: tuple[Said, ...]
    references: tuple[RecordReference, ...] = ()

    def __post_init__(self) -> None:
        speakers = [said.speaker for said in self.conversation]
        if not speakers or speakers != ["human", "gpt"] * (len(speakers) // 2):
            raise BadRecord(f"{self.id}: its turns are {', '.join(speakers) or 'none'}")
        if len({reference.crop for reference in self.references}) < len(self.references):
            raise BadRecord(f"{self.id}: a crop stands for two references")

    def to_json(self) -> dict[str, Any]:
        """Return RAP's JSON of it."""
        mark = f"{IMAGE_MARK}\n" if self.image is not None else ""
        said = [{"from": said.speaker, "value": said.words} for said in self.conversation]
        said[0]["value"] = mark + said[0]["value"]
        return {
            "id": self.id,
            **({} if self.image is None else {"image": self.image}),
            "conversations": said,
            "extra": {
                each.crop: {
                    "name": f"<{each.name}>",
                    "info": each.info,
                    "category": each.category,
                }
                for each in self.references
            },
            "type": self.kind,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read RAP's JSON; fields of no meaning here are passed over.

        Raises:
            BadRecord: something is missing or of another form.
        """
        try:
            return cls(
                id=str(data["id"]),
                kind=_kind(data.get("type")),
                image=_image(data),
                conversation=tuple(_said(each) for each in data["conversations"]),
                references=tuple(
                    _reference(crop, told) for crop, told in (data.get("extra") or {}).items()
                ),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            name = data.get("id", "a record") if isinstance(data, Mapping) else "a record"
            raise BadRecord(f"{name}: {error!r}") from error


class Records(Protocol):
    """Records by number; more need not be in memory than the one that is looked at."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Record: ...


def _kind(said: Any) -> Kind:
    for kind in KINDS:
        if said == kind:
            return kind
    # LLaVA-Instruct's records have no type, and those of others are named as their makers liked.
    if said is None:
        return "instruction"
    raise BadRecord(f"of the unknown type {said!r}; known are {', '.join(KINDS)}")


def _image(data: Mapping[str, Any]) -> str | None:
    image = data.get("image")
    if image is not None and not isinstance(image, str):
        raise TypeError("the image is no path")
    return image or None


def _said(data: Mapping[str, Any]) -> Said:
    speaker, words = data["from"], data["value"]
    if speaker not in get_args(Speaker):
        raise ValueError(f"said by {speaker!r}")
    if not isinstance(words, str):
        raise TypeError("words that are no text")
    return Said(speaker, words.replace(f"{IMAGE_MARK}\n", "").replace(f"\n{IMAGE_MARK}", ""))


def _reference(crop: str, told: Mapping[str, Any]) -> RecordReference:
    return RecordReference(
        crop=crop,
        name=str(told["name"]).removeprefix("<").removesuffix(">"),
        info=str(told.get("info") or ""),
        category=str(told.get("category") or ""),
    )
