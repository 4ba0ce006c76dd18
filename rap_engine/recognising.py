"""Who is in a photo, for one asker: by the encoder, by faces, and by the generator's opinion."""

from dataclasses import replace

from PIL import Image

from rap_engine.faces import FaceReader
from rap_engine.generate import Verifier
from rap_engine.memory import Actor, Database, acting_as
from rap_engine.profiles import Profile
from rap_engine.retrieve.face_matcher import matcher_of
from rap_engine.retrieve.retriever import Perception, Retriever, StudiedView
from rap_engine.stopwatch import Stopwatch
from rap_engine.surroundings import Surroundings, read_references
from rap_engine.types import Recognition
from rap_engine.verification import Verification


class Recogniser:
    """Retrieve, with the rights of whoever asks. `faces` is None where face keys are off."""

    def __init__(self, database: Database, profile: Profile, faces: FaceReader | None) -> None:
        self._database = database
        self._verification = _verification_of(profile)
        self._retriever = Retriever(
            profile.detector,
            profile.encoder,
            self._verification.candidates if self._verification else profile.calibration,
            matcher_of(faces, profile.calibration) if faces else None,
        )

    def study(self, photo: Image.Image, category: str, info: str) -> StudiedView:
        """Find the concept that a photo introduces, and its keys."""
        return self._retriever.study(photo, category, info)

    def look(
        self, photo: Image.Image | None, actor: Actor, around: Surroundings, watch: Stopwatch
    ) -> tuple[Perception, Recognition]:
        """Return what a photo shows and who of those that the asker knows is in it."""
        if photo is None:
            return Perception.nothing(), Recognition((), ())
        perception = self._retriever.perceive(
            photo, around.categories, watch, with_faces=self._knows_faces(actor, around)
        )
        with (
            watch.measure("retrieve"),
            self._database.transaction() as session,
            acting_as(session, actor),
        ):
            found = self._retriever.retrieve(session, around.lists, perception)
        known = found.among(around.concepts)
        if self._verification is None or not known.matches:
            return perception, known
        with watch.measure("verify"):
            return perception, self._verified(photo, actor, around, known, self._verification)

    def _knows_faces(self, actor: Actor, around: Surroundings) -> bool:
        if not self._retriever.reads_faces:
            return False
        with self._database.transaction() as session, acting_as(session, actor):
            return self._retriever.knows_faces(session, around.lists)

    def _verified(
        self,
        photo: Image.Image,
        actor: Actor,
        around: Surroundings,
        recognition: Recognition,
        verification: Verification,
    ) -> Recognition:
        matched = [match.concept_id for match in recognition.matches]
        with self._database.transaction() as session, acting_as(session, actor):
            references = read_references(session, around, matched, recognition.matches)
        standing = verification.standing(photo, recognition.matches, references)
        return replace(recognition, matches=standing)


def _verification_of(profile: Profile) -> Verification | None:
    if profile.verification is None or not isinstance(profile.generator, Verifier):
        return None
    return Verification(profile.generator, profile.verification, profile.calibration)
