"""Settings for a verb."""

from pydantic import ValidationError

from config import Settings
from rapbot.errors import BadSettings


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        BadSettings: one has a value that it cannot have. The value is not quoted: it may be secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"RAPBOT_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise BadSettings(f"Cannot use these settings: {'; '.join(problems)}.") from None
