//! The nodes of the tree, after CPython's `Parser/Python.asdl`.
//!
//! Two departures from the ASDL serve a decompiler. A statement may be [`StmtKind::Unrecovered`], code that
//! could not be turned into source. Each statement and each expression knows the line on which it began in the
//! original source, where the bytecode told it.

// The fields of the variants are those of the ASDL; each variant's comment shows them in place.
#![allow(missing_docs)]

use lancehead_pyc::{CodeIndex, PyStr};
use num_bigint::BigInt;

/// A Python identifier, as the source spells it (never mangled).
pub type Identifier = PyStr;

/// A literal value that is written as one token.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// `...`.
    Ellipsis,
    /// A non-negative integer. (A negative one is a [`ExprKind::UnaryOp`]; the printer also accepts it here.)
    Int(BigInt),
    /// A float; `inf` and `nan` print as expressions that evaluate to them.
    Float(f64),
    /// A complex number, by real and imaginary part.
    Complex(f64, f64),
    /// A string, lone surrogates included.
    Str(PyStr),
    /// A bytes literal.
    Bytes(Vec<u8>),
}

/// An expression and the line it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its line in the original source (from 1), 0 when unknown. That of an attribute is the line of its name, as in
    /// CPython's line tables since 3.11.
    pub line: u32,
}

/// `ast.expr`.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `a and b and c`; at least two values.
    BoolOp { op: BoolOp, values: Vec<Expr> },
    /// `target := value`.
    NamedExpr { target: Box<Expr>, value: Box<Expr> },
    /// `left op right`.
    BinOp { left: Box<Expr>, op: Operator, right: Box<Expr> },
    /// `op operand`.
    UnaryOp { op: UnaryOp, operand: Box<Expr> },
    /// `lambda args: body`.
    Lambda { args: Box<Arguments>, body: Box<Expr> },
    /// `body if test else orelse`.
    IfExp { test: Box<Expr>, body: Box<Expr>, orelse: Box<Expr> },
    /// `{k: v, **d}`; a key of `None` is a `**` entry.
    Dict { keys: Vec<Option<Expr>>, values: Vec<Expr> },
    /// `{a, b}`; an empty one prints as `{*()}`.
    Set(Vec<Expr>),
    /// `[element for …]`. The element may be `Starred` (PEP 798).
    ListComp { element: Box<Expr>, generators: Vec<Comprehension> },
    /// `{element for …}`.
    SetComp { element: Box<Expr>, generators: Vec<Comprehension> },
    /// `{key: value for …}`; no value means `{**key for …}` (PEP 798).
    DictComp { key: Box<Expr>, value: Option<Box<Expr>>, generators: Vec<Comprehension> },
    /// `(element for …)`.
    GeneratorExp { element: Box<Expr>, generators: Vec<Comprehension> },
    /// `await value`.
    Await(Box<Expr>),
    /// `yield value`.
    Yield(Option<Box<Expr>>),
    /// `yield from value`.
    YieldFrom(Box<Expr>),
    /// `left op0 comparators0 op1 comparators1 …`.
    Compare { left: Box<Expr>, ops: Vec<CmpOp>, comparators: Vec<Expr> },
    /// `func(*args, **keywords)`; starred positionals are `Starred`; a keyword without a name is `**value`.
    Call { func: Box<Expr>, args: Vec<Expr>, keywords: Vec<Keyword> },
    /// An f-string.
    JoinedStr(Vec<FStringPart>),
    /// A t-string (3.14).
    TemplateStr(Vec<FStringPart>),
    /// A literal.
    Constant(Constant),
    /// `value.attr`.
    Attribute { value: Box<Expr>, attr: Identifier },
    /// `value[slice]`; a tuple slice prints without parentheses.
    Subscript { value: Box<Expr>, slice: Box<Expr> },
    /// `*value`.
    Starred(Box<Expr>),
    /// A name.
    Name(Identifier),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `(a, b)`.
    Tuple(Vec<Expr>),
    /// `lower:upper:step`, inside a subscript only.
    Slice { lower: Option<Box<Expr>>, upper: Option<Box<Expr>>, step: Option<Box<Expr>> },
    /// Source text that stands for itself, used where an annotation must be repeated exactly as it was written
    /// (`from __future__ import annotations` stores the text, not the tree). Printed in parentheses only when
    /// the context demands an atom.
    Verbatim(PyStr),
}

/// A part of an f-string or t-string.
#[derive(Debug, Clone, PartialEq)]
pub enum FStringPart {
    /// Literal text, unescaped (a brace is one brace).
    Literal(PyStr),
    /// `{value!conversion:spec}`.
    Interpolation {
        /// The expression.
        value: Box<Expr>,
        /// The text of the expression as the source spelled it; t-strings keep it at run time.
        text: Option<PyStr>,
        /// `s`, `r`, `a`, or none.
        conversion: Option<char>,
        /// The parts of the format specification; `None` when there was no colon.
        spec: Option<Vec<FStringPart>>,
    },
}

/// `and`, `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BoolOp {
    /// `and`
    And,
    /// `or`
    Or,
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

/// One `for … in … if …` of a comprehension.
#[derive(Debug, Clone, PartialEq)]
pub struct Comprehension {
    /// What each item is assigned to.
    pub target: Expr,
    /// What is iterated.
    pub iter: Expr,
    /// The conditions, in order.
    pub ifs: Vec<Expr>,
    /// `async for`.
    pub is_async: bool,
}

/// A keyword argument of a call or of a class statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    /// The name; `None` for `**value`.
    pub arg: Option<Identifier>,
    /// The value.
    pub value: Expr,
}

/// The parameters of a function or lambda.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arguments {
    /// Positional-only parameters (before `/`).
    pub posonlyargs: Vec<Arg>,
    /// Ordinary parameters.
    pub args: Vec<Arg>,
    /// `*args`.
    pub vararg: Option<Arg>,
    /// Keyword-only parameters.
    pub kwonlyargs: Vec<Arg>,
    /// Defaults of the keyword-only parameters, one each.
    pub kw_defaults: Vec<Option<Expr>>,
    /// `**kwargs`.
    pub kwarg: Option<Arg>,
    /// Defaults of the last positional parameters.
    pub defaults: Vec<Expr>,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// Its name.
    pub arg: Identifier,
    /// Its annotation.
    pub annotation: Option<Box<Expr>>,
}

/// A statement and the line it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Its line in the original source (from 1), 0 when unknown.
    pub line: u32,
}

/// A block of statements.
pub type Suite = Vec<Stmt>;

/// `ast.stmt`. An empty suite prints as `pass`.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// `def` and `async def`.
    FunctionDef(Box<FunctionDef>),
    /// `class`.
    ClassDef(Box<ClassDef>),
    /// `return value`.
    Return(Option<Expr>),
    /// `del targets`.
    Delete(Vec<Expr>),
    /// `t1 = t2 = value`.
    Assign { targets: Vec<Expr>, value: Expr },
    /// `type name[params] = value`.
    TypeAlias { name: Expr, type_params: Vec<TypeParam>, value: Expr },
    /// `target op= value`.
    AugAssign { target: Expr, op: Operator, value: Expr },
    /// `target: annotation = value`. A bare name is `simple` unless it stood in parentheses.
    AnnAssign { target: Expr, annotation: Expr, value: Option<Expr>, simple: bool },
    /// `for` and `async for`.
    For { target: Expr, iter: Expr, body: Suite, orelse: Suite, is_async: bool },
    /// `while`.
    While { test: Expr, body: Suite, orelse: Suite },
    /// `if`; an `orelse` that is a lone `If` prints as `elif`.
    If { test: Expr, body: Suite, orelse: Suite },
    /// `with` and `async with`.
    With { items: Vec<WithItem>, body: Suite, is_async: bool },
    /// `match`.
    Match { subject: Expr, cases: Vec<MatchCase> },
    /// `raise exc from cause`.
    Raise { exc: Option<Expr>, cause: Option<Expr> },
    /// `try`; with `is_star` its handlers are `except*`.
    Try { body: Suite, handlers: Vec<ExceptHandler>, orelse: Suite, finalbody: Suite, is_star: bool },
    /// `assert test, msg`.
    Assert { test: Expr, msg: Option<Expr> },
    /// `import a.b as c`.
    Import { names: Vec<Alias>, is_lazy: bool },
    /// `from ..module import a as b`; the name `*` imports all.
    ImportFrom { module: Option<Identifier>, names: Vec<Alias>, level: u32, is_lazy: bool },
    /// `global names`.
    Global(Vec<Identifier>),
    /// `nonlocal names`.
    Nonlocal(Vec<Identifier>),
    /// An expression for its effect; a string constant here prints as a docstring would.
    Expr(Expr),
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// A comment line of its own (without the `#`).
    Comment(String),
    /// Code that could not be recovered: comment lines that say so, then a statement that raises.
    Unrecovered { reason: String, listing: Vec<String> },
}

/// A function definition.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionDef {
    /// Its name.
    pub name: Identifier,
    /// Its type parameters (PEP 695).
    pub type_params: Vec<TypeParam>,
    /// Its parameters.
    pub args: Arguments,
    /// Its body; a docstring is its first statement.
    pub body: Suite,
    /// Its decorators, outermost first.
    pub decorators: Vec<Expr>,
    /// Its return annotation.
    pub returns: Option<Expr>,
    /// `async def`.
    pub is_async: bool,
    /// The code object that its body is made of, in the [tree](lancehead_pyc::CodeTree) that was decompiled; `None` in a tree
    /// that was parsed. No part of what the source says.
    pub code: Option<CodeIndex>,
}

/// A class definition.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassDef {
    /// Its name.
    pub name: Identifier,
    /// Its type parameters (PEP 695).
    pub type_params: Vec<TypeParam>,
    /// Its bases; starred ones are `Starred`.
    pub bases: Vec<Expr>,
    /// `metaclass=` and other keywords.
    pub keywords: Vec<Keyword>,
    /// Its body.
    pub body: Suite,
    /// Its decorators, outermost first.
    pub decorators: Vec<Expr>,
    /// The code object that its body is made of, in the [tree](lancehead_pyc::CodeTree) that was decompiled; `None` in a tree
    /// that was parsed. No part of what the source says.
    pub code: Option<CodeIndex>,
}

/// One `with` item.
#[derive(Debug, Clone, PartialEq)]
pub struct WithItem {
    /// The context manager.
    pub context: Expr,
    /// The `as` target.
    pub target: Option<Expr>,
}

/// One `except` clause.
#[derive(Debug, Clone, PartialEq)]
pub struct ExceptHandler {
    /// The exception type; `None` for a bare `except:`.
    pub typ: Option<Expr>,
    /// The `as` name.
    pub name: Option<Identifier>,
    /// The body.
    pub body: Suite,
    /// Its line in the original source, 0 when unknown.
    pub line: u32,
}

/// One imported name.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    /// The dotted name.
    pub name: Identifier,
    /// The `as` name.
    pub asname: Option<Identifier>,
}

/// One `case`.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchCase {
    /// The pattern.
    pub pattern: Pattern,
    /// The guard.
    pub guard: Option<Expr>,
    /// The body.
    pub body: Suite,
    /// Its line in the original source, 0 when unknown.
    pub line: u32,
    /// The lines on which the pattern and those within it begin, outer ones first, as they stand; none when unknown.
    pub pattern_lines: Vec<u32>,
}

/// `ast.pattern`.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// A value pattern: a literal or a dotted name.
    Value(Expr),
    /// `None`, `True`, `False`.
    Singleton(Constant),
    /// `[p, q, *r]`.
    Sequence(Vec<Pattern>),
    /// `{key: pattern, **rest}`.
    Mapping { keys: Vec<Expr>, patterns: Vec<Pattern>, rest: Option<Identifier> },
    /// `Class(p, q, name=r)`.
    Class { cls: Expr, patterns: Vec<Pattern>, kwd_attrs: Vec<Identifier>, kwd_patterns: Vec<Pattern> },
    /// `*name` or `*_` inside a sequence.
    Star(Option<Identifier>),
    /// `pattern as name`; without a pattern the capture `name`; without both the wildcard `_`.
    As { pattern: Option<Box<Pattern>>, name: Option<Identifier> },
    /// `p | q`.
    Or(Vec<Pattern>),
}

/// A type parameter (PEP 695, PEP 696).
#[derive(Debug, Clone, PartialEq)]
pub enum TypeParam {
    /// `T: bound = default`; constraints are a tuple bound.
    TypeVar { name: Identifier, bound: Option<Expr>, default: Option<Expr> },
    /// `**P = default`.
    ParamSpec { name: Identifier, default: Option<Expr> },
    /// `*Ts = default`.
    TypeVarTuple { name: Identifier, default: Option<Expr> },
}

/// A module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Module {
    /// Its statements; a docstring is the first.
    pub body: Suite,
}

impl Expr {
    /// An expression with an unknown line.
    pub fn new(kind: ExprKind) -> Self {
        Expr { kind, line: 0 }
    }

    /// An expression that began on `line` (0 when unknown).
    pub fn at(kind: ExprKind, line: u32) -> Self {
        Expr { kind, line }
    }

    /// A name.
    pub fn name(name: impl Into<PyStr>) -> Self {
        Expr::new(ExprKind::Name(name.into()))
    }
}

impl Stmt {
    /// A statement with an unknown line.
    pub fn new(kind: StmtKind) -> Self {
        Stmt { kind, line: 0 }
    }

    /// A statement that began on `line` (0 when unknown).
    pub fn at(kind: StmtKind, line: u32) -> Self {
        Stmt { kind, line }
    }
}
