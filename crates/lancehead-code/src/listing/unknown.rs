//! Numbers that no opcode of the version has: they are shown as `dis` shows them, `<7>`.

use std::sync::LazyLock;

use lancehead_isa::{DecodeError, Instruction, Opcode, decode};
use lancehead_pyc::CodeObject;

static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..=u8::MAX).map(|number| format!("<{number}>")).collect());

/// The name of a number that no opcode has.
pub(super) fn name(number: u8) -> &'static str {
    NAMES.get(usize::from(number)).map_or("<?>", String::as_str)
}

/// Decodes bytecode as [`decode`] does, but takes numbers that no opcode has for instructions that do nothing; `raw` tells
/// them.
///
/// # Errors
/// Those of [`decode`] but for unknown opcodes.
pub(super) fn decode_all(code: &CodeObject) -> Result<Vec<Instruction>, DecodeError> {
    let version = code.version;
    let plain = decode(version, &code.code);
    let Some(nop) = Opcode::NOP.number(version).filter(|_| plain.is_err()) else { return plain };
    let mut bytes = code.code.clone();
    let mut at = 0;
    while let Some(number) = bytes.get_mut(at) {
        at += 2;
        match Opcode::from_number(version, *number) {
            Some(opcode) => at += 2 * opcode.caches(version) as usize,
            None => *number = nop,
        }
    }
    let mut instructions = decode(version, &bytes)?;
    for instruction in &mut instructions {
        instruction.raw = code.code.get(instruction.offset as usize).copied().unwrap_or(instruction.raw);
    }
    Ok(instructions)
}
