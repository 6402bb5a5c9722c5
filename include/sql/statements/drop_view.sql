-- A view whose columns change cannot be replaced, only made anew.
DROP VIEW IF EXISTS {view};
