"""Another encoder: all views get keys of it while the old keys serve.

The profile that is wanted goes into service once no view lacks keys of its encoder; where the
encoder stays the same that is at once. Keys of other encoders stay, which makes the way back short.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from sqlalchemy.orm import Session

from config import Settings
from config.logs import get_logger
from rap_engine.encode import Encoder
from rap_engine.errors import BadPhoto, OutOfMemory
from rap_engine.images import open_kept
from rap_engine.memory import Database
from rap_engine.memory.in_service import put_into_service, read_serving
from rap_engine.memory.views import (
    Progress,
    StoredView,
    add_keys,
    mark_unreadable,
    progress_of,
    take_lacking,
)
from rap_engine.profiles import Loader
from rap_engine.retrieve.study import images_of

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """Views lack keys of the encoder of `profile`, which is wanted; `serving` answers meanwhile."""

    profile: str
    encoder: str
    serving: str
    progress: Progress


def settle(session: Session, encoder_of: Callable[[str], str]) -> Plan | None:
    """Put what is wanted into service if it can serve; return what is to be done otherwise.

    Args:
        session: the system's own.
        encoder_of: returns the name of a profile's encoder, as `encoder_name` does.

    Raises:
        RapError: `encoder_of` does; what serves goes on serving.
    """
    serving = read_serving(session, locked=True)
    if serving is None:
        return None
    encoder = encoder_of(serving.wanted)
    progress = serve_if_complete(session, serving.wanted, encoder)
    if progress.is_complete:
        return None
    return Plan(serving.wanted, encoder, serving.profile, progress)


def serve_if_complete(session: Session, profile: str, encoder: str) -> Progress:
    """Put a profile into service if no view lacks keys of its encoder.

    A view that is remembered meanwhile under the old encoder comes after this look. It lacks keys
    then, and gets them like all others.
    """
    serving = read_serving(session, locked=True)
    progress = progress_of(session, encoder)
    if progress.is_complete and (serving is None or serving.profile != profile):
        put_into_service(session, profile)
        _log.info("profile_in_service", profile=profile, encoder=encoder, views=progress.total)
    return progress


def embed_some(database: Database, encoder: Encoder, limit: int) -> int:
    """Give some views that lack them keys of an encoder, in one batch and one commit.

    The views are locked meanwhile, so that several may embed at once; if this is killed, the lock
    is gone and nothing was written. A photo that cannot be decoded is told of once and left out of
    all further rounds.

    Returns:
        How many views were taken; 0 if none lacks keys, or others hold all that do.

    Raises:
        OutOfMemory: the device has no room for so many.
    """
    with database.transaction() as session:
        taken = take_lacking(session, encoder.name, limit)
        pictured = _pictured(session, taken)
        if pictured:
            embeddings = encoder.encode([image for _, images in pictured for image in images])
            ends = np.cumsum([len(images) for _, images in pictured])
            views = [view for view, _ in pictured]
            add_keys(
                session, encoder.name, zip(views, np.split(embeddings, ends[:-1]), strict=True)
            )
    return len(taken)


def _pictured(
    session: Session, views: list[StoredView]
) -> list[tuple[StoredView, list[Image.Image]]]:
    """Return the views with what is embedded of them; note those that cannot be decoded."""
    pictured = []
    for view in views:
        try:
            pictured.append((view, _images_of(view)))
        except BadPhoto:
            _log.error("view_unreadable", view_id=view.view_id, concept_id=view.concept_id)
            mark_unreadable(session, view.view_id)
    return pictured


def _images_of(view: StoredView) -> list[Image.Image]:
    scene = None
    if view.scene is not None:
        try:
            scene = open_kept(view.scene)
        except BadPhoto:
            _log.error("scene_unreadable", view_id=view.view_id, concept_id=view.concept_id)
    return images_of(open_kept(view.photo), scene)


@dataclass(slots=True)
class Pace:
    """Takes as many views at once as keep a question waiting for about `target_s`."""

    target_s: float = 1.0
    size: int = 4
    most: int = 64
    clock: Callable[[], float] = time.monotonic

    def embed(self, database: Database, encoder: Encoder) -> int:
        """As `embed_some`, with fewer views where there is no room for more.

        Raises:
            OutOfMemory: there is no room for one view.
        """
        started = self.clock()
        try:
            taken = embed_some(database, encoder, self.size)
        except OutOfMemory:
            if self.size == 1:
                raise
            self.size = self.most = self.size // 2
            return self.embed(database, encoder)
        if taken == self.size:
            self._learn(self.clock() - started)
        return taken

    def _learn(self, took_s: float) -> None:
        fits = int(self.size * self.target_s / took_s) if took_s else self.most
        self.size = max(1, min(fits, 2 * self.size, self.most))


def encoder_name(settings: Settings, profile: str) -> str:
    """Return the name of a profile's encoder, without loading it.

    Raises:
        UnknownProfile: no such profile.
        BadRecipe: its file is not a recipe.
        WeightsMissing: it could not serve; says what to run.
    """
    loader = Loader.of(settings, profile)
    loader.check()
    return loader.recipe.encoder.encoder_name


def load_encoder(settings: Settings, profile: str) -> Encoder:
    """Load the encoder of a profile, and nothing else of it.

    Raises:
        RapError: as `encoder_name`, or its packages or model files are not the pinned ones.
    """
    expected = encoder_name(settings, profile)
    encoder = Loader.of(settings, profile).encoder()
    assert encoder.name == expected, f"{encoder.name} is not {expected}"  # noqa: S101
    return encoder
