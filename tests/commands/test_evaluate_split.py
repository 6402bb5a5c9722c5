"""`dangol evaluate-split` as people and machines meet it, on small files and on Gowalla."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from include.evaluation.published import read_published
from include.run import main
from tests.conftest import SHARED_DATA

GOWALLA = [SHARED_DATA / f"gowalla_{part}.txt.gz" for part in ("train", "test")]
needs_gowalla = pytest.mark.skipif(
    not all(path.exists() for path in GOWALLA),
    reason="the Gowalla files are not there; DANGOL_SHARED_DATA names their folder",
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """40 users of two tastes: each has most of the ten items of its own, in an order of its own."""
    random = np.random.default_rng(0)
    lines = ["user_id\titem_id\trating\ttimestamp"]
    for user in range(40):
        items = random.permutation(10)[:8] + 10 * (user % 2)
        lines += [f"u{user}\ti{item:02}\t1\t{900_000_000 + place}" for place, item in enumerate(items)]
    path = tmp_path / "log.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[dict[str, Any], str]:
    """The answer, and what was said on stderr."""
    assert main(["evaluate-split", *map(str, arguments), "--threads", "1"]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def take(answer: dict[str, Any], metric: str, column: str = "value") -> dict[str, float]:
    return {model["model"]: model["figures"][metric][column] for model in answer["models"]}


def test_a_log_is_split_and_the_models_judged(
    log: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    answer, _ = run(
        capsys, "--log", log, "--models", "popular,als,cosine,ads", "--k", "2,5", "--beside", "ml-100k",
        "--trials", "0",
    )  # fmt: skip
    assert (answer["train"]["pairs"], answer["test"]["pairs"], answer["users"]) == (240, 80, 40)
    assert answer["files"] == {"log": str(log), "layout": "pairs", "test_share": 0.2}
    recall, compared = take(answer, "recall@2"), take(answer, "recall@2", "difference")
    assert list(recall) == ["popular", "als", "cosine", "ads"]
    # Who knows the tastes leaves 4 items of 10 to choose from; who does not, 14 of 20.
    assert recall["als"] > recall["popular"]
    assert compared["popular"] is None
    assert compared["als"] == pytest.approx(recall["als"] - recall["popular"])
    assert all(take(answer, "recall@5")[name] >= recall[name] for name in recall)
    assert answer["models"][1]["settings"]["models"]["als"]["factors"] == 64
    assert answer["published"]["figures"]["EASE"] == {"precision": 0.3739, "recall": 0.2430}
    assert answer["tuning"] is None
    table = caplog.text
    assert f"{recall['als']:.4f}" in table
    assert "  train     40     20    240" in table


def test_the_same_seed_gives_the_same_answer_and_another_another(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--log", log, "--models", "popular", "--k", "3")
    first, again, other = (take(run(capsys, *asked, "--seed", str(seed))[0], "ndcg@3") for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_settings_of_a_file_are_those_that_are_used(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("models: {als: {factors: 3, seed: 5}}\nads: {min_co_buyers: 1}\n")
    answer, _ = run(capsys, "--log", log, "--models", "als,cosine", "--settings", settings)
    als, cosine = (model["settings"] for model in answer["models"])
    assert (als["models"]["als"]["factors"], als["models"]["als"]["seed"]) == (3, 5)
    assert cosine["ads"]["min_co_buyers"] == 1


def write_test(folder: Path, name: str, items: range) -> Path:
    path = folder / name
    path.write_text("".join(f"u{user} i{item:02}\n" for user in range(40) for item in items))
    return path


@pytest.mark.parametrize("validation", ["random", "last"])
def test_settings_are_chosen_on_train_whatever_the_test_holds(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], validation: str
) -> None:
    tuned = []
    for name, items in (("one.txt", range(10)), ("other.txt", range(10, 20))):
        answer, _ = run(
            capsys, "--train", log, "--test", write_test(tmp_path, name, items), "--models", "als,popular",
            "--trials", "4", "--validation", validation, "--k", "2",
        )  # fmt: skip
        assert answer["test"]["not_in_train"]["known_pairs"] > 0
        tuned.append((answer["tuning"], answer["models"][0]["settings"]))
    assert tuned[0] == tuned[1]
    assert tuned[0][0]["models"]["als"]["trials"] == 4
    assert tuned[0][0]["models"]["als"]["value"] >= tuned[0][0]["models"]["als"]["untuned"]
    assert (tuned[0][0]["metric"], tuned[0][0]["way"]) == ("ndcg@2", validation)


def test_settings_are_chosen_unless_they_are_given(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = run(capsys, "--log", log, "--models", "popular,itemcf", "--k", "2")
    tried = answer["tuning"]["models"]
    assert list(tried) == ["itemcf"]
    assert tried["itemcf"]["trials"] == 8
    assert tried["itemcf"]["value"] >= tried["itemcf"]["untuned"]
    given, _ = run(capsys, "--log", log, "--models", "popular,itemcf", "--k", "2", "--trials", "0")
    assert given["tuning"] is None
    assert given["models"][1]["settings"]["models"]["cosine"]["k"] == 50


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say --train FILE and --test FILE, or --log FILE"),
        (["--train", "a"], "say --train FILE and --test FILE, or --log FILE"),
        (["--train", "a", "--test", "b", "--log", "c"], "say --train FILE and --test FILE, or --log FILE"),
        (["--log", "a", "--test-share", "1"], "'1' is no share between 0 and 1; write 0.2"),
        (["--log", "a", "--test-share", "x"], "'x' is no share between 0 and 1; write 0.2"),
        (["--log", "a", "--k", "0,5"], "'0,5' is no list of lengths from 1 to 1000; write 10,20"),
        (["--log", "a", "--models", "als,als"], "'als,als' is no list of different names; write popular,als"),
        (["--log", "a", "--tune", "-1"], "'-1' is no number of minutes; write 10"),
        (["--log", "a", "--trials", "-2"], "'-2' is no number from 1 to 999999"),
        (["--log", "a", "--beside", "netflix"], "invalid choice: 'netflix'"),
    ],
)
def test_a_wrong_command_line_exits_with_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["evaluate-split", *arguments])
    assert exit.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--models", "alz"], "There is no model alz; als was probably meant; known: "),
        (["--models", "best_sellers", "--trials", "2"], "None of the models says what of it can be tuned"),
        (["--settings", "nowhere.yaml"], "nowhere.yaml is not there; name a YAML file"),
        (["--min-rating", "9"], "log.tsv holds no pair of user and item; name a file with pairs."),
    ],
)
def test_what_cannot_be_done_is_told_and_exits_with_1(
    log: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate-split", "--log", str(log), *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    last = said.err.strip().splitlines()[-1]
    assert last.startswith("evaluate-split failed: ")
    assert sentence in last


def test_a_list_may_be_longer_than_a_model_recommends_by_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.txt"
    path.write_text("".join(f"u{user} i{item:02} 1\n" for user in range(9) for item in range(45)))
    answer, _ = run(
        capsys, "--log", path, "--models", "als", "--k", "40", "--test-share", "0.9", "--trials", "0"
    )
    assert answer["models"][0]["settings"]["models"]["als"]["user_k"] == 40
    # 41 items of each user are the test, and 20 hits would be all that the default allows.
    assert take(answer, "recall@40")["als"] > 20 / 41


@needs_gowalla
def test_gowalla_gives_the_figures_that_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Popularity has .0416/.0317 there in papers on LightGCN's split. The other two were found by another
    program: the sum of the cosines of 50 neighbours that three users at least have bought together."""
    settings = tmp_path / "itemcf.yaml"
    settings.write_text("models: {cosine: {k: 50, min_co_buyers: 3}}\n")
    answer, _ = run(
        capsys, "--train", GOWALLA[0], "--test", GOWALLA[1], "--models", "popular,itemcf",
        "--settings", settings, "--beside", "gowalla",
    )  # fmt: skip
    published = read_published()["gowalla"]
    assert (answer["train"]["users"], answer["train"]["items"]) == (published.users, published.items)
    assert (answer["train"]["pairs"], answer["test"]["pairs"]) == (810_128, 217_242)
    assert answer["users"] == 29_858
    assert not any(answer["test"]["not_in_train"].values())
    known = {"popular": (0.0416, 0.0317), "itemcf": (0.1264, 0.0939)}
    for name, (recall, ndcg) in known.items():
        assert take(answer, "recall@20")[name] == pytest.approx(recall, abs=2e-4)
        assert take(answer, "ndcg@20")[name] == pytest.approx(ndcg, abs=2e-4)
