//! Which names a code object declares `global` or `nonlocal`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use lancehead_ir::Variable;
use lancehead_pyc::{CodeObject, PyStr, co_flags};

use crate::code::mangling::Private;

/// The names that a code object uses in a way its source must declare.
#[derive(Debug)]
pub struct Names {
    is_function: bool,
    freevars: BTreeSet<PyStr>,
    cellvars: BTreeSet<PyStr>,
    /// Names that mean a variable of a function around, unless declared otherwise.
    enclosing: Rc<BTreeSet<PyStr>>,
    /// Names that were read as globals.
    read_global: RefCell<BTreeSet<PyStr>>,
    global: RefCell<BTreeSet<PyStr>>,
    nonlocal: RefCell<BTreeSet<PyStr>>,
    /// Variables of functions around that are used.
    used: RefCell<BTreeSet<PyStr>>,
}

impl Names {
    /// The names of `code`; `enclosing` are the local variables of the functions around it.
    pub fn new(code: &CodeObject, enclosing: Rc<BTreeSet<PyStr>>) -> Names {
        Names {
            is_function: code.flags & co_flags::NEWLOCALS != 0 && code.flags & co_flags::OPTIMIZED != 0,
            freevars: code.freevars.iter().cloned().collect(),
            cellvars: code.cellvars.iter().cloned().collect(),
            enclosing,
            read_global: RefCell::default(),
            global: RefCell::default(),
            nonlocal: RefCell::default(),
            used: RefCell::default(),
        }
    }

    /// Takes note of a load.
    pub fn loaded(&self, variable: Variable, name: &PyStr) {
        if matches!(variable, Variable::Deref | Variable::ClassDeref) {
            self.enclosed(name);
        }
        if variable == Variable::Global {
            self.read_global.borrow_mut().insert(name.clone());
        }
        // In a class or module, comprehensions that are inlined load globals without any declaration.
        let declared = variable == Variable::Global && self.is_function && self.enclosing.contains(name);
        if declared {
            self.global.borrow_mut().insert(name.clone());
        }
    }

    /// Takes note of a variable that a nested function uses.
    pub fn enclosed(&self, name: &PyStr) {
        self.used.borrow_mut().insert(name.clone());
    }

    /// Whether a name was read as a global: then it is local in an inlined comprehension at most.
    pub fn is_global(&self, name: &PyStr) -> bool {
        self.read_global.borrow().contains(name)
    }

    /// Takes note of a store or deletion.
    pub fn stored(&self, variable: Variable, name: &PyStr) {
        match variable {
            Variable::Global => {
                self.global.borrow_mut().insert(name.clone());
            }
            // An inlined comprehension has a cell of its own for a target that is a free variable outside it.
            Variable::Deref if self.freevars.contains(name) && !self.cellvars.contains(name) => {
                self.nonlocal.borrow_mut().insert(name.clone());
            }
            _ => {}
        }
    }

    /// The names to declare `global` and `nonlocal`, in order.
    pub fn declared(&self) -> (Vec<PyStr>, Vec<PyStr>) {
        // A variable that is not used at all must have been declared.
        let used = self.used.borrow();
        let mut nonlocal = self.nonlocal.borrow().clone();
        if self.is_function {
            nonlocal.extend(self.freevars.difference(&used).filter(|name| *name != "__class__").cloned());
        }
        (self.global.borrow().iter().cloned().collect(), nonlocal.into_iter().collect())
    }

    /// Whether a variable of a function around was used.
    pub fn is_used(&self, name: &PyStr) -> bool {
        self.used.borrow().contains(name)
    }

    /// Whether the code is a function's, not a class's or module's.
    pub fn is_function(&self) -> bool {
        self.is_function
    }
}

/// What is around one code object.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The variables of the functions around it.
    pub enclosing: Rc<BTreeSet<PyStr>>,
    /// The class around it, or itself if it is one: for private names.
    pub private: Private,
    /// Its path of names from `<module>`, joined by dots.
    pub path: String,
}
