"""Crops of individuals: read from photos, changed, and written beside the records."""

import hashlib
from collections import OrderedDict
from pathlib import Path
from random import Random
from typing import ClassVar, Final, Protocol

from PIL import Image

from rap_engine import images
from rap_engine.checkpoints.files import disk_full_told
from rap_engine.errors import BadPhoto, RapError
from rap_engine.retrieve.crops import padded
from rap_engine.training.chance import chance
from rap_engine.training.pool.pool import View
from rap_engine.training.skips import Reason
from rap_engine.types import Box


class Augment(Protocol):
    """Changes reference crops; `Augmenter` does."""

    def __call__(
        self, image: Image.Image, rng: Random, *, box: Box | None = None, category: str = ""
    ) -> Image.Image:
        """Return a changed crop; of what is in the box, where `image` is a whole photo."""


CROPS: Final = "crops"
_PHOTOS_OPEN: Final = 8
_CROPS_KNOWN: Final = 100_000


class PhotoLost(RapError):
    """A photo that a record needs cannot be read."""

    code: ClassVar[str] = "photo_lost"

    def __init__(self, photo: Path, reason: Reason, detail: str) -> None:
        super().__init__(f"{photo}: {detail}")
        self.photo = photo
        self.reason: Reason = reason
        self.detail = detail


class Crops:
    """Cuts views out of photos, with the room round them that the engine gives its own.

    A crop's file is named by its bytes: the same crop is written once, and a record that names a
    file names its pixels.
    """

    def __init__(self, folder: Path, augment: Augment, variants: int, seed: int) -> None:
        self._folder = folder
        self._augment = augment
        self._variants = variants
        self._seed = seed
        self._photos: OrderedDict[Path, Image.Image] = OrderedDict()
        self._written: OrderedDict[tuple[View, int], str] = OrderedDict()

    def reference(self, view: View, category: str, *, is_same_photo: bool, rng: Random) -> str:
        """Write a view as a reference, as it is or changed, and return its path.

        Args:
            view: what is cropped.
            category: what it is: "dog".
            is_same_photo: whether the record is about this very photo: the crop is changed then,
                or nothing but pixels would be compared.
            rng: chooses a variant.

        Raises:
            PhotoLost: its photo cannot be read.
            DiskFull: there is no room for it.
        """
        least = 1 if is_same_photo and self._variants else 0
        return self._write(view, rng.randint(least, self._variants), category)

    def plain(self, view: View) -> str:
        """Write a view as it is, and return its path; raises as `reference`."""
        return self._write(view)

    def image(self, view: View) -> Image.Image:
        """Return a view as it is; raises `PhotoLost`."""
        return _small(images.crop_box(self.photo(view.photo), padded(view.box)))

    def jpeg(self, view: View) -> bytes:
        """Return a view as it is, as JPEG; raises `PhotoLost`."""
        return images.to_jpeg(self.image(view))

    def photo(self, path: Path) -> Image.Image:
        """Return an upright photo; raises `PhotoLost`. The last few stay in memory."""
        photo = self._photos.pop(path, None)
        self._photos[path] = _opened(path) if photo is None else photo
        if len(self._photos) > _PHOTOS_OPEN:
            self._photos.popitem(last=False)
        return self._photos[path]

    def _write(self, view: View, variant: int = 0, category: str = "") -> str:
        name = self._written.get((view, variant))
        if name is None:
            crop = self._changed(view, variant, category) if variant else self.image(view)
            name = self._written[view, variant] = self._kept(crop)
            if len(self._written) > _CROPS_KNOWN:
                self._written.popitem(last=False)
        return name

    def _changed(self, view: View, variant: int, category: str) -> Image.Image:
        where = (view.photo.name, view.box.as_tuple())
        rng = chance(self._seed, "crop", *where, variant)
        if view.box == Box.whole():
            return self._augment(self.image(view), rng, category=category)
        # The whole photo: what surrounds somebody tells where they end.
        photo = self.photo(view.photo)
        return _small(self._augment(photo, rng, box=view.box, category=category))

    def _kept(self, crop: Image.Image) -> str:
        content = images.to_jpeg(crop)
        digest = hashlib.sha256(content).hexdigest()
        name = f"{CROPS}/{digest[:2]}/{digest[2:22]}.jpg"
        file = self._folder / name
        with disk_full_told():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return name


def read_photo(path: Path) -> bytes:
    """Read a photo's file.

    Raises:
        PhotoLost: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PhotoLost(path, "missing_file", error.strerror or str(error)) from error


def whole(photo: Path) -> View:
    """Return the view that is all of a photo."""
    return View(photo, Box.whole())


def _small(crop: Image.Image) -> Image.Image:
    crop.thumbnail((images.VIEW_SIDE_PX, images.VIEW_SIDE_PX), Image.Resampling.LANCZOS)
    return crop


def _opened(path: Path) -> Image.Image:
    content = read_photo(path)
    try:
        return images.open_photo(content)
    except BadPhoto as error:
        raise PhotoLost(path, "unreadable_photo", error.reason) from error
