//! What `lancehead.bytecode` does in Rust: opcode facts, stack depths, line and exception tables.
//!
//! Versions are given by their minor number, since the library works on code objects of the running interpreter.

use std::borrow::Cow;

use lancehead_code::StackDepths;
use lancehead_isa::{
    ExceptionEntry, LineRange, Opcode, Position, decode, encode_exception_table, encode_line_table,
    exception_table,
};
use lancehead_pyc::{CodeObject, Version};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

use crate::errors::invalid;

/// Number, name, kind of operand, cache entries, flow.
type Fact = (u8, &'static str, String, u32, String);
/// Start and end in bytes; line, last line, first and last column.
type Line = (u32, u32, Option<u32>, Option<u32>, Option<u32>, Option<u32>);
/// Start, end and handler in bytes, depth (`None`: to be found), whether the offset is pushed.
type Entry = (u32, u32, u32, Option<u32>, bool);

fn version_of(minor: u8) -> PyResult<Version> {
    let version = Version::ALL.into_iter().find(|version| version.minor() == minor);
    version.ok_or_else(|| PyValueError::new_err(format!("Python 3.{minor} is not supported")))
}

/// All opcodes of a version.
#[pyfunction]
fn bytecode_facts(minor: u8) -> PyResult<Vec<Fact>> {
    let version = version_of(minor)?;
    let fact = |&opcode: &Opcode| {
        let kind = format!("{:?}", opcode.operand(version));
        let flow = format!("{:?}", opcode.flow());
        Some((opcode.number(version)?, opcode.name(), kind, opcode.caches(version), flow))
    };
    Ok(Opcode::ALL.iter().filter_map(fact).collect())
}

/// How many values an instruction takes off the stack; `None` for an opcode that the version lacks.
#[pyfunction]
fn bytecode_pops(minor: u8, opcode: u8, arg: u32, jump: bool) -> PyResult<Option<u64>> {
    let version = version_of(minor)?;
    let pops = |opcode: Opcode| match jump {
        true => opcode.stack_effect_on_jump(version, arg).pops,
        false => opcode.stack_effect(version, arg).pops,
    };
    Ok(Opcode::from_number(version, opcode).map(pops))
}

#[pyfunction]
fn bytecode_encode_lines(minor: u8, first: i32, lines: Vec<Line>) -> PyResult<Cow<'static, [u8]>> {
    let ranges: Vec<LineRange> = lines
        .into_iter()
        .map(|(start, end, line, end_line, col, end_col)| LineRange {
            start,
            end,
            position: Position { line, end_line, col, end_col },
        })
        .collect();
    Ok(encode_line_table(version_of(minor)?, first, &ranges).into())
}

#[pyfunction]
fn bytecode_decode_exceptions(table: &[u8]) -> PyResult<Vec<(u32, u32, u32, u32, bool)>> {
    let entries = exception_table(table).map_err(invalid)?;
    Ok(entries.iter().map(|entry| (entry.start, entry.end, entry.target, entry.depth, entry.lasti)).collect())
}

fn entries_of(entries: &[Entry]) -> Vec<ExceptionEntry> {
    let known = |&(start, end, target, depth, lasti): &Entry| {
        Some(ExceptionEntry { start, end, target, depth: depth?, lasti })
    };
    entries.iter().filter_map(known).collect()
}

#[pyfunction]
fn bytecode_encode_exceptions(entries: Vec<Entry>) -> Cow<'static, [u8]> {
    encode_exception_table(&entries_of(&entries)).into()
}

fn object(minor: u8, code: &[u8], flags: u32, entries: &[ExceptionEntry]) -> PyResult<CodeObject> {
    let mut object = CodeObject::new(version_of(minor)?);
    object.code = code.to_vec();
    object.flags = flags;
    object.exceptiontable = encode_exception_table(entries);
    Ok(object)
}

/// Finds the depths that handlers keep: the least that the stack holds in their range, as far as it is reached.
///
/// Handlers may protect handlers, so this is repeated while it finds more.
#[pyfunction]
fn bytecode_handler_depths(
    minor: u8,
    code: &[u8],
    flags: u32,
    mut entries: Vec<Entry>,
) -> PyResult<Vec<Option<u32>>> {
    let instructions = decode(version_of(minor)?, code).map_err(invalid)?;
    loop {
        let depths = StackDepths::of(&object(minor, code, flags, &entries_of(&entries))?).map_err(invalid)?;
        let mut found = false;
        for entry in entries.iter_mut().filter(|entry| entry.3.is_none()) {
            let first = instructions.partition_point(|instruction| instruction.offset < entry.0);
            let last = instructions.partition_point(|instruction| instruction.offset < entry.1);
            let held = depths.before.get(first..last).unwrap_or_default();
            entry.3 = held.iter().copied().flatten().min();
            found |= entry.3.is_some();
        }
        if !found {
            return Ok(entries.into_iter().map(|entry| entry.3).collect());
        }
    }
}

/// The size that the stack must have.
///
/// Raises `RuntimeError` where an instruction takes more than there is; if `check` is off, only where the stack would
/// hold less than nothing afterwards.
#[pyfunction]
fn bytecode_stack_size(minor: u8, code: &[u8], flags: u32, table: Vec<Entry>, check: bool) -> PyResult<u32> {
    let object = object(minor, code, flags, &entries_of(&table))?;
    let depths = StackDepths::of(&object).map_err(invalid)?;
    let underflow = depths.errors.iter().find(|error| {
        matches!(
            error.kind,
            lancehead_code::StackErrorKind::Underflow { .. } | lancehead_code::StackErrorKind::Unbounded
        )
    });
    match underflow {
        None => Ok(depths.max),
        Some(error) if check => Err(PyRuntimeError::new_err(error.to_string())),
        Some(_) => straight_line(object.version, code),
    }
}

/// The greatest depth when all instructions run one after the other.
fn straight_line(version: Version, code: &[u8]) -> PyResult<u32> {
    let (mut depth, mut greatest) = (0i64, 0i64);
    for instruction in decode(version, code).map_err(invalid)? {
        let falls = instruction.opcode.stack_effect(version, instruction.arg).net();
        let jumps = match instruction.opcode.flow().jumps() {
            true => instruction.opcode.stack_effect_on_jump(version, instruction.arg).net(),
            false => falls,
        };
        if depth + falls.min(jumps) < 0 {
            let text = format!("at byte {}: the stack holds less than nothing", instruction.offset);
            return Err(PyRuntimeError::new_err(text));
        }
        greatest = greatest.max(depth + falls.max(jumps));
        depth += falls;
    }
    u32::try_from(greatest).map_err(invalid)
}

/// Adds the functions of this module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(bytecode_facts, module)?)?;
    module.add_function(wrap_pyfunction!(bytecode_pops, module)?)?;
    module.add_function(wrap_pyfunction!(bytecode_encode_lines, module)?)?;
    module.add_function(wrap_pyfunction!(bytecode_decode_exceptions, module)?)?;
    module.add_function(wrap_pyfunction!(bytecode_encode_exceptions, module)?)?;
    module.add_function(wrap_pyfunction!(bytecode_handler_depths, module)?)?;
    module.add_function(wrap_pyfunction!(bytecode_stack_size, module)?)
}
