"""All settings of all processes. Each field is `RAPBOT_<NAME>` in the environment or in `.env`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Quantization = Literal["none", "8bit", "4bit"]
Access = Literal["open", "listed"]
_MOST_DAYS = 36_500
"""A hundred years; much more is no date any longer."""


class Settings(BaseSettings):
    """Read once at the start of a process and passed on; nothing else reads the environment."""

    model_config = SettingsConfigDict(
        env_prefix="RAPBOT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    telegram_token: SecretStr | None = Field(
        None, description="The bot's token from @BotFather. Without one the console is the chat."
    )
    telegram_base_url: str = Field(
        "https://api.telegram.org/bot", description="Bot API; another for a local Bot API server."
    )
    telegram_base_file_url: str = Field(
        "https://api.telegram.org/file/bot", description="Where the Bot API serves files."
    )
    webhook_url: str | None = Field(
        None, description="Public https address of the webhook. Without one the bot polls."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="Secret token that Telegram sends with each webhook request."
    )
    webhook_host: str = Field("127.0.0.1", description="Address that the webhook listens on.")
    webhook_port: int = Field(8443, ge=0, le=65535, description="Port of the webhook.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL with pgvector. Without one `rapbot up` starts its own."
    )
    redis_url: SecretStr | None = Field(
        None, description="Valkey or Redis. Without one `rapbot up` starts its own."
    )
    data_dir: Path = Field(
        Path("data"), description="Where services started by `rapbot up` keep data and logs."
    )
    profile: str = Field(
        "starter",
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        description="Detector, encoder and generator in use.",
    )
    weights_folder: Path | None = Field(
        None, description="Where fetched weights are; `weights` in the data directory."
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="Where models run: `auto`, `cpu`, `cuda` or `cuda:N`.",
    )
    quantization: Quantization = Field(
        "none", description="Width of a language model's weights on a GPU, to save memory."
    )
    model_idle_s: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Seconds without a job after which a worker unloads its models; 0 never does.",
    )
    openai_base_url: str | None = Field(
        None, description="OpenAI-compatible server of the profile `openai`, ending in `/v1`."
    )
    openai_api_key: SecretStr | None = Field(None, description="Its key, if it wants one.")
    openai_model: str | None = Field(
        None, description="The model that it serves, or one of its adapters."
    )
    face_keys: bool = Field(
        False,
        description="Whether faces may get keys, each after its owner's agreement was confirmed.",
    )
    admins: Annotated[tuple[int, ...], NoDecode] = Field(
        (), description="Telegram user ids of admins, comma separated."
    )
    access: Access = Field(
        "open",
        description="Who may write to the bot: everybody (`open`), or who is allowed (`listed`).",
    )
    allowed: Annotated[tuple[int, ...], NoDecode] = Field(
        (), description="Telegram user ids that may write to a `listed` bot, comma separated."
    )
    contact: str | None = Field(
        None,
        max_length=200,
        description="How people reach who runs the bot, in words: `@anna or anna@example.org`.",
    )
    jobs_a_day: int = Field(
        200, ge=1, description="Photos and questions that a person may send in a day."
    )
    family_jobs_a_day: int = Field(
        600, ge=1, description="The same for all members of a family or group together."
    )
    most_concepts: int = Field(500, ge=1, description="Concepts that a list may hold.")
    most_storage_mb: int = Field(
        500, ge=1, description="Megabytes of photos that a list may hold (MB of 1,000,000 bytes)."
    )
    most_waiting_jobs: int = Field(
        10, ge=1, description="Photos and questions of one person that may wait at once."
    )
    queue_limit: int = Field(
        1000, ge=1, description="Photos and questions of everybody that may wait at once."
    )
    keep_inbox_days: float = Field(
        2.0,
        ge=1,
        le=_MOST_DAYS,
        allow_inf_nan=False,
        description="Days until received messages are erased.",
    )
    keep_replies_days: float = Field(
        7.0,
        ge=1,
        le=_MOST_DAYS,
        allow_inf_nan=False,
        description="Days until sent replies and ended jobs are.",
    )
    keep_conversations_days: float = Field(
        90.0,
        ge=1,
        le=_MOST_DAYS,
        allow_inf_nan=False,
        description="Days until a conversation is erased.",
    )
    keep_history_days: float = Field(
        365.0,
        ge=1,
        le=_MOST_DAYS,
        allow_inf_nan=False,
        description="Days until a list's history is erased.",
    )
    worker_concurrency: int = Field(
        1, ge=1, le=64, description="Child processes of a worker; each loads the models."
    )
    job_lease_s: float = Field(
        20.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds without a heartbeat after which a job's worker is dead.",
    )
    job_time_limit_s: int = Field(
        300, ge=5, description="Seconds after which a running job is ended."
    )
    model_load_limit_s: int = Field(
        900,
        ge=0,
        description="Seconds that loading models may take, beside the job that needs them.",
    )
    job_max_attempts: int = Field(
        3, ge=1, description="Attempts before a job ends with an apology."
    )
    housekeeping_interval_s: float = Field(
        5.0, gt=0, allow_inf_nan=False, description="Seconds between two searches for lost jobs."
    )
    training_folder: Path | None = Field(
        None,
        description="Where runs keep records and checkpoints; `training` in the data directory.",
    )
    training_plan: Path | None = Field(
        None, description="Plan (TOML) of the runs at night; `rapbot train start` uses it too."
    )
    train_at: str | None = Field(
        None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Time of day (UTC) at which a run begins if something is new: `03:00`.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Lowest level that is logged."
    )

    @field_validator("admins", "allowed", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("data_dir", "weights_folder", "training_folder", "training_plan")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @property
    def weights_dir(self) -> Path:
        """Folder of fetched and converted weights."""
        return self.weights_folder or self.data_dir / "weights"

    @property
    def training_dir(self) -> Path:
        """Folder of training runs, a trainer's below `runs`, others below `here`."""
        return self.training_folder or self.data_dir / "training"
