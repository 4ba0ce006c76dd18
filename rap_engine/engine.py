"""Remember, Retrieve, Generate: the one place that puts the three steps together.

remember:  photo -> regions -> the region that is the concept -> keys -> rows
answer:    photo -> regions -> embeddings -> nearest views -> matches
           question -> concepts named in it
           matches + named concepts -> references -> generator -> words and places
"""

from collections.abc import Sequence

from PIL import Image
from sqlalchemy.orm import Session

from rap_engine import images
from rap_engine.draw import draw_boxes, legend
from rap_engine.exchange import Answer, Introduction, Question, Remembered, Seen
from rap_engine.faces import FaceReader
from rap_engine.generate import Adaptable, Closeable, Generated, GenerationRequest, Turn
from rap_engine.grounding import settle_places
from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.concepts import NewView, add_concept, add_view, get_concept
from rap_engine.memory.conversations import ChatId, Provenance
from rap_engine.memory.people import active_list, visible_lists
from rap_engine.profiles import Profile
from rap_engine.recognising import Recogniser
from rap_engine.retrieve.face_keeping import keep_or_ask
from rap_engine.retrieve.study import scene_jpeg
from rap_engine.stopwatch import Stopwatch
from rap_engine.surroundings import Surroundings, read_references, read_surroundings
from rap_engine.types import Match, Recognition, Reference

_SMALL_SIDE_PX = 640


class Engine:
    """One profile at work on one database. Not shared between threads."""

    def __init__(
        self,
        database: Database,
        profile: Profile,
        *,
        faces: FaceReader | None = None,
        is_frugal: bool = False,
    ) -> None:
        self._database = database
        self._profile = profile
        self._faces = faces
        self._is_frugal = is_frugal
        self._recogniser = Recogniser(database, profile, faces)

    def remember(self, session: Session, actor: Actor, introduction: Introduction) -> Remembered:
        """Store a concept, or a further view of one, in the caller's transaction.

        Raises:
            BadPhoto: the photo cannot be used.
            NameTaken: the person's list has a concept of that name.
            UnknownConcept: the concept that the view belongs to is gone, or in another list by now
                than the one that the photo was meant for.
        """
        photo = self._opened(introduction.photo)
        view = self._recogniser.study(photo, introduction.category, introduction.info)
        crop = images.view_jpeg(photo, view.box)
        scene = scene_jpeg(photo, view.box)
        new_view = NewView(crop, view.box, self._profile.encoder.name, view.keys, scene)
        faces = self._faces_of(crop)
        visible = visible_lists(session, actor)
        list_id = introduction.list_id or active_list(session, actor)
        lists = [each for each in visible if introduction.list_id in (None, each)]
        with acting_as(session, actor):
            concept_id = introduction.concept_id
            if concept_id is None:
                category = introduction.category or view.label or ""
                concept_id = add_concept(
                    session, actor.user_id, list_id, introduction.name, introduction.info, category
                )
            add_view(session, actor.user_id, lists, concept_id, new_view)
            concept = get_concept(session, lists, concept_id)
            asks_for_face = faces is not None and keep_or_ask(
                session, lists, concept_id, f"{view.label} {concept.category}", faces
            )
        return Remembered(
            concept_id=concept_id,
            name=concept.name,
            category=concept.category,
            box=view.box,
            photo=crop,
            asks_for_face=asks_for_face,
        )

    @property
    def profile(self) -> Profile:
        """The profile at work."""
        return self._profile

    @property
    def faces(self) -> FaceReader | None:
        """The face models, None where face keys are turned off."""
        return self._faces

    def close(self) -> None:
        """Let go of what the generator holds outside this process, such as connections."""
        if isinstance(self._profile.generator, Closeable):
            self._profile.generator.close()

    def frugal(self) -> "Engine":
        """Return an engine of the same models that makes do with less memory.

        It answers from a smaller photo and fewer references, and more shortly.
        """
        return Engine(self._database, self._profile, faces=self._faces, is_frugal=True)

    def answer(self, question: Question) -> Answer:
        """Answer a question from what the person's lists hold. Writes nothing.

        Raises:
            BadPhoto: the photo cannot be used.
            OutOfMemory: the device has no room for this question.
            ServerError: the generator's server failed.
        """
        watch = Stopwatch()
        with self._database.transaction() as session:
            around = read_surroundings(session, question.chat)
        photo = self._opened(question.photo) if question.photo is not None else None
        perception, recognition = self._recogniser.look(photo, question.chat.actor, around, watch)
        matches = recognition.matches
        references = self._references(question, around, matches)
        with watch.measure("generate"):
            generated = self._profile.generator.generate(
                GenerationRequest(
                    question=around.plainly(question.text),
                    photo=photo,
                    regions=perception.regions,
                    references=references,
                    history=tuple(Turn(t.question, t.answer) for t in around.history),
                    cutoff=self._profile.calibration.cutoff,
                    is_small=self._is_frugal,
                )
            )
            if photo is not None:
                generated = settle_places(photo, generated, references, self._profile.encoder)
        return Answer(
            text=_with_legend(generated),
            seen=tuple(Seen.of(match, around.name(match.concept_id)) for match in matches),
            picture=_picture(photo, generated),
            concept_ids=tuple(reference.concept_id for reference in references),
            made_by=self.provenance(),
            timings_ms=watch.readings(),
            needs_photo=generated.needs_photo,
        )

    def recognise(self, user_id: int, photo: bytes) -> Recognition:
        """Say who is in a photo, without words.

        Raises:
            BadPhoto: the photo cannot be used.
        """
        with self._database.transaction() as session:
            around = read_surroundings(session, ChatId(user_id, "console", user_id))
        opened = images.open_photo(photo)
        return self._recogniser.look(opened, Actor(user_id), around, Stopwatch())[1]

    def provenance(self) -> Provenance:
        """Say what makes this engine's answers."""
        profile = self._profile
        encoders = [profile.encoder.name]
        if self._faces is not None:
            encoders.append(self._faces.encoder.name)
        return Provenance(
            profile=profile.name,
            detector=profile.detector.name,
            encoder=" + ".join(encoders),
            generator=profile.generator.name,
            cutoff=profile.calibration.cutoff,
            adapter=_adapter_of(profile),
        )

    def _faces_of(self, crop: bytes) -> FaceReader | None:
        """Return the face models for a view that shows one face plainly."""
        is_faced = self._faces is not None and self._faces.shows_one_face(images.open_kept(crop))
        return self._faces if is_faced else None

    def _opened(self, photo: bytes) -> Image.Image:
        image = images.open_photo(photo)
        if self._is_frugal:
            image.thumbnail((_SMALL_SIDE_PX, _SMALL_SIDE_PX))
        return image

    def _references(
        self, question: Question, around: Surroundings, matches: Sequence[Match]
    ) -> tuple[Reference, ...]:
        wanted = around.wanted(question, matches)
        with self._database.transaction() as session, acting_as(session, question.chat.actor):
            return read_references(session, around, wanted, matches)


def _adapter_of(profile: Profile) -> str | None:
    return profile.generator.adapter if isinstance(profile.generator, Adaptable) else None


def _with_legend(generated: Generated) -> str:
    """Add what the numbers in the picture stand for, where its font has no letters for a name."""
    return "\n".join(part for part in (generated.text, legend(generated.boxes)) if part)


def _picture(photo: Image.Image | None, generated: Generated) -> bytes | None:
    if photo is None or not generated.boxes:
        return None
    return draw_boxes(photo, generated.boxes)
