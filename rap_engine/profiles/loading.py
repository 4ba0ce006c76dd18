"""From a recipe to models at work."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar, assert_never

from config import Settings
from config.logs import get_logger
from rap_engine.checkpoints import WeightsStore
from rap_engine.detect import Detector
from rap_engine.encode import Encoder
from rap_engine.errors import ServerError, WeightsMissing
from rap_engine.generate import ComposedGenerator, Generator
from rap_engine.profiles.recipe import (
    ComposedRecipe,
    DinoRecipe,
    Lite0Recipe,
    OpenAiRecipe,
    OpenClipRecipe,
    Recipe,
    SsdRecipe,
    TransformersRecipe,
    VerificationRecipe,
    YoloWorldRecipe,
)
from rap_engine.profiles.shelf import read_recipe
from rap_engine.retrieve.calibration import Calibration, NotCalibrated, load_calibration

_log = get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that an answer depends on besides the database."""

    name: str
    detector: Detector
    encoder: Encoder
    generator: Generator
    calibration: Calibration
    verification: VerificationRecipe | None = None


def _packages_told(load: "Callable[[Loader], T]") -> "Callable[[Loader], T]":
    """Make a part's loader say what to run where a library of the part is not installed."""

    @wraps(load)
    def loaded(self: "Loader") -> T:
        try:
            return load(self)
        except ImportError as error:
            raise WeightsMissing(
                f"The profile {self.name} needs the package {error.name}."
                f" Run `RAPBOT_PROFILE={self.name} make run`."
            ) from error

    return loaded


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads the parts of a profile; each brings libraries of its own, imported when it is loaded.

    Raises, from each method:
        WeightsError: packages or model files are missing, or not the pinned ones.
    """

    name: str
    recipe: Recipe
    settings: Settings

    @classmethod
    def of(cls, settings: Settings, name: str | None = None) -> "Loader":
        """Read the recipe of a profile: the one that the settings name, or another.

        Raises:
            UnknownProfile: no such profile.
            BadRecipe: its file is not a recipe.
        """
        chosen = name or settings.profile
        return cls(chosen, read_recipe(chosen, settings.data_dir), settings)

    @property
    def store(self) -> WeightsStore:
        """Where fetched weights are."""
        return WeightsStore(self.settings.weights_dir)

    def check(self) -> None:
        """Look whether all is there that the profile needs, without loading any of it.

        Raises:
            WeightsMissing: weights were not fetched; says what to run.
            ServerError: the settings name no server, and the profile needs one.
        """
        missing = [each.slug for each in self.recipe.sources() if not self.store.is_ready(each)]
        if missing:
            raise WeightsMissing(
                f"The weights of {', '.join(missing)} are not in {self.store.root}, or not"
                f" those that the recipe names now. Run `rapbot weights fetch {self.name}`."
            )
        settings = self.settings
        is_asked = isinstance(self.recipe.generator, OpenAiRecipe)
        if is_asked and not (settings.openai_base_url and settings.openai_model):
            raise ServerError(
                f"The profile {self.name} needs a server: set RAPBOT_OPENAI_BASE_URL, for instance"
                " http://127.0.0.1:8000/v1, and RAPBOT_OPENAI_MODEL."
            )

    @_packages_told
    def detector(self) -> Detector:
        """Load the detector."""
        match self.recipe.detector:
            case SsdRecipe():
                from rap_engine.detect.ssd import SsdDetector  # noqa: PLC0415

                return SsdDetector()
            case YoloWorldRecipe() as recipe:
                from rap_engine.detect.yolo_world import YoloWorldDetector  # noqa: PLC0415

                return YoloWorldDetector(
                    model=recipe.model,
                    weights=self.store.locate(recipe.source, self.name),
                    text_tower=self.store.locate(recipe.text_source, self.name),
                    device=self.settings.device,
                )
            case other:
                assert_never(other)

    @_packages_told
    def encoder(self) -> Encoder:
        """Load the encoder."""
        match self.recipe.encoder:
            case Lite0Recipe():
                from rap_engine.encode.lite0 import Lite0Encoder  # noqa: PLC0415

                return Lite0Encoder()
            case OpenClipRecipe() as recipe:
                from rap_engine.encode.open_clip import OpenClipEncoder  # noqa: PLC0415

                folder = self.store.locate(recipe.source, self.name)
                return OpenClipEncoder(recipe.encoder_name, folder, device=self.settings.device)
            case DinoRecipe() as recipe:
                from rap_engine.encode.dinov2 import DinoEncoder  # noqa: PLC0415

                folder = self.store.locate(recipe.source, self.name)
                return DinoEncoder(recipe.encoder_name, folder, device=self.settings.device)
            case other:
                assert_never(other)

    @_packages_told
    def generator(self) -> Generator:
        """Load the generator."""
        match self.recipe.generator:
            case ComposedRecipe():
                return ComposedGenerator(self.name)
            case TransformersRecipe() as recipe:
                return self._language_model(recipe)
            case OpenAiRecipe() as recipe:
                from rap_engine.generate.openai_server import OpenAiGenerator  # noqa: PLC0415

                return OpenAiGenerator.connect(
                    base_url=self.settings.openai_base_url,
                    api_key=self.settings.openai_api_key,
                    model=self.settings.openai_model,
                    max_references=recipe.max_references,
                    max_new_tokens=recipe.max_new_tokens,
                    temperature=recipe.temperature,
                    is_rap=recipe.prompt == "rap",
                    boxes_are_padded=recipe.boxes == "padded",
                )
            case other:
                assert_never(other)

    def _language_model(self, recipe: TransformersRecipe) -> Generator:
        from rap_engine.generate.language_model import (  # noqa: PLC0415
            Budget,
            Decoding,
            LanguageModelGenerator,
        )

        return LanguageModelGenerator.load(
            recipe.name,
            self.store.locate(recipe.source, self.name),
            device=self.settings.device,
            quantization=self.settings.quantization,
            is_rap=recipe.prompt == "rap",
            boxes_are_padded=recipe.boxes == "padded",
            budget=Budget(
                context=recipe.context,
                max_references=recipe.max_references,
                max_new_tokens=recipe.max_new_tokens,
                history_tokens=recipe.history_tokens,
            ),
            decoding=Decoding(temperature=recipe.temperature, top_p=recipe.top_p, seed=recipe.seed),
        )

    def calibration(self, encoder: Encoder) -> Calibration:
        """Return the encoder's cutoff; an unmeasured one from the recipe is told in the log.

        Raises:
            NotCalibrated: neither a measurement nor the recipe knows one.
        """
        try:
            return load_calibration(encoder.name, self.settings.data_dir)
        except NotCalibrated:
            recipe = self.recipe.encoder
            if isinstance(recipe, Lite0Recipe):
                raise
            _log.warning(
                "cutoff_not_measured", encoder=encoder.name, cutoff=recipe.provisional_cutoff
            )
            return Calibration(encoder.name, recipe.provisional_cutoff, "provisional, not measured")


def load_profile(settings: Settings, name: str | None = None, *, generates: bool = True) -> Profile:
    """Load the models of a profile. Takes seconds to minutes; nothing is downloaded.

    Args:
        settings: name the profile, the device and where weights are.
        name: another profile than the settings'.
        generates: False leaves a language model out where nobody will ask it anything.

    Raises:
        UnknownProfile: no such profile.
        BadRecipe: its file is not a recipe.
        WeightsError: its packages or model files are missing, or not the pinned ones.
        NotCalibrated: no cutoff is known for its encoder.
    """
    loader = Loader.of(settings, name)
    encoder = loader.encoder()
    is_asked = generates or loader.recipe.verification is not None
    return Profile(
        name=loader.name,
        detector=loader.detector(),
        encoder=encoder,
        generator=loader.generator() if is_asked else ComposedGenerator(loader.name),
        calibration=loader.calibration(encoder),
        verification=loader.recipe.verification,
    )
