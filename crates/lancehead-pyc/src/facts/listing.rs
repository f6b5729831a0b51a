//! How `dis` shows bytecode.

facts! {
    /// Jump targets are labels and offsets are not shown (`Lib/dis.py`).
    dis_shows_labels: since Py313;
    /// `NULL` follows the name that it is pushed with (`Lib/dis.py`).
    dis_shows_null_after: since Py313;
    /// Bytecode without a line starts one too (`findlinestarts`); before, it belongs to the line that came last.
    dis_starts_lines_without_number: since Py313;
    /// `is`, `not in` and their like are written out (`Lib/dis.py`).
    dis_spells_inversion: since Py314;
    /// Absolute jumps show their target, which their argument no longer is (bpo-27129), until labels do.
    dis_shows_absolute_targets: Py310 to Py312;
}
