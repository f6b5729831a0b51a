//! Passes over whole trees of code objects: one call changes a module with all that is in it.
//!
//! - [`optimize`] does again what CPython's compiler does: [`Pass`] lists it.
//! - [`add_hooks`] puts in a call at every line, branch or start of a function, as tools for coverage and fuzzing need it.
//!
//! ```
//! use lancehead_code::passes::{Pass, optimize};
//! use lancehead_code::{asm, cfg::Cfg};
//!
//! let code = asm::parse(
//!     ".python 3.12\n.code \"f\"\n.stacksize 2\n.consts\n.body\nRESUME 0\nLOAD_CONST 6\nLOAD_CONST 7\nBINARY_OP *\nRETURN_VALUE\n.end",
//! )?;
//! let folded = optimize(&code, Pass::ALL)?;
//! assert!(asm::print(&folded)?.contains("LOAD_CONST               42"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arithmetic;
mod constants;
mod fold;
mod hooks;
mod thread;

use std::sync::Arc;

use lancehead_pyc::{CodeObject, Object};

use crate::flow::FlowGraph;
use crate::program::{AssembleError, Code, ReadCodeError};
pub use hooks::{Hooks, Instrumented, Site, SiteKind, add_hooks};

/// Code objects that may lie within one another.
const MAX_NESTING: usize = 1000;

/// Something that makes code better and leaves what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pass {
    /// Computes what only constants go into, within the compiler's own bounds for the size of the result; tests of
    /// constants become jumps.
    FoldConstants,
    /// Lets jumps to jumps lead where those lead, and drops jumps to what comes next, as long as no line of the source is
    /// lost to debuggers.
    ThreadJumps,
    /// Drops blocks that control never gets to, jumps across them, and no-ops that stand for no line of their own.
    RemoveDeadCode,
    /// Drops constants and names that no instruction uses, and keeps equal ones once. The first constant stays, because
    /// it may be a docstring.
    DeduplicateConstants,
}

impl Pass {
    /// All passes, in the order in which they help one another.
    pub const ALL: &'static [Pass] =
        &[Pass::FoldConstants, Pass::ThreadJumps, Pass::RemoveDeadCode, Pass::DeduplicateConstants];
}

/// Code that a pass cannot work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    /// It cannot be taken apart.
    #[error(transparent)]
    Read(#[from] ReadCodeError),
    /// It cannot be put together again.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// Code objects nest too deeply.
    #[error("code objects nest more than {MAX_NESTING} deep")]
    Nesting,
}

/// Runs `passes` in order over `code` and all code objects among its constants.
///
/// # Errors
/// When a code object is malformed; see [`PassError`].
pub fn optimize(code: &CodeObject, passes: &[Pass]) -> Result<CodeObject, PassError> {
    for_tree(code, &mut |code, _| {
        for pass in passes {
            match pass {
                Pass::FoldConstants => fold::fold(code),
                Pass::ThreadJumps => on_graph(code, thread::thread),
                Pass::RemoveDeadCode => on_graph(code, |graph| {
                    graph.remove_dead_blocks();
                    thread::drop_jumps_to_next(graph);
                    thread::drop_noops(graph);
                }),
                Pass::DeduplicateConstants => constants::deduplicate(code),
            }
        }
        Ok(code.assemble()?)
    })
}

fn on_graph(code: &mut Code, change: impl FnOnce(&mut FlowGraph)) {
    let mut graph = FlowGraph::of(code);
    change(&mut graph);
    *code = graph.to_code();
}

type Change<'a> = dyn FnMut(&mut Code, &str) -> Result<CodeObject, PassError> + 'a;

/// Changes each code object, those within it first; `change` is told its path: `<module>.Class.method`.
fn for_tree(code: &CodeObject, change: &mut Change<'_>) -> Result<CodeObject, PassError> {
    below(code, &code.name.to_string(), 0, change)
}

fn below(
    code: &CodeObject,
    path: &str,
    depth: usize,
    change: &mut Change<'_>,
) -> Result<CodeObject, PassError> {
    if depth > MAX_NESTING {
        return Err(PassError::Nesting);
    }
    let mut object = code.clone();
    for constant in &mut object.consts {
        if let Object::Code(inner) = &**constant {
            let changed = below(inner, &format!("{path}.{}", inner.name), depth + 1, change)?;
            *constant = Arc::new(Object::Code(Box::new(changed)));
        }
    }
    change(&mut Code::of(&object)?, path)
}
