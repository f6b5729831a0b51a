//! What source of a version may say, and what the parser makes of it.

facts! {
    /// `yield` may stand in a comprehension (bpo-10544 forbids it).
    yields_in_comprehensions: until Py37;
    /// `return *a, b` and `yield *a, b` need no parentheses (bpo-32117).
    star_in_return: since Py38;
    /// `x: T = a, b` and `x: T = yield` need no parentheses (bpo-32117).
    open_annotated_value: since Py38;
    /// `for x in *a, b` needs no parentheses (the PEG parser, PEP 617).
    star_in_for: since Py39;
    /// Annotations are stored as they are written, not with their constants folded (PEP 563 in `Python/compile.c`).
    annotation_unfolded: since Py39;
    /// Annotations are stored with `:=` in blanks (`Python/ast_unparse.c`).
    annotation_walrus_blanks: since Py39;
    /// Annotations are stored with `a[(b := c)]` in parentheses (`Python/ast_unparse.c`).
    annotation_index_parentheses: since Py310;
    /// `a[*b]` and `a[b, *c]` need no parentheses (PEP 646).
    star_in_index: since Py311;
    /// Quotes and backslashes are free inside the expressions of f-strings (PEP 701).
    free_fstrings: since Py312;
    /// `lazy import` (PEP 810).
    lazy_imports: since Py315;
    /// `case +1:` (`Grammar/python.gram`).
    plus_in_patterns: since Py315;
}
