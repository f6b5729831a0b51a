//! Names for what a program keeps on the stack where source cannot.

use std::collections::BTreeSet;

use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr};

/// The names of the temporaries of one code object: none of them is a name that the code object has itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Temporaries {
    prefix: String,
    /// The functions defined here that no variable of the code is called like.
    functions: BTreeSet<PyStr>,
}

impl Temporaries {
    /// The temporaries of a code object.
    pub fn of(code: &CodeObject) -> Temporaries {
        let mut prefix = "_stack".to_owned();
        let names = || code.names.iter().chain(&code.varnames).chain(&code.cellvars).chain(&code.freevars);
        while names().any(|name| name.as_bytes().starts_with(prefix.as_bytes())) {
            prefix.push('_');
        }
        let mut functions: BTreeSet<PyStr> = code.consts.iter().filter_map(function_name).collect();
        functions.retain(|name| !names().any(|other| other == name));
        Temporaries { prefix, functions }
    }

    /// The variable of a slot of the stack, counted from 0 at the bottom.
    pub fn slot(&self, slot: u32) -> PyStr {
        format!("{}_{slot}", self.prefix).into()
    }

    /// A variable for a value that has no slot of its own.
    pub fn value(&self, number: u32) -> PyStr {
        format!("{}_value_{number}", self.prefix).into()
    }

    /// The variable that says which block comes next.
    pub fn next_block(&self) -> PyStr {
        format!("{}_next_block", self.prefix).into()
    }

    /// Whether a `def` may bind this name, although the bytecode binds none: it keeps the function on the stack.
    pub fn has_function(&self, name: &PyStr) -> bool {
        self.functions.contains(name)
    }

    /// Whether a name is one of these.
    pub fn contains(&self, name: &PyStr) -> bool {
        name.as_bytes().starts_with(self.prefix.as_bytes()) || self.has_function(name)
    }
}

/// The name of a code object that a `def` makes.
fn function_name(constant: &ObjectRef) -> Option<PyStr> {
    match &**constant {
        Object::Code(code) if !code.name.as_bytes().starts_with(b"<") => Some(code.name.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use lancehead_pyc::Version;

    use super::*;

    #[test]
    fn never_a_name_of_the_code() {
        let mut code = CodeObject::new(Version::Py312);
        code.varnames = vec!["_stack_0".into()];
        let temporaries = Temporaries::of(&code);
        assert!(!temporaries.contains(&"_stack_0".into()));
        assert!(temporaries.contains(&temporaries.slot(0)));
        assert!(temporaries.contains(&temporaries.next_block()));
    }
}
