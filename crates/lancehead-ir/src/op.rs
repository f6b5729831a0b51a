//! The version-neutral instruction set.
//!
//! An [`Op`] is what an instruction of some version does to the stack, with its argument resolved: names instead of
//! indices, constants instead of slots. Where versions spell one thing in several ways (`LOAD_METHOD`, the method bit
//! of `LOAD_ATTR`; `JUMP_IF_NOT_EXC_MATCH`, `CHECK_EXC_MATCH`), the lift picks one.

use lancehead_pyc::{ObjectRef, PyStr};

/// Arithmetic and bitwise operators, binary or in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    And,
    FloorDivide,
    LShift,
    MatrixMultiply,
    Multiply,
    Remainder,
    Or,
    Power,
    RShift,
    Subtract,
    TrueDivide,
    Xor,
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnaryOperator {
    Positive,
    Negative,
    Not,
    Invert,
}

/// Rich comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Comparison {
    Less,
    LessEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
}

/// Where a name is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variable {
    /// A slot of the frame.
    Fast,
    /// The namespace of a class or module, then globals and builtins.
    Name,
    /// Globals, then builtins.
    Global,
    /// A cell, of this function or of one around it.
    Deref,
    /// A class namespace first, then a cell (`LOAD_CLASSDEREF`, `LOAD_FROM_DICT_OR_DEREF`).
    ClassDeref,
    /// A class namespace first, then globals (`LOAD_FROM_DICT_OR_GLOBALS`).
    ClassGlobal,
}

/// Collections that instructions build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Collection {
    Tuple,
    List,
    Set,
    Map,
}

/// An operation. "Top" is the top of the stack; indices into the stack count from 1 at the top.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Drops the top.
    Pop,
    /// Pushes a copy of the value at this index.
    Copy(u32),
    /// Exchanges the top with the value at this index.
    Swap(u32),
    /// Moves the top down to this index (`ROT_TWO` is 2).
    Rotate(u32),
    /// Pushes NULL (the calling convention of 3.11 and later).
    PushNull,
    /// Pushes a constant.
    Const(ObjectRef),
    /// Pushes a variable.
    Load(Variable, PyStr),
    /// Pushes a local variable, or NULL if unset, and unsets it (inlined comprehensions, PEP 709).
    LoadAndClear(PyStr),
    /// Pops into a variable.
    Store(Variable, PyStr),
    /// Unsets a variable.
    Delete(Variable, PyStr),
    /// Pushes the cell itself, for a closure.
    LoadClosure(PyStr),
    /// Pushes the cell itself, as a value like others: put in by the decompiler, never by the lift.
    LoadCell(PyStr),
    /// Pushes the namespace of the class body.
    LoadLocals,
    /// Pushes `__build_class__`.
    LoadBuildClass,
    /// Pushes `AssertionError` whatever the name means.
    LoadAssertionError,
    /// Pushes a builtin whatever its name means (`LOAD_COMMON_CONSTANT`).
    LoadCommonConstant(&'static str),
    /// Replaces the top by its attribute.
    LoadAttr(PyStr),
    /// Replaces the top by its method and a self (or NULL) slot.
    LoadMethod(PyStr),
    /// `super().name` and `super(class, self).name`: takes super, class and self. With `method`, pushes two.
    LoadSuperAttr {
        /// The attribute.
        name: PyStr,
        /// Pushes a self slot too.
        method: bool,
        /// The source gave `super` its arguments.
        two_argument: bool,
    },
    /// Takes value below object at the top.
    StoreAttr(PyStr),
    /// Takes the object.
    DeleteAttr(PyStr),
    /// Takes container, key.
    Subscript,
    /// Takes value, container, key.
    StoreSubscript,
    /// Takes container, key.
    DeleteSubscript,
    /// Takes container, start, stop.
    BinarySlice,
    /// Takes value, container, start, stop.
    StoreSlice,
    /// Takes left, right.
    Binary(Operator),
    /// Takes left, right.
    Inplace(Operator),
    /// Takes the operand.
    Unary(UnaryOperator),
    /// Takes left, right.
    Compare(Comparison),
    /// Takes left, right; inverted for `is not`.
    Is {
        /// `is not`.
        invert: bool,
    },
    /// Takes item, container; inverted for `not in`.
    Contains {
        /// `not in`.
        invert: bool,
    },
    /// Takes a type, and the exception below it unless kept; pushes whether they match.
    ExceptionMatch {
        /// Leaves the exception on the stack (3.11 and later).
        keeps_exception: bool,
    },
    /// Takes a type and the exception group below it; pushes the rest and the match.
    ExceptionGroupMatch,
    /// Takes this many values (twice as many for a map).
    Build(Collection, u32),
    /// Takes values and, on top, a tuple of as many keys.
    BuildConstKeyMap(u32),
    /// Takes this many iterables and joins them (3.7, 3.8).
    BuildUnpack(Collection, u32),
    /// Takes the parts of a slice.
    BuildSlice(u32),
    /// Takes the parts of an f-string.
    BuildString(u32),
    /// Takes a value, and a format specification above it if there is one.
    FormatValue {
        /// `s`, `r`, `a`.
        conversion: Option<char>,
        /// A specification is on the stack.
        has_spec: bool,
    },
    /// Applies `str`, `repr` or `ascii` before formatting (3.13).
    ConvertValue(char),
    /// Takes value, text and, if it has one, a specification; pushes an interpolation of a t-string.
    BuildInterpolation {
        /// `s`, `r`, `a`.
        conversion: Option<char>,
        /// A specification is on the stack.
        has_spec: bool,
    },
    /// Takes the tuples of strings and interpolations.
    BuildTemplate,
    /// Takes an iterable and extends the list at the index below.
    ListExtend(u32),
    /// Takes an iterable and updates the set at the index below.
    SetUpdate(u32),
    /// Takes a mapping and updates the dict at the index below.
    DictUpdate(u32),
    /// Takes a mapping and merges it into the keyword arguments at the index below.
    DictMerge(u32),
    /// Takes an element of a list comprehension.
    ListAppend(u32),
    /// Takes an element of a set comprehension.
    SetAdd(u32),
    /// Takes a key and a value of a dict comprehension; with `value_first`, the key is on top (3.7).
    MapAdd {
        /// The index of the dict.
        index: u32,
        /// The value lies below the key.
        value_first: bool,
    },
    /// Replaces a list by a tuple.
    ListToTuple,
    /// Takes the arguments, a tuple of keyword names above them if `keywords`, and the callable below (with the NULL or
    /// self slot beside it if `null_slot`).
    Call {
        /// Number of arguments, keyword ones included.
        argc: u32,
        /// A tuple of names is on top.
        keywords: bool,
        /// The calling convention of 3.11 and later.
        null_slot: bool,
    },
    /// `callable(*args, **kwargs)`.
    CallEx {
        /// A mapping is on top.
        keywords: bool,
        /// The calling convention of 3.11 and later.
        null_slot: bool,
    },
    /// Takes code (and, up to 3.10, its qualified name above it) and what the flags name below.
    MakeFunction {
        /// 1 defaults, 2 keyword defaults, 4 annotations, 8 closure, 16 `__annotate__`.
        flags: u32,
        /// The qualified name is on top.
        has_qualname: bool,
    },
    /// Takes the function and what one flag of [`Op::MakeFunction`] names, and pushes the function.
    SetFunctionAttribute(u32),
    /// Takes level and from-list.
    ImportName {
        /// The module.
        name: PyStr,
        /// `lazy import` (PEP 810).
        lazy: bool,
    },
    /// Pushes a name of the module on top.
    ImportFrom(PyStr),
    /// Takes the module.
    ImportStar,
    /// Takes a sequence and pushes its items, the first on top.
    Unpack(u32),
    /// Takes a sequence; items before and after a starred one.
    UnpackEx(u32, u32),
    /// Takes an iterable. Since 3.15 it pushes a second slot.
    GetIter {
        /// Pushes an index slot above the iterator.
        index_slot: bool,
    },
    /// Takes an asynchronous iterable.
    GetAiter,
    /// Takes an awaitable.
    GetAwaitable,
    /// Takes an iterable for `yield from`.
    GetYieldFromIter,
    /// Yields the top and pushes what is sent.
    Yield,
    /// Takes None and an iterator; pushes the result of `await` or `yield from`.
    YieldFrom,
    /// Takes a context manager; pushes its exit (and a slot more if `null_slot`) and the result of entering.
    BeforeWith {
        /// `async with`: an awaitable is pushed instead.
        is_async: bool,
        /// The convention of 3.14.
        null_slot: bool,
    },
    /// Calls the exit below (and below a value to be returned, if any) with three None (3.7, 3.8).
    WithExit,
    /// Calls the exit with the exception and pushes the result.
    WithExceptStart,
    /// Drops the exception and the exit: the manager suppressed it (3.7, 3.8).
    SuppressException,
    /// First in a handler: pushes this many slots of exception state.
    EnterHandler(u32),
    /// Takes this many slots of exception state: the handler is left.
    PopExcept(u32),
    /// Leaves a handler by `return`, `break` or `continue` (3.8): drops its state, below the top if it is kept.
    LeaveHandler {
        /// A value to be returned is on top.
        keeps_top: bool,
    },
    /// A `with`, a `finally` or an `except … as name` clause is left by falling off its end, not by `return`, `break` or
    /// `continue`: bytecode up to 3.8 tells these apart.
    FallsOut,
    /// An `except … as name` clause is left by `return`, `break` or `continue`, not by falling off its end (3.8).
    JumpsOut,
    /// Does nothing: stands where a protected body would hold nothing at all.
    Nop,
    /// `break` (3.7). Control goes to where [`Terminator::Loop`](crate::Terminator::Loop) says; the graph goes on to the
    /// next instruction all the same, which tells how the statement stands among others.
    Break,
    /// `continue` from within a `try` or `with` (3.7). The graph goes on to the next instruction, as after [`Op::Break`].
    Continue,
    /// The loop has ended of itself (3.7): its `else` clause, or what follows the statement, comes next.
    LeaveLoop,
    /// `PREP_RERAISE_STAR`: takes the original exception and the list of those to raise.
    PrepReraiseStar,
    /// Pushes the length of the top.
    GetLen,
    /// Pushes whether the top is a mapping.
    MatchMapping,
    /// Pushes whether the top is a sequence.
    MatchSequence,
    /// Subject, keys: pushes the values or None (and a flag, in 3.10).
    MatchKeys {
        /// Pushes a flag too.
        flag: bool,
    },
    /// Takes subject, class, names; pushes attributes or None (3.10: subject replaced, and a flag).
    MatchClass {
        /// Number of positional patterns.
        positional: u32,
        /// Pushes a flag too.
        flag: bool,
    },
    /// 3.10: takes keys, pushes the rest of the mapping below.
    CopyDictWithoutKeys,
    /// Makes `__annotations__`.
    SetupAnnotations,
    /// Prints the top, in interactive code.
    PrintExpr,
    /// A one-argument intrinsic that no other operation stands for.
    Intrinsic1(&'static str),
    /// A two-argument intrinsic.
    Intrinsic2(&'static str),
    /// Marks the end of one copy of the `finally` body of a region: put in by the decompiler, never by the lift.
    LeaveFinally(crate::RegionId),
}
