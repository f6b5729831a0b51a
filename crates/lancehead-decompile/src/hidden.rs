//! Functions that the compiler makes for itself: those that make type parameters (PEP 695), and those that evaluate
//! annotations, bounds, defaults and aliases when they are asked for (PEP 649, PEP 695).

use std::cell::RefCell;
use std::rc::Rc;

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind, Suite, TypeParam};
use lancehead_ir::Variable;
use lancehead_pyc::PyStr;

use crate::failure::{Failure, Outcome};
use crate::fallback::Form;
use crate::finish;
use crate::unit::Unit;
use crate::value::{Function, Value, code_of};

/// What the definition is called that the hidden function of its type parameters returns: no source has such a name.
const DEFINITION: &str = "<definition>";

/// What a code object that the compiler made, or that holds such, knows besides its code.
#[derive(Debug, Default)]
pub struct Hidden {
    /// What the parameters `.defaults` and `.kwdefaults` were given.
    arguments: Vec<(PyStr, Expr)>,
    /// The type parameters made so far, in order.
    type_params: RefCell<Vec<TypeParam>>,
    /// The function, class or alias that is returned.
    definition: RefCell<Option<Value>>,
    /// The `__annotate__` of a module or class.
    annotate: RefCell<Option<Rc<Function>>>,
}

impl Hidden {
    /// Forgets all but what it was given.
    pub fn forget(&self) {
        self.type_params.borrow_mut().clear();
        self.definition.borrow_mut().take();
        self.annotate.borrow_mut().take();
    }

    /// What was given for a parameter that only the compiler can name.
    pub fn argument(&self, variable: Variable, name: &PyStr) -> Option<Expr> {
        let is_hidden = variable == Variable::Fast && name.as_bytes().starts_with(b".");
        let mut arguments = self.arguments.iter().filter(|_| is_hidden);
        arguments.find(|(n, _)| n == name).map(|(_, value)| value.clone())
    }

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

    /// Keeps what is returned, and gives what stands for it.
    pub fn define(&self, definition: Value) -> Expr {
        *self.definition.borrow_mut() = Some(definition);
        Expr::name(DEFINITION)
    }

    /// Keeps the `__annotate__` of a module or class.
    pub fn keep_annotate(&self, function: Rc<Function>) {
        *self.annotate.borrow_mut() = Some(function);
    }

    /// The `__annotate__` of the module or class.
    pub fn annotate(&self) -> Option<Rc<Function>> {
        self.annotate.borrow().clone()
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

impl Unit<'_> {
    /// Whether the code is the hidden function that makes type parameters.
    pub fn is_generic_scope(&self) -> bool {
        self.code.name.as_bytes().starts_with(b"<generic parameters of")
    }

    /// Whether the code is the hidden function of a comprehension that builds a collection (up to 3.11).
    pub fn is_collector(&self) -> bool {
        ["<listcomp>", "<setcomp>", "<dictcomp>"].iter().any(|name| self.code.name == **name)
    }

    /// Whether the code is that of a function that evaluates annotations.
    pub fn is_annotate(&self) -> bool {
        self.dialect.deferred_annotations && self.code.name == "__annotate__"
    }

    /// The definition that a hidden function of type parameters returns, when called with these arguments.
    pub fn generic_definition(&self, function: &Function, arguments: Vec<Expr>) -> Outcome<Value> {
        let Some(code) = code_of(&function.code) else {
            return Err(Failure::Expression { what: "type parameters without code", offset: 0 });
        };
        let mut unit = self.nested(code);
        unit.hidden.arguments = code.varnames.iter().cloned().zip(arguments).collect();
        let statements = unit.statements()?;
        let returned = match &statements[..] {
            [Stmt { kind: StmtKind::Return(Some(value)), .. }] => {
                matches!(&value.kind, ExprKind::Name(name) if name == DEFINITION)
            }
            _ => false,
        };
        match unit.hidden.definition.take().filter(|_| returned) {
            Some(definition) => {
                self.session.recovered(&unit.path, code, Form::Exact);
                Ok(definition)
            }
            None => Err(Failure::Expression { what: "type parameters of nothing", offset: 0 }),
        }
    }

    /// The statements of a function that evaluates annotations or the parts of a type parameter.
    pub fn evaluator_suite(&self, function: &Function) -> Outcome<Suite> {
        let Some(code) = code_of(&function.code) else {
            return Err(Failure::Expression { what: "an evaluator without code", offset: 0 });
        };
        let unit = self.nested(code);
        let statements = take_guard(unit.statements()?);
        self.session.recovered(&unit.path, code, Form::Exact);
        Ok(statements)
    }

    /// The expression that an evaluator returns.
    pub fn evaluated(&self, function: &Function) -> Outcome<Expr> {
        match finish::value_of(self.evaluator_suite(function)?) {
            Some(value) => Ok(value),
            None => Err(Failure::Expression { what: "an evaluator that is no expression", offset: 0 }),
        }
    }
}

/// Drops what an evaluator does first since 3.14: it refuses formats other than values.
fn take_guard(mut suite: Suite) -> Suite {
    let Some(Stmt { kind: StmtKind::If { test, body, orelse }, .. }) = suite.first_mut() else {
        return suite;
    };
    if !is_guard(test) || !matches!(body[..], [Stmt { kind: StmtKind::Raise { .. }, .. }]) {
        return suite;
    }
    let mut rest = std::mem::take(orelse);
    rest.extend(suite.drain(1..));
    rest
}

/// `format > 2`; the parameter of evaluators other than `__annotate__` is `.format`.
fn is_guard(test: &Expr) -> bool {
    let ExprKind::Compare { left, ops, comparators } = &test.kind else { return false };
    let is_format = matches!(&left.kind, ExprKind::Name(n) if n == "format" || n == ".format");
    let is_two = matches!(&comparators[..], [Expr { kind: ExprKind::Constant(Constant::Int(n)), .. }] if *n == 2.into());
    is_format && is_two && ops[..] == [lancehead_ast::CmpOp::Gt]
}
