//! Who can see a temporary: source keeps in variables what bytecode keeps on its stack, and variables have names.
//!
//! The variables of a function are seen by `locals()` and its like, called in it. Those of a module or class outlive its
//! code, as globals and attributes: what is not deleted by then has changed them. The namespace of a class with bases or
//! keywords is whatever its metaclass makes it (`__prepare__`), which may look at each store. Frames are not looked
//! at here (`sys._getframe`, tracebacks, `gi_frame`): whoever reads variables there sees temporaries.

use lancehead_ir::Variable;
use lancehead_pyc::{CodeObject, Object};

use crate::act::{Act, Program};
use crate::intern::Interner;

/// Builtins that find variables by name.
const FINDERS: [&str; 6] = ["locals", "vars", "dir", "eval", "exec", "globals"];

/// Who sees the variables of a code object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sight {
    /// The variables outlive the code.
    pub kept: bool,
    /// Code that is called may find variables by their names.
    pub found: bool,
    /// Each store may be seen.
    pub stores: bool,
}

impl Sight {
    /// Who sees the variables of `code`, whose program this is. A class is `bare` if it has neither bases nor keywords.
    pub fn of(code: &CodeObject, program: &Program, bare: bool, interner: &Interner) -> Sight {
        const OPTIMIZED: u32 = 0x1;
        let kept = code.flags & OPTIMIZED == 0;
        let is_module = kept && code.name == "<module>";
        let finds = program.ins.iter().any(|ins| match ins.act {
            Act::Load(Variable::Global | Variable::Name, name) | Act::LoadFromDict(_, name) => {
                FINDERS.iter().any(|finder| *interner.spell(name) == **finder)
            }
            _ => false,
        });
        // The functions of a module see its globals.
        let found = finds || is_module && code.consts.iter().any(|constant| names_finder(constant));
        Sight { kept, found, stores: kept && !is_module && !bare }
    }
}

/// Whether a constant is code that names one of [`FINDERS`].
fn names_finder(constant: &Object) -> bool {
    let Object::Code(code) = constant else { return false };
    code.names.iter().any(|name| FINDERS.iter().any(|finder| *name == **finder))
        || stacker::maybe_grow(64 * 1024, 1 << 20, || code.consts.iter().any(|inner| names_finder(inner)))
}
