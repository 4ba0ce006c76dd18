"""Chooses the words: a code and its parameters become a sentence in a language."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.texts import en
from config.logs import get_logger
from workers.jobs.values import Content

_log = get_logger(__name__)
_LAST_RESORT = "sorry_failed"
DEFAULT_LANGUAGE = "en"
_LANGUAGES: Mapping[str, Mapping[str, str]] = {DEFAULT_LANGUAGE: en.MESSAGES}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The messages of one language; what it lacks is said in English."""

    messages: Mapping[str, str]

    def say(self, code: str, **params: object) -> str:
        """Return the sentence of a code.

        Raises:
            KeyError: no such code, or a parameter of the sentence is missing.
        """
        template = self.messages.get(code) or _LANGUAGES[DEFAULT_LANGUAGE][code]
        return template.format_map(params)

    def render(self, content: Content) -> str:
        """Return the words of a reply; "" if it has none, as with a picture alone."""
        if content.notice is None:
            return content.text
        if content.notice not in en.MESSAGES:
            # A worker of another version, or an error nobody wrote a sentence for: somebody waits.
            _log.error("no_sentence", notice=content.notice)
            return self.say(_LAST_RESORT)
        return self.say(content.notice, **(content.params or {}))

    def label(self, code: str, name: str = "") -> str:
        """Return what a button says; `name` is whom or what it speaks of."""
        return self.say(f"button.{code}", name=name)


def catalogue_for(language: str = DEFAULT_LANGUAGE) -> Catalogue:
    """Return the catalogue of an IETF language tag such as `pt-BR`, or the English one."""
    primary = language.partition("-")[0].lower()
    return Catalogue(_LANGUAGES.get(primary, _LANGUAGES[DEFAULT_LANGUAGE]))


def codes(prefix: str = "") -> tuple[str, ...]:
    """Return the codes that begin with a prefix, in the catalogue's order."""
    return tuple(code for code in en.MESSAGES if code.startswith(prefix))
