//! What `lancehead.bytecode` does in Rust.
//!
//! - [`instr`] and [`location`] are the classes of which there are many: instructions and where they come from;
//! - [`code`] knows code as rows of numbers, [`read`] turns them into objects and labels;
//! - [`write`] turns those into numbers again, [`assemble`] into a code object's parts; [`depths`] measures the stack;
//! - [`state`] is what all of them know of the running interpreter.

mod assemble;
mod code;
mod depths;
mod instr;
mod location;
mod methods;
mod read;
mod state;
mod write;

use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

/// All opcodes of the running interpreter: number, name, kind of operand.
#[pyfunction]
fn bytecode_facts(py: Python<'_>) -> PyResult<Vec<(u8, &'static str, String)>> {
    let version = crate::object::running(py)?;
    let fact = |opcode: &lancehead_isa::Opcode| {
        Some((opcode.number(version)?, opcode.name_in(version), format!("{:?}", opcode.operand(version))))
    };
    Ok(lancehead_isa::Opcode::ALL.iter().filter_map(fact).collect())
}

/// How control goes on behind an opcode: the name of a `Flow`, empty if there is no such opcode.
#[pyfunction]
fn bytecode_flow(py: Python<'_>, number: u8) -> PyResult<String> {
    let fact = state::State::of(py)?.fact(number);
    Ok(fact.map_or_else(String::new, |fact| format!("{:?}", fact.flow)))
}

/// Adds the classes and functions of this module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<instr::BaseInstr>()?;
    module.add_class::<instr::Instr>()?;
    module.add_class::<instr::ConcreteInstr>()?;
    module.add_class::<location::InstrLocation>()?;
    module.add_class::<code::BytecodeOrigin>()?;
    module.add_function(wrap_pyfunction!(bytecode_facts, module)?)?;
    module.add_function(wrap_pyfunction!(bytecode_flow, module)?)?;
    module.add_function(wrap_pyfunction!(state::bytecode_setup, module)?)?;
    module.add_function(wrap_pyfunction!(methods::bytecode_restore, module)?)?;
    module.add_function(wrap_pyfunction!(read::bytecode_read, module)?)?;
    module.add_function(wrap_pyfunction!(read::bytecode_from_concrete, module)?)?;
    module.add_function(wrap_pyfunction!(assemble::bytecode_assemble, module)?)?;
    module.add_function(wrap_pyfunction!(assemble::bytecode_to_concrete, module)?)?;
    module.add_function(wrap_pyfunction!(assemble::bytecode_flatten, module)?)?;
    module.add_function(wrap_pyfunction!(assemble::bytecode_read_concrete, module)?)?;
    module.add_function(wrap_pyfunction!(assemble::bytecode_verify, module)?)
}
