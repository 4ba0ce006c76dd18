"""`rapbot evaluate generation` and `ablation`, with a profile that sees colours."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from config import logs
from rap_engine.evaluation import generation
from rap_engine.evaluation.rap_format import BadDataset
from rap_engine.generate import Generated, GenerationRequest, Generator
from rapbot.cli import app
from rapbot.cli.adapter import NoSuchAdapter
from tests.unit.evaluation.generators import Looks, Says
from tests.unit.evaluation.sets import profile_of, write_set


class Adapted(Says):
    """Says what its adapter's name says."""

    def __init__(self) -> None:
        super().__init__("")
        self.adapter: str | None = None
        self.switches = 0

    def use_adapter(self, folder: Path | None) -> None:
        name = folder.name if folder else None
        self.switches += name != self.adapter
        self.adapter = name

    def generate(self, request: GenerationRequest) -> Generated:
        return Generated((self.adapter or "nobody").replace("-", " "))


@pytest.fixture(autouse=True)
def told_levels(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the logs were set to. Not done in earnest: logs belong to the whole process."""
    levels: list[str] = []
    monkeypatch.setattr(logs, "configure", lambda settings: levels.append(settings.log_level))
    return levels


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAPBOT_DATA_DIR", str(tmp_path / "data"))
    for name in ("yes-rex", "no"):
        adapter = tmp_path / "data" / "weights" / "adapters" / name
        adapter.mkdir(parents=True)
        for file in ("adapter_config.json", "adapter_model.safetensors"):
            (adapter / file).write_text("")
    return write_set(tmp_path / "set")


def _answers(monkeypatch: pytest.MonkeyPatch, generator: Generator) -> None:
    monkeypatch.setattr(generation, "load_profile", lambda *_: profile_of(generator))


def _evaluate(verb: str, folder: Path, *arguments: str) -> Result:
    files = [f"--{name}={folder / name}.json" for name in ("database", "queries", "strangers")]
    return CliRunner().invoke(app, ["evaluate", verb, *files, *arguments])


def test_the_figures_are_told_and_the_report_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _answers(monkeypatch, Looks())
    done = _evaluate("generation", folder, "--json", str(tmp_path / "report.json"))
    assert done.exit_code == 0, done.output
    assert "recognition, mean      1.000" in done.stdout
    assert "captions, F1           1.000" in done.stdout
    assert "questions in words     0.000" in done.stdout
    assert "wrong: What is told of rex?" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("seconds ")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["recognition"]["auc"] == 1.0
    assert not (tmp_path / "data" / "postgres").exists()


class Garbles(Says):
    """Says something else each time, which would command a terminal."""

    def __init__(self) -> None:
        super().__init__("")

    def generate(self, request: GenerationRequest) -> Generated:
        return Generated("\x1b[2Jno\nrecognition, mean      1.000")


def test_of_many_mistakes_a_few_are_told_and_none_commands_the_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(monkeypatch, Garbles())
    monkeypatch.setattr(sys.modules["rapbot.cli.evaluate.generation"], "_MOST_MISTAKES", 2)
    done = _evaluate("generation", folder)
    lines = done.stdout.splitlines()
    assert [line.startswith("wrong: ") for line in lines[:3]] == [True, True, False]
    assert lines[2].endswith(" more: --json FILE")
    assert int(lines[2].split()[0]) > 0
    assert lines[3].startswith("profile ")
    assert "\x1b" not in done.stdout
    assert "\\x1b[2Jno\\nrecognition" in done.stdout


@pytest.mark.parametrize("verb", ["generation", "ablation"])
def test_of_logs_only_warnings_stand_beside_the_figures(
    folder: Path, monkeypatch: pytest.MonkeyPatch, told_levels: list[str], verb: str
) -> None:
    monkeypatch.setattr(
        generation,
        "load_profile",
        lambda *_: (told_levels.append("loaded"), profile_of(Looks()))[1],
    )
    assert _evaluate(verb, folder).exit_code == 0
    assert told_levels == ["WARNING", "loaded"]


def test_an_adapter_and_a_variant_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, Adapted())
    done = _evaluate("generation", folder, "--adapter", "no", "--variant", "shuffled")
    assert "adapter no, variant shuffled" in done.stdout
    assert "recognition, negative  1.000" in done.stdout


def test_an_ablation_is_one_table_of_adapters_and_variants(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    generator = Adapted()
    _answers(monkeypatch, generator)
    elsewhere = tmp_path / "data" / "weights" / "adapters" / "no"
    done = _evaluate(
        "ablation",
        folder,
        *("--adapter", "full=yes-rex", "--adapter", f"without negatives={elsewhere}"),
        *("--adapter", "base=none", "--variant", "with_cutoff", "--markdown"),
        *("--json", str(tmp_path / "table.json")),
    )
    assert done.exit_code == 0, done.output
    head, _, full, without, base, cutoff = done.stdout.splitlines()
    assert head.startswith("|  | positive | negative | mean | AUC | precision |")
    assert full.startswith("| full | 1.000 | 0.000 | 0.500 | - | 0.333 | 0.500 | 0.400 |")
    assert without.startswith("| without negatives | 0.000 | 1.000 | 0.500 |")
    assert base.startswith("| base | 0.000 | 0.000 | 0.000 |")
    assert cutoff.startswith("| with cutoff | 1.000 | 0.000 |")
    assert generator.switches == 3
    written = json.loads((tmp_path / "table.json").read_text())
    assert list(written) == ["full", "without negatives", "base", "with cutoff"]
    assert written["full"]["adapter"] == "yes-rex"


def test_an_ablation_without_adapters_has_all_variants_of_the_base(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(monkeypatch, Looks())
    rows = _evaluate("ablation", folder).stdout.splitlines()[1:]
    assert [row.split("  ")[0] for row in rows] == [
        "base alone",
        "skip retrieval",
        "without info",
        "shuffled",
        "with cutoff",
    ]


def test_a_row_can_be_a_variant_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, Adapted())
    file = folder / "table.json"
    done = _evaluate(
        "ablation",
        folder,
        *("--adapter", "yes-rex", "--adapter", "blind=no:shuffled", "--variant", "full"),
        *("--json", str(file)),
    )
    assert done.exit_code == 0, done.output
    written = json.loads(file.read_text())
    assert {label: row["variant"] for label, row in written.items()} == {
        "yes-rex": "full",
        "blind": "shuffled",
    }
    assert written["blind"]["adapter"] == "no"


@pytest.mark.parametrize("name", ["nobody", "x=nobody", "x=./nobody"])
def test_an_adapter_that_is_not_there_is_said_before_anything_is_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(generation, "load_profile", lambda *_: loaded.append(_))
    done = _evaluate("ablation", folder, "--adapter", "yes-rex", "--adapter", name)
    assert isinstance(done.exception, NoSuchAdapter)
    assert "there are: no, yes-rex." in str(done.exception)
    assert isinstance(_evaluate("generation", folder, "--adapter", name).exception, NoSuchAdapter)
    assert not loaded


@pytest.mark.parametrize("said", ["=yes-rex", "full="])
def test_a_row_needs_a_label_and_an_adapter(folder: Path, said: str) -> None:
    done = _evaluate("ablation", folder, "--adapter", said)
    assert done.exit_code == 2
    assert "is neither NAME nor LABEL=NAME" in done.stderr


def test_rows_of_one_name_are_refused(folder: Path) -> None:
    twice = ("--adapter", "yes-rex", "--adapter", "shuffled=no", "--variant", "shuffled")
    done = _evaluate("ablation", folder, *twice)
    assert done.exit_code == 2
    assert "two rows are called shuffled" in done.stderr


def test_adapters_are_switched_once_each(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = Adapted()
    _answers(monkeypatch, generator)
    rows = ("yes-rex", "no", "again=yes-rex:shuffled")
    named = [word for row in rows for word in ("--adapter", row)]
    assert _evaluate("ablation", folder, *named).exit_code == 0
    assert generator.switches == 2


def test_a_file_that_could_not_be_written_is_refused_at_once(folder: Path) -> None:
    done = _evaluate("generation", folder, "--json", str(folder / "gone" / "report.json"))
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr


def test_a_broken_set_is_told_with_its_file(folder: Path) -> None:
    (folder / "queries.json").write_text("{")
    assert isinstance(_evaluate("generation", folder).exception, BadDataset)
