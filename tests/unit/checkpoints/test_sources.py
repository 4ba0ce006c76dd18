"""Sources name a file and a folder of their own, or are refused."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from rap_engine.checkpoints import HubSource, UrlSource


@pytest.mark.parametrize(
    ("url", "name", "slug"),
    [
        ("https://h.invalid/v1/best.pt", "best.pt", r"best-[0-9a-f]{8}"),
        ("https://h.invalid/good.pt?x=/../evil.pt", "good.pt", r"good-[0-9a-f]{8}"),
        ("https://h.invalid/good.v2.pt#/a/b", "good.v2.pt", r"good\.v2-[0-9a-f]{8}"),
        ("https://h.invalid/%62est", "best", r"best-[0-9a-f]{8}"),
    ],
)
def test_an_addresss_folder_is_named_by_its_file_and_a_hash(url: str, name: str, slug: str) -> None:
    source = UrlSource(url=url)
    assert source.file_name == name
    assert re.fullmatch(slug, source.slug)


@pytest.mark.parametrize(
    "url",
    [
        "https://h.invalid",
        "https://h.invalid/",
        "https://h.invalid/dl/best.pt/",
        "https://h.invalid/dl/..",
        "https://h.invalid/dl/.pt",
        "https://h.invalid/?file=best.pt",
        "https://h.invalid/%2e%2e%2f",
        "https://h.invalid/a%0ab.pt",
        "https://h.invalid/a b.pt",
        "https://[h.invalid/best.pt",
        "ftp://h.invalid/best.pt",
    ],
)
def test_an_address_without_a_safe_file_name_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        UrlSource(url=url)


def test_a_repositorys_folder_is_named_by_the_repository() -> None:
    assert Path(HubSource(repo="owner/model", revision="v2").slug) == Path("owner--model")
