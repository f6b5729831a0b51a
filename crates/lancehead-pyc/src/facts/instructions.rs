//! What instructions do with stack and frame.

facts! {
    /// Handlers and `finally` bodies are announced by `SETUP_*` and kept on a block stack; since 3.11 the exception table
    /// says what protects an instruction (bpo-40222). Exceptions are three values on the stack.
    has_block_stack: until Py310;
    /// The interpreter unwinds the block stack for `return`, `break` and `continue` (up to bpo-17611).
    unwinds_blocks: until Py37;
    /// `END_FINALLY`: a `finally` body finds on the stack why it was entered, in one value or six (bpo-33387 put copies of
    /// the body in its place).
    ends_finally: until Py38;
    /// `finally` bodies are called by `CALL_FINALLY` (bpo-17611).
    calls_finally: only Py38;
    /// `WITH_CLEANUP_START`, when a block is left by `return`, `break` or `continue` too (bpo-17611).
    cleans_up_with: only Py38;
    /// `CLEANUP_THROW` and `END_SEND` end a delegation (`Python/bytecodes.c`).
    cleans_up_throws: since Py312;
    /// Beside a callable there is a slot for `self` or `NULL` (`PUSH_NULL`, bpo-46329).
    has_self_slot: since Py311;
    /// That slot comes after the callable (`CALL` in `Python/bytecodes.c`).
    null_after: since Py313;
    /// `POP_TOP` may drop a `NULL`, and the compiler relies on it (`PyStackRef_XCLOSE` in `Python/bytecodes.c`).
    pop_top_takes_null: since Py314;
    /// `CALL_FUNCTION_EX` always takes a mapping, or `NULL` (`codegen_call_helper` in `Python/codegen.c`).
    call_ex_has_mapping: since Py314;
    /// Method calls take keywords (`KW_NAMES` and `PRECALL`, bpo-46329).
    methods_take_keywords: since Py311;
    /// `MAKE_FUNCTION` takes the qualified name; since 3.11 the code object has it.
    names_functions: until Py310;
    /// `SET_FUNCTION_ATTRIBUTE` in place of the flags of `MAKE_FUNCTION` (`Python/bytecodes.c`).
    sets_function_attributes: since Py313;
    /// The frame of a generator starts with the first value that `send` passes on its stack (`gen_send_ex` with
    /// `GEN_START`, later `RETURN_GENERATOR` and `POP_TOP`).
    starts_with_sent_value: Py310 to Py312;
    /// Instructions before `RETURN_GENERATOR` may leave values on the stack, which the generator keeps (`RETURN_GENERATOR`
    /// in `Python/bytecodes.c`).
    generators_keep_stack: since Py315;
    /// Handlers get the place of an exception as a tagged integer, which is no object (`PyStackRef_TagInt` in
    /// `Python/ceval.c`).
    lasti_is_tagged: since Py314;
    /// Jumps count code units, not bytes (bpo-27129).
    jumps_by_units: since Py310;
    /// `FOR_ITER` drops the iterator when it is exhausted; `END_FOR` does since (`Python/bytecodes.c`).
    for_iter_pops: until Py311;
    /// `END_FOR` drops the iterator.
    end_for_pops_iterator: only Py312;
    /// `END_FOR` drops one value and a `POP_TOP` after it the iterator; `POP_ITER` does since 3.14.
    end_for_needs_pop_top: only Py313;
    /// The iterator of a loop is two slots, itself and an index or `NULL` (`GET_ITER` in `Python/bytecodes.c`).
    index_slot: since Py315;
    /// `SEND` in place of `YIELD_FROM` (`Python/ceval.c`).
    has_send: since Py311;
    /// `SEND` leaves the receiver on the stack when it is done; `END_SEND` drops it (`Python/bytecodes.c`).
    send_keeps_receiver: since Py312;
    /// `LOAD_FAST` does not look whether the variable is bound; `LOAD_FAST_CHECK` does (gh-93143).
    load_fast_is_unchecked: since Py312;
    /// `LOAD_FAST` loads cells too (`fix_cell_offsets` and `Python/bytecodes.c`).
    loads_cells_as_locals: since Py313;
    /// `MATCH_CLASS` and `MATCH_KEYS` push a flag (`Python/ceval.c`).
    match_flags: only Py310;
    /// `LOAD_ASSERTION_ERROR` (bpo-34880) or `LOAD_COMMON_CONSTANT`, not the global of that name.
    loads_assertion_error: since Py39;
    /// `LIST_EXTEND` and its like, rather than `BUILD_*_UNPACK` (bpo-39320).
    extends_collections: since Py39;
    /// `BUILD_CONST_KEY_MAP` (`codegen_dict` in `Python/codegen.c` builds a map since).
    builds_const_key_maps: until Py313;
    /// `CONVERT_VALUE` is apart from formatting (`Python/bytecodes.c`).
    converts_apart: since Py313;
    /// `BINARY_SLICE`, `STORE_SLICE` (`Python/bytecodes.c`).
    has_slice_instructions: since Py312;
    /// `POP_JUMP_IF_NONE` and its like (`Python/ceval.c`).
    jumps_on_none: since Py311;
    /// `TO_BOOL` before a test (gh-106008).
    tests_by_to_bool: since Py313;
    /// `CALL_INTRINSIC_1` (gh-99005).
    intrinsics: since Py312;
    /// `LOAD_SUPER_ATTR` (gh-103497).
    loads_super_attributes: since Py312;
    /// `LOAD_SPECIAL`: `with` looks up `__enter__` and `__exit__` apart (`Python/bytecodes.c`).
    special_methods: since Py314;
    /// `ASYNC_GEN_WRAP`, later an intrinsic: asynchronous generators wrap what they yield in code.
    wraps_async_yields: since Py311;
    /// Generators turn `StopIteration` into `RuntimeError` by a handler of their own (gh-96793).
    wraps_generators: since Py312;
    /// `COMPARE_OP` holds information for the specialising interpreter below the operator (`compare_masks`).
    compares_with_mask: since Py312;
    /// `COMPARE_OP` may convert its result to `bool` (gh-106008).
    compares_to_bool: since Py313;
    /// `MAP_ADD` takes the value below the key (until PEP 572).
    map_add_takes_key_first: until Py37;
}
