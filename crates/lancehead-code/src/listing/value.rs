//! What arguments stand for.

use lancehead_pyc::{ObjectRef, PyStr};

/// What an argument stands for: `argval` of `dis`.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgValue {
    /// There is no argument.
    None,
    /// A plain number.
    Int(u32),
    /// A constant of the code object.
    Const(ObjectRef),
    /// A constant that the interpreter has built in, as a Python expression.
    Builtin(&'static str),
    /// The name of a variable or attribute.
    Name(PyStr),
    /// The names of two local variables.
    Names(PyStr, PyStr),
    /// A byte offset; negative when it lies before the bytecode.
    Target(i64),
    /// A comparison operator.
    Compare(&'static str),
    /// `FORMAT_VALUE`: `str`, `repr` or `ascii`, and whether a format specification is on the stack.
    Format(Option<&'static str>, bool),
    /// `CONVERT_VALUE`: `str`, `repr` or `ascii`.
    Conversion(Option<&'static str>),
    /// An index that the code object has nothing at.
    OutOfRange(u32),
}
