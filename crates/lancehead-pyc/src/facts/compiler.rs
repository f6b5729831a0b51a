//! What the compiler of a version makes of the same source.
//!
//! `ast_opt.c` folds in the syntax tree up to 3.13, `flowgraph.c` (part of `compile.c` up to 3.11) in the control-flow
//! graph; `codegen.c` is part of `compile.c` up to 3.13. All are in `Python/`.

facts! {
    /// The value of a type alias is a function as far as qualified names go (`compiler_set_qualname`).
    aliases_are_functions: Py312 to Py313;
    /// Annotations of functions are tuples of names and values rather than dicts (bpo-42202).
    annotations_are_tuples: Py310 to Py313;
    /// Annotations are evaluated in a function of their own (PEP 649).
    defers_annotations: since Py314;
    /// With PEP 563, annotations have a scope of their own (`symtable_visit_annotation` in `symtable.c`).
    keeps_text_annotations_apart: since Py310;
    /// Annotations of positional-only parameters are visited first (`symtable_visit_annotations` in `symtable.c`).
    visits_positional_only_first: since Py315;
    /// The qualified name of `__annotate__` tells the function (`compiler_set_qualname`).
    names_annotated: since Py315;
    /// Lazily evaluated type parameters take a format (PEP 649 and `codegen_type_param_bound_or_default`).
    evaluators_take_format: since Py314;
    /// `for x in [y]` in a comprehension assigns (bpo-32856).
    assigns_single_items: since Py39;
    /// Comprehensions are inlined (PEP 709).
    inlines_comprehensions: since Py312;
    /// Comprehensions are inlined in annotation scopes within classes (`inline_comprehension` in `symtable.c`).
    inlines_in_class_scopes: since Py313;
    /// Comprehensions inlined in a class put every name aside that they use (`inline_comprehension` in `symtable.c`).
    isolates_all_in_classes: Py312 to Py313;
    /// All names of an inlined comprehension mean there what they mean in its own scope (`push_inlined_comprehension_state`).
    overrides_all_inlined: since Py313;
    /// A dict comprehension evaluates the value first (until PEP 572).
    evaluates_value_first: until Py37;
    /// Generator expressions call `iter` themselves, not who makes them (`codegen_sync_comprehension_generator`).
    generators_get_iter: since Py315;
    /// `all`, `any` and `tuple` are inlined when called with a generator expression (`maybe_optimize_function_call`).
    inlines_builtins: since Py314;
    /// `list` and `set` are inlined as well (`maybe_optimize_function_call`).
    inlines_list_and_set: since Py315;
    /// The end of `async for` is ordinary code; since 3.8 it is `END_ASYNC_FOR` (bpo-33041).
    spells_out_async_for: until Py37;
    /// `except*` copies the exception before it makes the list of those to be raised (`compiler_try_star_except`).
    copies_group_first: only Py311;
    /// `not a in b` becomes `a not in b`, and `not a is b` `a is not b`, in the tree, before jumps are made of them
    /// (`fold_unaryop` in `ast_opt.c`).
    inverts_in_tree: until Py313;
    /// `~True` and `~False` are folded (`eval_const_unaryop` in `flowgraph.c` leaves them alone).
    inverts_truths: until Py313;
    /// Constants are folded after the tree has been compiled, so that constant tuples are displays to the compiler
    /// (gh-126835).
    folds_late: since Py314;
    /// What `:=` assigns is not folded (`ast_opt.c` does not know the node).
    folds_no_named_values: Py38 to Py39;
    /// Two negations are one conversion to a truth value (`optimize_basic_block` in `flowgraph.c`).
    folds_double_negation: since Py313;
    /// A tuple of no items, built for a call, is a constant (`compiler_call_helper`).
    folds_empty_tuples: since Py310;
    /// Slices of literals are constants (`codegen_slice`).
    has_constant_slices: since Py314;
    /// Constant arguments of a call take the place of what is passed before them: a fault of the compiler
    /// (`starunpack_helper` ignores `pushed`).
    forgets_pushed: Py39 to Py310;
    /// A list that is only iterated becomes a tuple even if it is no constant (`fold_iter` in `ast_opt.c`).
    iterates_tuples: since Py38;
    /// A tuple of constants that is unpacked again is not made first (`optimize_basic_block` in `flowgraph.c`).
    unpacks_constants_in_place: since Py314;
    /// Arithmetic of real and complex numbers leaves the imaginary part alone, as C99 does (gh-69639).
    mixes_complex: since Py314;
    /// `'%s' % (x,)` is compiled as an f-string (bpo-28307).
    formats_percent: since Py311;
    /// Long f-strings are joined from a list (`compiler_joined_str`).
    joins_long_strings: since Py311;
    /// Empty f-strings are built, not loaded (`compiler_joined_str`).
    builds_empty_strings: until Py312;
    /// Docstrings lose their indentation (gh-81283).
    cleans_docstrings: since Py313;
    /// `super` in any function-like scope makes `__class__` known (`symtable_visit_expr` in `symtable.c`).
    function_like_super: since Py312;
    /// `__classdict__` (PEP 695).
    has_classdict: since Py312;
    /// `__firstlineno__` (gh-118465) and `__static_attributes__` (gh-115775).
    notes_first_lines: since Py313;
    /// The bases of a generic class are not mangled by its own name (`_Py_MaybeMangle`).
    mangles_type_params_only: since Py313;
    /// Attributes of imported names are no methods (`is_import_originated`).
    imports_are_no_methods: since Py311;
    /// `STACK_USE_GUIDELINE`: long displays and calls take their values in groups.
    limits_stack_use: since Py310;
    /// A mapping after `**` in a call is merged into a dict, even if it is all there is (bpo-39320).
    merges_keywords: since Py39;
    /// A call without positional arguments, but with starred ones, builds a tuple for none (`compiler_call_helper`).
    builds_empty_arguments: until Py39;
    /// Rather than exchange two values, what stores them is exchanged (`apply_static_swaps` in `flowgraph.c`).
    reorders_stores: since Py311;
    /// Of two stores to one local on one line, the first only drops its value (`optimize_basic_block`).
    drops_repeated_stores: since Py313;
    /// Tests of constants are left in, but for those that never jump if false.
    tests_constants: until Py39;
    /// Branches under a constant condition are not compiled at all (`compiler_if` with `expr_constant`).
    skips_dead_branches: until Py39;
    /// What is kept after a test is copied before it (`COPY` and `POP_JUMP_IF_*` in place of `JUMP_IF_*_OR_POP`).
    tests_copies: since Py312;
    /// Whether a test of a value that has just been tested is skipped depends on the patch release.
    threads_in_some_releases: Py312 to Py313;
    /// A constant that is loaded and dropped is the subject of a `match`; later compilers remove both.
    keeps_constant_subjects: Py310 to Py311;
    /// Short blocks that end the function are copied to where they are jumped to (`inline_small_exit_blocks`).
    copies_exits: since Py310;
    /// A constant that is dropped at once is still loaded first (later ones drop such pairs within a block:
    /// `remove_redundant_nops_and_pairs`).
    keeps_unused_constants: until Py311;
    /// What follows a pattern has the line of the last pattern within it (`compiler_pattern`).
    keeps_pattern_lines: until Py311;
    /// Code without a line of its own has that of the code before it when blocks are optimized (`resolve_line_numbers`).
    lines_before_optimizing: since Py313;
    /// The jump at the end of a loop leads to the `NOP` that `while True` leaves, not past it (`codegen_while`).
    loops_to_endless_test: since Py314;
    /// A conditional jump back becomes one forwards over a `JUMP_BACKWARD` (`normalize_jumps` in `flowgraph.c`).
    turns_tests_around: since Py312;
    /// What a statement tests has the span of the statement (`compiler_jump_if` of 3.11).
    tests_span_statements: only Py311;
}
