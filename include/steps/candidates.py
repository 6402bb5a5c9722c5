"""The window and the models' tables → the ad list: sources, blend, re-rank."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from include.capacity.preflight import compare_costs
from include.errors import PermanentError
from include.settings import Advertiser
from include.steps.dataset import read_dataset, read_training, read_window
from include.steps.run_folder import Files, RunFolder, Summary, explain_refusals, measure, name_file

if TYPE_CHECKING:
    import pyarrow as pa

    from include.candidates.base import Blender, Proposer, Sources
    from include.candidates.inputs import Inputs

log = logging.getLogger(__name__)

TABLE = "ad_candidates"


class Opened(NamedTuple):
    """The window's summary, what every source is given, the sources by name, and the files they are of."""

    window: Summary
    inputs: Inputs
    sources: dict[str, Proposer]
    made_from: Files


def make_candidates(advertiser: Advertiser, as_of: date) -> Summary:
    """Blend the ad candidates and leave them in the run folder.

    The summary counts the rows by source, the users whose lists stay short, and what re-rank steps dropped.
    `blend` says by which blend, and why where it is not the advertiser's.
    Raises MissingDataError where a step before is to be run first, PermanentError where a source has no rows.
    """
    from include.candidates.blend import blend_candidates
    from include.candidates.features import Features
    from include.candidates.reranking import load_steps

    folder = RunFolder(advertiser, as_of)
    summary: Summary = {}
    with measure(summary), explain_refusals(advertiser, as_of):
        window, inputs, *sources, made_from = open_sources(advertiser, as_of)
        open_blend, blended = choose_blend(advertiser, as_of)
        steps = load_steps(advertiser.ads.steps)
        blend = blend_candidates(
            inputs,
            sources.pop(),  # so that they can be let go
            advertiser.ads.k,
            open_blend=open_blend,
            steps=steps,
            features=Features.from_inputs(inputs, as_of) if steps else None,
            threads=advertiser.run.threads or 0,
        )
        del inputs
        written = {TABLE: folder.write_rows(TABLE, blend.rows)}
    summary |= {**blend.counts, "blend": blended}
    # Beside the step's own file those that it was made from: the step that stages compares them.
    folder.write_summary("candidates", summary, made_from | written)
    _tell(advertiser, as_of, blend.counts)
    compare_costs(window, "candidates", summary)
    return summary


def open_sources(advertiser: Advertiser, as_of: date) -> Opened:
    """Read what the list is made from. Raises as `make_candidates` does."""
    folder = RunFolder(advertiser, as_of)
    window, files = read_window(folder)
    trained = {model: read_training(folder, model, files) for model in advertiser.chosen_models}
    inputs = _gather_inputs(folder, files, window)
    made_from = dict(files)
    sources: dict[str, Proposer] = {}
    names = advertiser.ad_sources
    with ThreadPoolExecutor(min(2, advertiser.run.threads or 2)) as pool:
        found = pool.map(partial(_read_source, folder, inputs, files, trained), names)
        for name, (proposer, fingerprint) in zip(names, found, strict=True):
            sources[name] = proposer
            made_from |= fingerprint
    return Opened(window, inputs, sources, made_from)


def choose_blend(
    advertiser: Advertiser, as_of: date
) -> tuple[Callable[[Sources, Inputs], Blender], dict[str, str]]:
    """The advertiser's blend, and what the summary says of it.

    Where it learns, by the newest ranker that had been fitted by the as-of date; without one, or without
    what runs it, the list is fused, which the log says.
    """
    from include.candidates.blends import learned
    from include.candidates.blends.ranker import explain_missing_lightgbm
    from include.candidates.registry import load_blend
    from include.steps.rankers import find_ranker

    name, params = advertiser.ads.blend.chosen
    if not isinstance(params, learned.Params):
        return partial(load_blend(name).open_blend, params=params), {"name": name}
    ranker, reason = None, explain_missing_lightgbm()
    if not reason:
        ranker, reason = find_ranker(advertiser, as_of)
    if ranker:
        return partial(learned.open_ranked, params=params, ranker=ranker), {
            "name": name,
            "fitted_on": ranker.fitted_on,
        }
    log.warning("%s %s: the list is fused, not ranked: %s.", advertiser.name, as_of, reason)
    return partial(learned.open_blend, params=params), {"name": "fusion", "in_place_of": name, "why": reason}


def _gather_inputs(folder: RunFolder, files: Files, window: Summary) -> Inputs:
    from include.candidates.inputs import Inputs
    from include.candidates.known import list_known

    advertiser = folder.advertiser
    recent, products = folder.read_rows("recent_items", files), folder.read_rows("products", files)
    dataset = read_dataset(folder, window, files)
    return Inputs.from_window(
        list_known(dataset, recent, products),
        recent,
        products,
        window["facts"]["absent_items"],
        # Read again by a source that wants it, so that the memory is not taken where none does.
        lambda: read_dataset(folder, window, files),
        window_items=len(dataset.item_ids),
        min_co_buyers=advertiser.ads.min_co_buyers,
        max_history=advertiser.window.max_items,
        exclude_purchased=advertiser.ads.exclude_purchased,
    )


def _read_source(
    folder: RunFolder, inputs: Inputs, window: Files, trained: dict[str, tuple[Summary, Files]], name: str
) -> tuple[Proposer, Files]:
    """The source's table, and its fingerprint. Raises PermanentError where it is not there or has no rows."""
    import pyarrow as pa

    from include.candidates.registry import SOURCES, load_source

    source, module = SOURCES[name], load_source(name)
    params = folder.advertiser.ads.get_params(name)
    if not source.table:
        return module.read_source(pa.table({}), inputs, params), {}
    files = trained[source.model][1] if source.model else window
    file, who = name_file(source.table, source.model), source.model or "the window"
    where = f"{folder.advertiser.name}, {folder.as_of}: the candidate source {name} reads {source.table}"
    if file not in files:
        raise PermanentError(
            f"{where}, which {who} did not make; take {name} out of ads.sources, or correct its line in"
            " include/candidates/registry.py."
        )
    least = folder.advertiser.ads.min_co_buyers if source.by_buyers else 0
    *read, count = _read_rows(folder, source.table, file, files, least)
    if not count and module.expects_rows(inputs):
        raise PermanentError(
            f"{where} of {who}, which is empty, so that the list would be made without it; look at the"
            f" parameters of {who}, or take {name} out of ads.sources."
        )
    # Popped, so that a source can let go of columns that it has read.
    return module.read_source(read.pop(), inputs, params), {file: files[file]}


def _read_rows(
    folder: RunFolder, table: str, name: str, files: Files, min_co_buyers: int
) -> tuple[pa.Table, int]:
    """The rows with texts in dictionaries, without neighbours that the source does not take, and how many
    there were.

    A piece at a time, to save memory.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from include.columns import CO_BUYERS, RELEASE_TABLES

    texts = [field.name for field in RELEASE_TABLES[table] if field.type == pa.string()]
    file = folder.open_rows(name, files, encoded=texts)
    pieces = [file.schema_arrow.empty_table()]
    for group in range(file.num_row_groups):
        rows = file.read_row_group(group)
        if CO_BUYERS in rows.column_names:
            rows = rows.filter(pc.greater_equal(rows[CO_BUYERS], min_co_buyers))
        pieces.append(rows)
    return pa.concat_tables(pieces), file.metadata.num_rows


def _tell(advertiser: Advertiser, as_of: date, counts: dict[str, Any]) -> None:
    by_source = ", ".join(f"{rows:,} of {name}" for name, rows in counts["sources"].items())
    log.info(
        "%s %s: %s ad candidates (%s); %s users have fewer than %s.",
        advertiser.name,
        as_of,
        f"{counts['rows']:,}",
        by_source,
        f"{counts['short_lists']:,}",
        advertiser.ads.k,
    )
    for step, counted in counts["rerank"].items():
        told = ", ".join(f"{what} {number:,}" for what, number in counted.items())
        log.info("%s %s: re-rank step %s: %s.", advertiser.name, as_of, step, told)
