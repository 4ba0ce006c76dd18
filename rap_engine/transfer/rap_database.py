"""RAP's database format (reference code, `database.json`), and what our archives add to it.

`concept_dict["<bo>"] = {name, image, info, category}` and `path_to_concept[image] = "<bo>"`; its
readers pass over what they do not know.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST_VIEWS = 10_000

_Share = Annotated[float, Field(ge=0, le=1)]


class RapConcept(BaseModel):
    """A concept as the file has it; `image` is relative to the file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    image: str
    info: str = ""
    category: str = ""


class RapDatabase(BaseModel):
    """`concept_dict["<bo>"]` by its key."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    concept_dict: dict[str, RapConcept]


class ArchivedView(BaseModel):
    """One photo of a concept: the crop, and the whole photo where the crop is a part of it.

    Both are paths in the archive; `box` is where in the whole photo the crop was, 0..1.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    photo: str
    scene: str | None = None
    box: tuple[_Share, _Share, _Share, _Share] = (0.0, 0.0, 1.0, 1.0)


class ArchivedConcept(RapConcept):
    """A concept of one of our archives. A plain one of the format has no views but its image.

    `list_title` is "" for a concept of the person's own list.
    """

    list_title: str = ""
    views: Annotated[tuple[ArchivedView, ...], Field(max_length=MOST_VIEWS)] = ()
