//! What a code object holds, and how it is marshalled.

facts! {
    /// Marshal writes slices (version 5 of the format, `Python/marshal.c`).
    marshals_slice: since Py314;
    /// Marshal writes frozendicts (version 6 of the format, PEP 814).
    marshals_frozendict: since Py315;
    /// The number of positional-only parameters is stored (PEP 570).
    has_posonlyargcount: since Py38;
    /// `co_localsplusnames` and `co_localspluskinds` in place of three tuples of names: locals, cells and free variables
    /// are slots of one array, numbered as one (bpo-43693).
    shares_slots: since Py311;
    /// `co_localspluskinds` says how parameters are passed (`CO_FAST_ARG_POS` in `pycore_code.h`).
    marks_parameters: since Py314;
    /// `co_exceptiontable` (bpo-40222).
    has_exception_table: since Py311;
    /// The interpreter evaluates frame objects; since 3.11 it makes one only for who asks (`_PyInterpreterFrame`, bpo-44590).
    frames_are_objects: until Py310;
    /// `co_qualname` (bpo-44530).
    has_qualnames: since Py311;
    /// `co_lnotab` rather than `co_linetable` (PEP 626).
    has_lnotab: until Py39;
    /// The line table holds columns and the ends of spans (PEP 657).
    has_columns: since Py311;
    /// Neighbours at one position share an entry of the line table (`assemble_location_info` in `Python/assemble.c`).
    shares_line_entries: since Py312;
    /// No code object has a stack of size 0 (`_PyCode_New` in `Objects/codeobject.c`).
    needs_stack_slot: since Py313;
    /// `CO_NOFREE` is set where there are neither cells nor free variables; it is gone since 3.11.
    flags_no_free: until Py310;
    /// `CO_HAS_DOCSTRING` says whether the first constant of a function is its docstring (gh-126072). Before, it is if
    /// it is text.
    flags_docstrings: since Py314;
    /// `CO_METHOD` is set on functions in class bodies (`Include/cpython/code.h`).
    flags_methods: since Py314;
    /// The flags of `__future__` stand where they have stood since 3.8.2 (bpo-39562).
    moves_future_flags: since Py38;
    /// Some releases of the version set the flags of `__future__` where 3.7 has them (3.8.0 and 3.8.1), and files do not
    /// say which release wrote them.
    mixes_future_flags: only Py38;
}
