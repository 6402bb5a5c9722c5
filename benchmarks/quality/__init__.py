"""Is it any good: every model, baseline and ad list on real purchases and on public data, as one page.

python -m benchmarks.quality            measures, and writes docs/explanation/quality.md and its pictures
python -m benchmarks.quality --redraw   writes the page again from the kept figures
"""
