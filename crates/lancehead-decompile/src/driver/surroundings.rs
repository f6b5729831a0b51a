//! What the code around a code object says about it, found from the root down.

use std::collections::BTreeSet;
use std::rc::Rc;

use lancehead_pyc::{CodeIndex, CodeTree, PyStr, co_flags};

use crate::code::mangling::Private;
use crate::code::scope::Around;

use super::kind::Kind;
use crate::finish;

/// What is around each code object of a tree.
#[derive(Debug)]
pub struct Surroundings(Vec<Around>);

impl Surroundings {
    /// Those of all code objects. Code directly in the root that has free variables stands alone: it finds them there.
    pub fn of(tree: &CodeTree<'_>) -> Surroundings {
        let root = Around { path: "<module>".to_owned(), ..Around::default() };
        let mut all = vec![Around::default(); tree.len()];
        all[0] = root;
        for index in tree.indices() {
            let within = Rc::new(variables_within(tree, index, &all[index.index()]));
            for child in tree.children(index) {
                let (code, around) = (tree.code(child), &all[index.index()]);
                let private = match Kind::of(code) {
                    Kind::Body(finish::Kind::Class) => Private::in_class(&code.name),
                    _ => around.private.clone(),
                };
                let path = [&*around.path, &*code.name.to_string_lossy()].join(".");
                let enclosing = match index {
                    CodeIndex::ROOT if !code.freevars.is_empty() => {
                        Rc::new(code.freevars.iter().cloned().collect())
                    }
                    _ => within.clone(),
                };
                all[child.index()] = Around { enclosing, private, path };
            }
        }
        Surroundings(all)
    }

    /// What is around a code object.
    pub fn of_code(&self, index: CodeIndex) -> &Around {
        &self.0[index.index()]
    }

    /// The path of a code object.
    pub fn path(&self, index: CodeIndex) -> String {
        self.0[index.index()].path.clone()
    }
}

/// The variables that code within a code object finds around it.
fn variables_within(tree: &CodeTree<'_>, index: CodeIndex, around: &Around) -> BTreeSet<PyStr> {
    let code = tree.code(index);
    let mut variables = BTreeSet::clone(&around.enclosing);
    if code.flags & co_flags::NEWLOCALS != 0 && code.flags & co_flags::OPTIMIZED != 0 {
        variables.extend(code.varnames.iter().chain(&code.cellvars).cloned());
    }
    variables
}
