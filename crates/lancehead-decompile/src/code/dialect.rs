//! What the source and the compiler of each version have, as far as recovering source depends on it.

use lancehead_pyc::{Version, co_flags};

/// One version's row.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The compiler turns `not a in b` into `a not in b` (`ast_opt.c`, up to 3.13).
    pub folds_negated_comparison: bool,
    /// `GET_ITER` pushes two slots (3.15).
    pub iterators_have_index: bool,
    /// How many slots of the stack an iterator takes.
    pub iterator_slots: i64,
    /// The `co_flags` bits of `from __future__ import annotations`.
    pub future_annotations: u32,
    /// Definitions may have type parameters, made by hidden functions (PEP 695, 3.12).
    pub has_type_params: bool,
    /// Annotations are evaluated in a function of their own (PEP 649, 3.14).
    pub deferred_annotations: bool,
    /// `assert` loads AssertionError by name (up to 3.8).
    pub asserts_by_name: bool,
    /// A constant that is loaded and dropped is the subject of a `match` (3.10, 3.11; later ones remove both).
    pub keeps_constant_subjects: bool,
    /// Short blocks that end the function are copied to where they are jumped to (3.10).
    pub copies_exits: bool,
    /// `return` does not spell out what it leaves: the interpreter unwinds (3.7).
    pub returns_unwind: bool,
    /// Leaving a `with` or `finally` by `return` looks different from falling off its end (up to 3.8).
    pub tells_returns_apart: bool,
    /// A mapping after `**` in a call is merged into a dict, even if it is all there is (3.9).
    pub merges_keywords: bool,
    /// A call without positional arguments builds a tuple for none (up to 3.9).
    pub builds_empty_arguments: bool,
    /// What an instruction is protected by is told by blocks (up to 3.10), not by a table with gaps.
    pub exact_scopes: bool,
    /// The compiler makes a constant of a slice of constants (3.14).
    pub folds_slices: bool,
    /// Constants are folded in the bytecode, not in the syntax tree (3.14).
    pub folds_late: bool,
    /// The compiler makes an f-string of `'…' % (…)` (`ast_opt.c`, 3.11).
    pub takes_formats_apart: bool,
    /// The end of a loop leads back to what `while True` has left behind, not past it (3.14).
    pub loops_to_endless_test: bool,
    /// The line table tells columns (3.11).
    pub has_columns: bool,
    /// What a statement tests has the span of the statement (3.11).
    pub tests_span_statements: bool,
    /// Whether a docstring is flagged in `co_flags` (3.14) or is the first constant of every `def`.
    pub docstring_flag: Option<u32>,
}

impl Dialect {
    /// The row of `version`.
    pub fn of(version: Version) -> Dialect {
        Dialect {
            folds_negated_comparison: version.inverts_in_tree(),
            iterators_have_index: version.index_slot(),
            iterator_slots: i64::from(version.iterator_slots()),
            future_annotations: co_flags::future_annotations(version),
            has_type_params: version.has_classdict(),
            deferred_annotations: version.defers_annotations(),
            asserts_by_name: !version.loads_assertion_error(),
            keeps_constant_subjects: version.keeps_constant_subjects(),
            copies_exits: version.copies_exits(),
            returns_unwind: version.unwinds_blocks(),
            tells_returns_apart: version.ends_finally(),
            merges_keywords: version.merges_keywords(),
            builds_empty_arguments: version.builds_empty_arguments(),
            exact_scopes: version.has_block_stack(),
            folds_slices: version.has_constant_slices(),
            folds_late: version.folds_late(),
            takes_formats_apart: version.formats_percent(),
            loops_to_endless_test: version.loops_to_endless_test(),
            has_columns: version.has_columns(),
            tests_span_statements: version.tests_span_statements(),
            docstring_flag: version.flags_docstrings().then_some(co_flags::HAS_DOCSTRING),
        }
    }
}
