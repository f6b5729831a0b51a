//! What a hidden function of type parameters, or a module or class with annotations, is found to hold while it is executed.

use std::cell::RefCell;

use lancehead_ast::{Constant, Expr, ExprKind, TypeParam};
use lancehead_pyc::{CodeIndex, PyStr};

use crate::code::definition::Definition;

/// What was found so far.
#[derive(Debug, Default)]
pub struct Hidden {
    /// The type parameters made so far, in order.
    type_params: RefCell<Vec<TypeParam>>,
    /// The function, class or alias that is returned.
    definition: RefCell<Option<Definition>>,
    /// The `__annotate__` of a module or class.
    annotate: RefCell<Option<CodeIndex>>,
}

impl Hidden {
    /// Takes note of a type parameter that is stored. A block may be executed more than once.
    pub fn declare(&self, param: TypeParam) {
        let mut params = self.type_params.borrow_mut();
        match params.iter_mut().find(|known| name_of(known) == name_of(&param)) {
            Some(known) => *known = param,
            None => params.push(param),
        }
    }

    /// The type parameters that were made.
    pub fn type_params(&self) -> Vec<TypeParam> {
        self.type_params.borrow().clone()
    }

    /// Keeps what is returned, and gives what the `return` holds in its place.
    pub fn define(&self, definition: Definition) -> Expr {
        *self.definition.borrow_mut() = Some(definition);
        Expr::new(ExprKind::Constant(Constant::None))
    }

    /// What is returned, if it is a definition.
    pub fn take_definition(&self) -> Option<Definition> {
        self.definition.borrow_mut().take()
    }

    /// Keeps the `__annotate__` of a module or class.
    pub fn keep_annotate(&self, code: CodeIndex) {
        *self.annotate.borrow_mut() = Some(code);
    }

    /// The `__annotate__` of the module or class.
    pub fn annotate(&self) -> Option<CodeIndex> {
        *self.annotate.borrow()
    }
}

/// The name of a type parameter.
pub fn name_of(param: &TypeParam) -> &PyStr {
    match param {
        TypeParam::TypeVar { name, .. }
        | TypeParam::ParamSpec { name, .. }
        | TypeParam::TypeVarTuple { name, .. } => name,
    }
}
