//! What differs between versions, as data: the compiler's choices ([`Dialect`]) that `lower` and the walk ask for.

use lancehead_pyc::Version;

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident: $versions:expr;)*) => {
        impl Dialect {
            $($(#[$doc])* pub fn $name(&self) -> bool {
                ($versions).contains(&self.minor)
            })*
        }
    };
}

/// The compiler and the interpreter of one version, as far as they differ from others.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The version itself, for what is asked of other crates.
    pub version: Version,
    /// Its minor number, for the table of questions.
    minor: u8,
    /// Handlers come from the exception table (3.11).
    pub exception_table: bool,
    /// Exceptions are three values on the stack (to 3.10) rather than one.
    pub exception_slots: u32,
    /// `FOR_ITER` drops its iterator itself (to 3.11).
    pub for_iter_pops: bool,
    /// Rather than exchange two values, what stores them is exchanged (3.11).
    pub reorders_stores: bool,
    /// Slots for the callable: since 3.11 there is one for self or NULL beside it.
    pub call_slots: u32,
    /// The NULL of a call comes after the callable (3.13).
    pub null_after: bool,
    /// The iterator of a loop has an index slot (3.15).
    pub index_slot: bool,
}

impl Dialect {
    /// The dialect of a version.
    pub fn of(version: Version) -> Dialect {
        let minor = version.minor();
        Dialect {
            version,
            minor,
            exception_table: minor >= 11,
            exception_slots: if minor >= 11 { 1 } else { 3 },
            for_iter_pops: minor <= 11,
            reorders_stores: minor >= 11,
            call_slots: if minor >= 11 { 2 } else { 1 },
            null_after: minor >= 13,
            index_slot: minor >= 15,
        }
    }

    /// Builtins that are inlined when called with a generator expression.
    pub fn inlined_builtins(&self) -> &'static [&'static str] {
        match self.minor {
            ..14 => &[],
            14 => &["all", "any", "tuple"],
            _ => &["all", "any", "tuple", "list", "set"],
        }
    }

    /// The flag in `co_flags` of a feature of `__future__` (`Include/code.h`); 0 if it has none.
    pub fn future_flag(&self, name: &str) -> u32 {
        // Features that are on anyway set no flag (`future_check_features`).
        let shift = if self.minor >= 8 { 4 } else { 0 };
        match name {
            "barry_as_FLUFL" => 0x4_0000 << shift,
            "annotations" => 0x10_0000 << shift,
            _ => 0,
        }
    }
}

questions! {
    /// The value of a type alias is a function as far as qualified names go.
    aliases_are_functions: 12..=13;
    /// Annotations of functions are tuples of names and values rather than dicts.
    annotations_are_tuples: 10..=13;
    /// `for x in [y]` in a comprehension assigns.
    assigns_single_items: 9..;
    /// `BUILD_CONST_KEY_MAP`.
    builds_const_key_maps: ..=13;
    /// `CALL_FUNCTION_EX` always takes a mapping, or NULL.
    call_ex_has_mapping: 14..;
    /// `except*` copies the exception before it makes the list of those to be raised.
    copies_group_first: 11..=11;
    /// `finally` bodies are called by `CALL_FINALLY`.
    calls_finally: 8..=8;
    /// Docstrings lose their indentation.
    cleans_docstrings: 13..;
    /// `CLEANUP_THROW` and `END_SEND`.
    cleans_up_throws: 12..;
    /// `WITH_CLEANUP_START`, when a block is left by `return`, `break` or `continue` too.
    cleans_up_with: 8..=8;
    /// `CONVERT_VALUE` is apart from formatting.
    converts_apart: 13..;
    /// PEP 649.
    defers_annotations: 14..;
    /// `END_FOR` drops the iterator.
    end_for_pops_iterator: 12..=12;
    /// `END_FINALLY`.
    ends_finally: ..=8;
    /// A dict comprehension evaluates the value first.
    evaluates_value_first: ..=7;
    /// What `:=` assigns is not folded (`Python/ast_opt.c` does not know it).
    folds_no_named_values: 8..=9;
    /// A tuple of no items, built for a call, is a constant.
    folds_empty_tuples: 10..;
    /// Lazily evaluated type parameters take a format.
    evaluators_take_format: 14..;
    /// `LIST_EXTEND` and its like, rather than `BUILD_*_UNPACK`.
    extends_collections: 9..;
    /// Constant arguments of a call take the place of what is passed before them: a fault of the compiler.
    forgets_pushed: 9..=10;
    /// `CO_HAS_DOCSTRING`.
    flags_docstrings: 14..;
    /// `CO_METHOD`.
    flags_methods: 14..;
    /// Empty f-strings are no constants.
    builds_empty_strings: ..=12;
    /// Arithmetic of real and complex numbers leaves the imaginary part alone.
    mixes_complex: 14..;
    /// `CO_NOFREE`.
    flags_no_free: ..=10;
    /// Constants are folded after the tree has been compiled, so that constant tuples are displays to the compiler.
    formats_constants: 14..;
    /// `'%s' % (x,)` is compiled as an f-string.
    formats_percent: 11..;
    /// `super` in any function-like scope makes `__class__` known.
    function_like_super: 12..;
    /// Generator expressions call `iter` themselves.
    generators_get_iter: 15..;
    /// `co_qualname`.
    has_qualnames: 11..;
    /// `__classdict__`.
    has_classdict: 12..;
    /// Slices of literals are constants.
    has_constant_slices: 14..;
    /// `SEND`.
    has_send: 11..;
    /// `BINARY_SLICE`, `STORE_SLICE`.
    has_slice_instructions: 12..;
    /// All names of an inlined comprehension mean there what they mean in its own scope.
    overrides_all_inlined: 13..;
    /// Attributes of imported names are no methods.
    imports_are_no_methods: 11..;
    /// Tests of constants are left in, but for those that never jump if false.
    tests_constants: ..=9;
    /// Whether a test of a value that has just been tested is skipped depends on the patch release.
    threads_in_some_releases: 12..=13;
    /// Two negations are one conversion to a truth value.
    folds_double_negation: 13..;
    /// Inlined comprehensions of classes see neither `__classdict__` nor `__conditional_annotations__`.
    hides_cells_of_classes: 14..;
    /// PEP 709.
    inlines_comprehensions: 12..;
    /// `not a is b` becomes `a is not b` before jumps are made of it (`fold_unaryop` in `Python/ast_opt.c`).
    inverts_in_tree: ..=13;
    /// `POP_JUMP_IF_NONE`.
    jumps_on_none: 11..;
    /// Comprehensions are inlined in annotation scopes within classes.
    inlines_in_class_scopes: 13..;
    /// Comprehensions inlined in a class put every name aside that they use.
    isolates_all_in_classes: 12..=13;
    /// A list that is only iterated becomes a tuple even if it is no constant.
    iterates_tuples: 8..;
    /// The qualified name of `__annotate__` tells the function.
    names_annotated: 15..;
    /// `CALL_INTRINSIC_1`.
    intrinsics: 12..;
    /// Long f-strings are joined from a list.
    joins_long_strings: 11..;
    /// What follows a pattern stands on the line of the last pattern within it.
    keeps_pattern_lines: ..=11;
    /// With PEP 563, annotations have a scope of their own.
    keeps_text_annotations_apart: 10..;
    /// `LOAD_FAST` loads cells too.
    loads_cells_as_locals: 13..;
    /// PEP 810.
    lazy_imports: 15..;
    /// `STACK_USE_GUIDELINE`.
    limits_stack_use: 10..;
    /// `LOAD_ASSERTION_ERROR`.
    loads_assertion_error: 9..;
    /// Code without a line of its own has that of the code before it when blocks are optimized.
    lines_before_optimizing: 13..;
    /// `LOAD_SUPER_ATTR`.
    loads_super_attributes: 12..;
    /// The bases of a generic class are not mangled by its own name.
    mangles_type_params_only: 13..;
    /// `MATCH_CLASS` and `MATCH_KEYS` push a flag.
    match_flags: 10..=10;
    /// Method calls take keywords.
    methods_take_keywords: 11..;
    /// `MAKE_FUNCTION` takes the qualified name.
    names_functions: ..=10;
    /// `__firstlineno__`, `__static_attributes__`.
    notes_first_lines: 13..;
    /// Of two stores to one local on one line, the first only drops its value.
    drops_repeated_stores: 13..;
    /// `SEND` leaves the receiver when it is done.
    send_keeps_receiver: 12..;
    /// `SET_FUNCTION_ATTRIBUTE`.
    sets_function_attributes: 13..;
    /// Branches under a constant condition are not compiled at all.
    skips_dead_branches: ..=9;
    /// `LOAD_SPECIAL`.
    special_methods: 14..;
    /// The end of `async for` is ordinary code.
    spells_out_async_for: ..=7;
    /// What is kept after a test is copied before it.
    tests_copies: 12..;
    /// `TO_BOOL`.
    tests_by_to_bool: 13..;
    /// A tuple of constants that is unpacked again is not made first.
    unpacks_constants_in_place: 14..;
    /// The interpreter unwinds the block stack for `return`, `break` and `continue`.
    unwinds_blocks: ..=7;
    /// `yield` may stand in a comprehension.
    yields_in_comprehensions: ..=7;
    /// Annotations of positional-only parameters are visited first.
    visits_positional_only_first: 15..;
    /// `ASYNC_GEN_WRAP`.
    wraps_async_yields: 11..;
    /// Generators turn StopIteration into RuntimeError by code of their own.
    wraps_generators: 12..;
}
