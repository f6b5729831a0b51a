//! What source defines: functions, classes and type aliases, before they are stored under a name.

use std::rc::Rc;

use lancehead_ast::{Expr, TypeParam};
use lancehead_pyc::{CodeIndex, CodeObject, PyStr};

/// A function object.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its code.
    pub code: CodeIndex,
    /// What its source is.
    pub kind: FunctionKind,
    /// Defaults of its last positional parameters.
    pub defaults: Vec<Expr>,
    /// Defaults of its keyword-only parameters.
    pub kwdefaults: Vec<(PyStr, Expr)>,
    /// The parameters of the hidden function around it that hold its defaults, by the flag of `MAKE_FUNCTION`.
    pub given: Vec<(u32, PyStr)>,
    /// Its annotations, by parameter name or `return`.
    pub annotations: Vec<(PyStr, Expr)>,
    /// `__annotate__`, since 3.14.
    pub annotate: Option<CodeIndex>,
    /// Its decorators, innermost first.
    pub decorators: Vec<Expr>,
    /// Its type parameters.
    pub type_params: Vec<TypeParam>,
    /// The line on which it was made.
    pub line: u32,
}

/// What the source of a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// A `def`, a class body, or nothing: a function that evaluates.
    Definition,
    /// A lambda.
    Lambda,
    /// A comprehension or generator expression.
    Comprehension,
    /// Nothing: it makes the type parameters of another definition.
    Generic,
    /// Nothing that is known: its name is no identifier.
    Unknown,
}

impl FunctionKind {
    /// The kind of a function, by the name of its code.
    pub fn of(code: &CodeObject) -> FunctionKind {
        match code.name.as_bytes() {
            b"<lambda>" => FunctionKind::Lambda,
            b"<listcomp>" | b"<setcomp>" | b"<dictcomp>" | b"<genexpr>" => FunctionKind::Comprehension,
            name if name.starts_with(b"<generic parameters of") => FunctionKind::Generic,
            name if name.starts_with(b"<") => FunctionKind::Unknown,
            _ => FunctionKind::Definition,
        }
    }
}

impl Function {
    /// A function of `code` without attributes, made on a line.
    pub fn new(index: CodeIndex, code: &CodeObject, line: u32) -> Function {
        Function {
            code: index,
            kind: FunctionKind::of(code),
            defaults: Vec::new(),
            kwdefaults: Vec::new(),
            given: Vec::new(),
            annotations: Vec::new(),
            annotate: None,
            decorators: Vec::new(),
            type_params: Vec::new(),
            line,
        }
    }

    /// Whether the source wrote it as an expression: a lambda or a comprehension.
    pub fn is_expression(&self) -> bool {
        matches!(self.kind, FunctionKind::Lambda | FunctionKind::Comprehension | FunctionKind::Unknown)
    }
}

/// A class.
#[derive(Debug, Clone)]
pub struct Class {
    /// The code of its body.
    pub code: CodeIndex,
    /// Its bases.
    pub bases: Vec<Expr>,
    /// Its keywords.
    pub keywords: Vec<lancehead_ast::Keyword>,
    /// Its decorators, innermost first.
    pub decorators: Vec<Expr>,
    /// Its type parameters.
    pub type_params: Vec<TypeParam>,
}

impl Class {
    /// A class with this body, and nothing else.
    pub fn new(code: CodeIndex) -> Class {
        let (bases, keywords, decorators, type_params) = Default::default();
        Class { code, bases, keywords, decorators, type_params }
    }
}

/// A `type` statement.
#[derive(Debug, Clone)]
pub struct TypeAlias {
    /// Its name.
    pub name: PyStr,
    /// Its type parameters.
    pub type_params: Vec<TypeParam>,
    /// Its value.
    pub value: Expr,
}

/// What the hidden function of type parameters makes them for.
#[derive(Debug, Clone)]
pub enum Definition {
    /// A function.
    Function(Rc<Function>),
    /// A class.
    Class(Rc<Class>),
    /// A type alias.
    Alias(Rc<TypeAlias>),
}
