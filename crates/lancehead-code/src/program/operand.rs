//! Typed operands.

use lancehead_isa::operand::{BINARY_OPS, COMPARE_OPS, INTRINSICS_1, INTRINSICS_2, SPECIAL_METHODS};
use lancehead_pyc::PyStr;

use super::Constant;

/// A place in a [`Code`](super::Code), that jumps and exception regions refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub u32);

/// Declares an enum of operations that instructions refer to by number, in the order of their numbers.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident, $text:expr; $($variant:ident),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names are CPython's")]
        #[repr(u8)]
        pub enum $name {
            $($variant),+
        }

        impl $name {
            /// Every operation, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// CPython's number.
            pub fn number(self) -> u32 {
                self as u32
            }

            /// The operation with this number.
            pub fn from_number(number: u32) -> Option<$name> {
                $name::ALL.get(number as usize).copied()
            }

            /// How CPython writes it.
            pub fn text(self) -> &'static str {
                let text: fn(usize) -> &'static str = $text;
                text(self as usize)
            }
        }
    };
}

numbered! {
    /// What `COMPARE_OP` does; those from `In` on up to 3.8 only.
    CompareOp, |number| COMPARE_OPS[number];
    Lt, Le, Eq, Ne, Gt, Ge, In, NotIn, Is, IsNot, ExceptionMatch, Bad,
}

numbered! {
    /// What `BINARY_OP` does.
    BinaryOp, |number| BINARY_OPS[number].1;
    Add, And, FloorDivide, LeftShift, MatrixMultiply, Multiply, Remainder, Or, Power, RightShift, Subtract, TrueDivide,
    Xor, InplaceAdd, InplaceAnd, InplaceFloorDivide, InplaceLeftShift, InplaceMatrixMultiply, InplaceMultiply,
    InplaceRemainder, InplaceOr, InplacePower, InplaceRightShift, InplaceSubtract, InplaceTrueDivide, InplaceXor,
    Subscript,
}

numbered! {
    /// What `CALL_INTRINSIC_1` calls.
    Intrinsic1, |number| INTRINSICS_1[number];
    Invalid, Print, ImportStar, StopIterationError, AsyncGenWrap, UnaryPositive, ListToTuple, TypeVar, ParamSpec,
    TypeVarTuple, SubscriptGeneric, TypeAlias,
}

numbered! {
    /// What `CALL_INTRINSIC_2` calls.
    Intrinsic2, |number| INTRINSICS_2[number];
    Invalid, PrepReraiseStar, TypeVarWithBound, TypeVarWithConstraints, SetFunctionTypeParams, SetTypeParamDefault,
}

numbered! {
    /// What `LOAD_SPECIAL` loads.
    SpecialMethod, |number| SPECIAL_METHODS[number];
    Enter, Exit, AsyncEnter, AsyncExit,
}

/// A variable of the frame.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Variable {
    /// A local variable.
    Local(PyStr),
    /// A local variable that inner scopes use.
    Cell(PyStr),
    /// A variable of an enclosing scope.
    Free(PyStr),
}

impl Variable {
    /// Its name.
    pub fn name(&self) -> &PyStr {
        match self {
            Variable::Local(name) | Variable::Cell(name) | Variable::Free(name) => name,
        }
    }
}

/// When `IMPORT_NAME` of 3.15 imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ImportMode {
    /// As the interpreter's settings say.
    Default,
    /// At first use (`lazy import`).
    Lazy,
    /// At once.
    Eager,
    /// Both bits are set, which no compiler does.
    Both,
}

impl ImportMode {
    /// The bits that are set, by name.
    pub(crate) fn flags(self) -> [(bool, &'static str); 2] {
        let (lazy, eager) = match self {
            ImportMode::Default => (false, false),
            ImportMode::Lazy => (true, false),
            ImportMode::Eager => (false, true),
            ImportMode::Both => (true, true),
        };
        [(lazy, "lazy"), (eager, "eager")]
    }
}

/// What an instruction works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// Nothing beside the stack.
    None,
    /// A count, a depth, flags.
    Int(u32),
    /// A constant.
    Const(Constant),
    /// The name of a global, an attribute or an import.
    Name(PyStr),
    /// `LOAD_GLOBAL` since 3.11.
    Global {
        /// Which.
        name: PyStr,
        /// Whether `NULL` is pushed for the call to come.
        push_null: bool,
    },
    /// `LOAD_ATTR` since 3.12.
    Attribute {
        /// Which.
        name: PyStr,
        /// Whether it is to be called, and may come with its `self`.
        method: bool,
    },
    /// `LOAD_SUPER_ATTR`.
    SuperAttribute {
        /// Which.
        name: PyStr,
        /// Whether it is to be called, and may come with its `self`.
        method: bool,
        /// Whether `super` was written with two arguments.
        two_arguments: bool,
    },
    /// `IMPORT_NAME` since 3.15.
    Import {
        /// Which.
        name: PyStr,
        /// When.
        mode: ImportMode,
    },
    /// A variable of the frame.
    Variable(Variable),
    /// Two of them.
    Variables(Variable, Variable),
    /// A place in the code.
    Label(Label),
    /// A comparison.
    Compare {
        /// Which.
        op: CompareOp,
        /// Whether the result is made a `bool` (since 3.13).
        to_bool: bool,
    },
    /// A binary operation.
    Binary(BinaryOp),
    /// A function of the interpreter with one argument.
    Intrinsic1(Intrinsic1),
    /// A function of the interpreter with two arguments.
    Intrinsic2(Intrinsic2),
    /// A method that the interpreter looks up on the type.
    Special(SpecialMethod),
}
