//! What both sides of a check are made of.
//!
//! An [`Act`] does what an instruction of the version under check does, with names and constants resolved. It is finer
//! than the operations of `lancehead-ir`, which leave out what the structure of the source implies: a proof must not.

use lancehead_ir::{Collection, Comparison, Operator, UnaryOperator, Variable};

use crate::intern::{Const, Name};

/// Which block a `SETUP_*` pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setup {
    /// `SETUP_LOOP` (3.7).
    Loop,
    /// `SETUP_EXCEPT` (3.7).
    Except,
    /// `SETUP_FINALLY`.
    Finally,
    /// `SETUP_CLEANUP` (3.11 and later): the handler is given the offset of what raised.
    Cleanup,
    /// `SETUP_WITH`, `SETUP_ASYNC_WITH`: the block begins below the top.
    With,
}

/// Collections that take one more item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Grow {
    ListAppend,
    SetAdd,
    MapAdd,
    ListExtend,
    SetUpdate,
    DictUpdate,
    DictMerge,
}

/// What an instruction does. Stack indices count from 1 at the top; targets are indices of instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Act {
    // What only moves values.
    Pop,
    Copy(u32),
    Swap(u32),
    /// Moves the top down to this index.
    Rotate(u32),
    PushNull,
    Const(Const),
    /// A nested code object, by its number in the program.
    Code(u32),
    /// A builtin whatever its name means (`LOAD_COMMON_CONSTANT`, `LOAD_ASSERTION_ERROR`).
    Common(Name),
    /// The cell of a variable.
    Cell(Name),
    /// Negates the result of `is` or `in`.
    Negate,

    // Variables.
    Load(Variable, Name),
    Store(Variable, Name),
    Delete(Variable, Name),
    /// Pushes what a temporary holds: a variable that stands for a place on the bytecode's stack.
    LoadTemporary(Name),
    /// Pops into a temporary.
    StoreTemporary(Name),
    /// Ends a temporary.
    DeleteTemporary(Name),
    /// `LOAD_FAST_AND_CLEAR`.
    LoadAndClear(Name),
    /// `LOAD_FROM_DICT_OR_DEREF`, `LOAD_FROM_DICT_OR_GLOBALS`.
    LoadFromDict(Variable, Name),
    LoadLocals,
    LoadBuildClass,
    SetupAnnotations,

    // Attributes, items, arithmetic.
    LoadAttr(Name),
    LoadMethod(Name),
    LoadSuper {
        name: Name,
        method: bool,
        two: bool,
    },
    StoreAttr(Name),
    DeleteAttr(Name),
    Subscript,
    StoreSubscript,
    DeleteSubscript,
    BinarySlice,
    StoreSlice,
    Binary(Operator),
    Inplace(Operator),
    Unary(UnaryOperator),
    Compare(Comparison),
    Is,
    IsNot,
    Contains,
    NotContains,

    // Building.
    Build(Collection, u32),
    BuildConstKeyMap(u32),
    /// `BUILD_*_UNPACK` (3.7, 3.8), perhaps `_WITH_CALL`.
    BuildUnpack(Collection, u32, bool),
    BuildSlice(u32),
    BuildString(u32),
    FormatValue {
        conversion: u8,
        has_spec: bool,
    },
    Convert(u8),
    BuildInterpolation {
        conversion: u8,
        has_spec: bool,
    },
    BuildTemplate,
    Grow(Grow, u32),
    ListToTuple,
    Unpack(u32),
    UnpackEx(u32, u32),

    // Calls, functions, imports.
    Call {
        argc: u32,
        keywords: bool,
        slots: u32,
    },
    CallEx {
        keywords: bool,
        slots: u32,
    },
    MakeFunction(u32),
    SetFunctionAttribute(u32),
    ImportName(Name, u8),
    ImportFrom(Name),
    ImportStar,
    Intrinsic1(&'static str),
    Intrinsic2(&'static str),
    PrintExpr,

    // Iteration, coroutines.
    GetIter,
    ForIter(u32),
    EndFor,
    PopIter,
    GetAiter,
    GetAnext,
    EndAsyncFor,
    GetAwaitable,
    GetYieldFromIter,
    Yield,
    YieldFrom,
    Send(u32),
    EndSend,
    CleanupThrow,
    AsyncGenWrap,

    // Matching.
    GetLen,
    MatchMapping,
    MatchSequence,
    MatchKeys,
    MatchClass(u32),
    CopyDictWithoutKeys,

    // Contexts and exceptions.
    BeforeWith,
    BeforeAsyncWith,
    LoadSpecial(u32),
    WithExceptStart,
    WithCleanupStart,
    WithCleanupFinish,
    Setup(Setup, u32),
    PopBlock,
    BeginFinally,
    CallFinally(u32),
    PopFinally(bool),
    EndFinally,
    PushExcInfo,
    PopExcept,
    ExcMatch,
    ExcGroupMatch,
    PrepReraiseStar,

    // Control.
    ToBool,
    Jump(u32),
    /// Pops; jumps if it is as told.
    PopJump(bool, u32),
    /// Jumps and keeps the top if it is as told, else pops it.
    JumpOrPop(bool, u32),
    BreakLoop,
    ContinueLoop(u32),
    Return,
    Raise(u32),
    /// With how far below the exception the offset lies that it goes back to, 0 for none.
    Reraise(u32),
    /// What no lowering makes: an opcode where it cannot stand.
    Alien(&'static str),
}

impl Act {
    /// The target, where there is one.
    pub fn target_mut(&mut self) -> Option<&mut u32> {
        match self {
            Act::ForIter(to)
            | Act::Send(to)
            | Act::Setup(_, to)
            | Act::CallFinally(to)
            | Act::Jump(to)
            | Act::PopJump(_, to)
            | Act::JumpOrPop(_, to)
            | Act::ContinueLoop(to) => Some(to),
            _ => None,
        }
    }
}

/// One instruction of a program.
#[derive(Debug, Clone, Copy)]
pub struct Ins {
    pub act: Act,
    /// Index into the program's handlers, from the exception table; [`NO_HANDLER`] where there is none.
    pub handler: u32,
    /// The byte offset on the bytecode's side, the line on the source's: 0 for what has none of its own.
    pub at: u32,
}

/// No entry of the exception table covers the instruction.
pub const NO_HANDLER: u32 = u32::MAX;

/// An entry of the exception table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handler {
    pub target: u32,
    pub depth: u32,
    pub lasti: bool,
}

/// The instructions of one code object.
#[derive(Debug, Default)]
pub struct Program {
    pub ins: Vec<Ins>,
    pub handlers: Vec<Handler>,
}

impl Program {
    /// Lets jumps and handlers lead to where the instructions are now; `places` has the new index of each.
    pub fn move_targets(&mut self, places: &[u32]) {
        let targets = self.ins.iter_mut().filter_map(|ins| ins.act.target_mut());
        for target in targets.chain(self.handlers.iter_mut().map(|handler| &mut handler.target)) {
            if let Some(place) = places.get(*target as usize) {
                *target = *place;
            }
        }
    }
}
