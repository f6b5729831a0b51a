//! How deep the stack is: in handlers, and at most.

use lancehead_code::{StackDepths, StackErrorKind};
use lancehead_isa::{ExceptionEntry, Instruction, decode, encode_exception_table};
use lancehead_pyc::{CodeObject, Version};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use crate::errors::invalid;

/// Start, end and handler in bytes, depth (`None`: to be found), whether the offset is pushed.
pub(super) type Entry = (u32, u32, u32, Option<u32>, bool);

fn object(version: Version, code: &[u8], flags: u32, entries: &[ExceptionEntry]) -> CodeObject {
    let mut object = CodeObject::new(version);
    object.code = code.to_vec();
    object.flags = flags;
    object.exceptiontable = encode_exception_table(entries);
    object
}

fn found(entries: &[Entry]) -> Vec<ExceptionEntry> {
    let known = |&(start, end, target, depth, lasti): &Entry| {
        Some(ExceptionEntry { start, end, target, depth: depth?, lasti })
    };
    entries.iter().filter_map(known).collect()
}

/// Finds the depths that handlers keep: the least that the stack holds where they protect, as far as that is reached.
///
/// All ranges with one handler count, since it must find the same stack whatever raised. Handlers may protect handlers, so
/// this is repeated while it finds more, or less.
///
/// # Errors
/// `ValueError` for malformed bytecode.
pub(super) fn handler_depths(
    version: Version,
    code: &[u8],
    flags: u32,
    mut entries: Vec<Entry>,
) -> PyResult<Vec<Option<u32>>> {
    let instructions = decode(version, code).map_err(invalid)?;
    let open: Vec<bool> = entries.iter().map(|entry| entry.3.is_none()).collect();
    // Each turn settles at least one handler.
    for _ in 0..=entries.len() {
        let depths = StackDepths::of(&object(version, code, flags, &found(&entries))).map_err(invalid)?;
        let mut least: FxHashMap<u32, u32> = FxHashMap::default();
        for entry in &entries {
            let first = instructions.partition_point(|instruction| instruction.offset < entry.0);
            let last = instructions.partition_point(|instruction| instruction.offset < entry.1);
            let reached =
                depths.before.iter().zip(&depths.least).map(|(before, least)| before.map(|_| *least));
            let before: Vec<Option<u32>> = reached.skip(first).take(last.saturating_sub(first)).collect();
            let within = before.iter().zip(instructions.get(first..last).unwrap_or_default());
            // The compiler counts where a region begins. What does not raise may hold less: in 3.15, the region of a
            // generator expression reaches over the end of its loop, whose iterator the handler keeps.
            let counts =
                |at: usize, instruction: &Instruction| at == 0 || instruction.opcode.may_raise(version);
            let within = within.enumerate().filter(|(at, (_, instruction))| counts(*at, instruction));
            // What the last one takes off may be all that lies above what the handler keeps.
            let held = within.filter_map(|(_, (before, instruction))| {
                let net = instruction.opcode.stack_effect(version, instruction.arg).net().min(0);
                Some(u32::try_from(i64::from((*before)?) + net).unwrap_or(0))
            });
            let Some(held) = held.min() else { continue };
            let kept = held + u32::from(entry.4);
            least.entry(entry.2).and_modify(|known| *known = kept.min(*known)).or_insert(kept);
        }
        let mut changed = false;
        for (entry, _) in entries.iter_mut().zip(&open).filter(|(_, open)| **open) {
            let depth = least.get(&entry.2).map(|kept| kept.saturating_sub(u32::from(entry.4)));
            if depth.is_some_and(|depth| entry.3.is_none_or(|known| depth < known)) {
                entry.3 = depth;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    Ok(entries.into_iter().map(|entry| entry.3).collect())
}

/// Whether the depths of `entries` are right: all paths agree on them, and the stack never holds less where they protect.
///
/// # Errors
/// `ValueError` for malformed bytecode.
pub(super) fn are_depths(
    version: Version,
    code: &[u8],
    flags: u32,
    entries: &[ExceptionEntry],
) -> PyResult<bool> {
    let instructions = decode(version, code).map_err(invalid)?;
    let depths = StackDepths::of(&object(version, code, flags, entries)).map_err(invalid)?;
    let holds = |entry: &ExceptionEntry| {
        let first = instructions.partition_point(|instruction| instruction.offset < entry.start);
        let last = instructions.partition_point(|instruction| instruction.offset < entry.end);
        let before = depths.before.get(first..last).unwrap_or_default();
        before.iter().flatten().all(|&held| held >= entry.depth)
    };
    Ok(depths.errors.is_empty() && entries.iter().all(holds))
}

/// The size that the stack must have.
///
/// # Errors
/// `RuntimeError` where an instruction takes more than there is; if `check` is off, only where the stack would hold less
/// than nothing afterwards. `ValueError` for malformed bytecode.
pub(super) fn stack_size(
    version: Version,
    code: &[u8],
    flags: u32,
    entries: &[ExceptionEntry],
    check: bool,
) -> PyResult<u32> {
    if code.is_empty() {
        return Ok(0);
    }
    let depths = StackDepths::of(&object(version, code, flags, entries)).map_err(invalid)?;
    let underflow = depths
        .errors
        .iter()
        .find(|error| matches!(error.kind, StackErrorKind::Underflow { .. } | StackErrorKind::Unbounded));
    match underflow {
        None => Ok(depths.max),
        Some(error) if check => {
            Err(PyRuntimeError::new_err(format!("the stacksize cannot be computed: {error}")))
        }
        Some(_) => straight_line(version, code),
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
            let at = instruction.offset;
            let text =
                format!("the stacksize cannot be computed: at byte {at}: the stack holds less than nothing");
            return Err(PyRuntimeError::new_err(text));
        }
        greatest = greatest.max(depth + falls.max(jumps));
        depth += falls;
    }
    u32::try_from(greatest).map_err(invalid)
}
