//! What the verifier knows of a value on the stack.

use lancehead_isa::{Instruction, Opcode, decode};
use lancehead_pyc::{CodeObject, co_flags};

/// What matters of a code object when a function is made of it and called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Callee {
    /// How many free variables it has.
    pub free: u32,
    /// Whether calling it gives a generator.
    pub generator: bool,
    /// Whether it takes for granted that its only argument is an iterator, as comprehensions do.
    pub iterates: bool,
    /// Whether nothing may be done with the function but to call it: compilers hand no comprehension's function on.
    pub is_called_at_once: bool,
}

impl Callee {
    pub fn of(code: &CodeObject, strict: bool) -> Callee {
        let loads_and_iterates = |pair: &[Instruction]| {
            let [load, iterate] = pair else { return false };
            load.opcode == Opcode::LOAD_FAST && load.arg == 0 && iterate.opcode == Opcode::FOR_ITER
        };
        let iterates = code.slot_name(0).is_some_and(|name| *name == ".0")
            && decode(code.version, &code.code).is_ok_and(|all| all.windows(2).any(loads_and_iterates));
        let is_generator = code.flags & co_flags::GENERATOR != 0
            && code.slot_name(0).is_some_and(|name| *name == ".0")
            && decode(code.version, &code.code).is_ok_and(|all| starts_as_generator(&all));
        Callee {
            free: code.freevars.len() as u32,
            generator: is_generator,
            iterates,
            is_called_at_once: strict && iterates,
        }
    }
}

/// Whether calling this code gives a generator, whatever its arguments are: nothing comes before it that could return.
fn starts_as_generator(code: &[Instruction]) -> bool {
    use Opcode::{
        COPY_FREE_VARS, GET_AITER, GET_ITER, LOAD_FAST, LOAD_FAST_BORROW, MAKE_CELL, NOP, PUSH_NULL, RESUME,
    };
    let is_prologue = |found: &&Instruction| {
        matches!(
            found.opcode,
            COPY_FREE_VARS
                | MAKE_CELL
                | NOP
                | RESUME
                | LOAD_FAST
                | LOAD_FAST_BORROW
                | GET_ITER
                | GET_AITER
                | PUSH_NULL
        )
    };
    code.iter()
        .find(|found| !is_prologue(found))
        .is_some_and(|found| found.opcode == Opcode::RETURN_GENERATOR)
}

/// Why the end of a `with` or `finally` was reached (3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// `break`.
    Break,
    /// `return`, whose value lies beneath.
    Return,
    /// `continue`, back to this byte offset, which lies beneath.
    Continue(u32),
    /// The exit function of a `with` wants no more of the exception.
    Silenced,
}

/// Which of the values that make up an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it, in one value (since 3.11).
    All,
    /// Its traceback (up to 3.10, as the rest).
    Traceback,
    /// The instance.
    Value,
    /// The class.
    Type,
}

impl Part {
    /// The three values of an exception as they lie on the stack, the lowest first.
    pub const THREE: [Part; 3] = [Part::Traceback, Part::Value, Part::Type];
}

/// What a stack slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// Some object.
    Value,
    /// A list, as `BUILD_LIST` makes it.
    List,
    /// A list of nothing but exceptions and `None`, that nobody else can change.
    Exceptions,
    /// A set.
    Set,
    /// A dict.
    Dict,
    /// A tuple.
    Tuple,
    /// A tuple of a name, type parameters or None, and a function: what a type alias is made of.
    AliasParts,
    /// A tuple of defaults or a dict of keyword defaults, as the caller of a generic function's type parameters made it.
    Defaults,
    /// A string.
    Str,
    /// `True` or `False`.
    Bool,
    /// An integer, of the type itself.
    Int,
    /// `None`.
    NoneObject,
    /// A tuple of this many cells.
    Closure(u32),
    /// A code object.
    Code(Callee),
    /// A function just made of a code object. `free` is 0 once it has its closure.
    Function(Callee),
    /// A cell.
    Cell,
    /// An iterator, whose type has `tp_iternext`.
    Iterator,
    /// Where an exception was raised, as a handler gets it since 3.14: a number that is no object.
    LastiTag,
    /// What lies above an iterator since 3.15: an index, or `NULL`.
    Index,
    /// An exception being handled.
    Exception(Part),
    /// Where an exception was raised, which its handler asked for.
    Lasti,
    /// What an exception group left, or `None`: nothing may take it for an exception before it is told apart.
    ExceptionOrNone,
    /// The same as the `ExceptionOrNone` right beneath.
    CopyOfBeneath,
    /// The exception that was being handled before, as `PUSH_EXC_INFO` saves it. Up to 3.10, instance and traceback are
    /// `NULL` if there was none.
    Saved(Part),
    /// Nothing: a C `NULL`.
    Null,
    /// Why the end of a `with` or `finally` was reached (3.7).
    Reason(Why),
    /// Where to go on behind a `finally` body: a byte offset (3.8).
    Address(u32),
    /// What the first `send` will pass to a generator that is not made yet: not there (3.11 and 3.12).
    Unsent,
    /// An object or `NULL`.
    MaybeNull,
    /// An index on one path, something else on another.
    Unusable,
}

impl Slot {
    /// What is known where two paths meet.
    pub fn join(self, other: Slot) -> Slot {
        match (self, other) {
            (a, b) if a == b => a,
            (Slot::Index, Slot::Null) | (Slot::Null, Slot::Index) => Slot::Index,
            (Slot::LastiTag | Slot::Index | Slot::Unusable | Slot::Unsent, _)
            | (_, Slot::LastiTag | Slot::Index | Slot::Unusable | Slot::Unsent) => Slot::Unusable,
            (a, b) if a.may_be_null() || b.may_be_null() => Slot::MaybeNull,
            (Slot::ExceptionOrNone, Slot::Exception(_) | Slot::NoneObject)
            | (Slot::Exception(_) | Slot::NoneObject, Slot::ExceptionOrNone) => Slot::ExceptionOrNone,
            (Slot::Function(callee), _) | (_, Slot::Function(callee))
                if !Slot::Function(callee).is_object() =>
            {
                Slot::Unusable
            }
            (a, b) if a.is_tuple() && b.is_tuple() => Slot::Tuple,
            (a, b) if a.is_list() && b.is_list() => Slot::List,
            _ => Slot::Value,
        }
    }

    /// Whether any instruction may use it.
    pub fn is_object(self) -> bool {
        !matches!(
            self,
            Slot::Null
                | Slot::MaybeNull
                | Slot::Saved(Part::Traceback | Part::Value)
                | Slot::LastiTag
                | Slot::Index
                | Slot::Unusable
                | Slot::Unsent
                | Slot::Function(Callee { free: 1.., .. } | Callee { is_called_at_once: true, .. })
        )
    }

    /// Whether there may be nothing, a C `NULL`.
    pub fn may_be_null(self) -> bool {
        matches!(self, Slot::Null | Slot::MaybeNull | Slot::Saved(Part::Traceback | Part::Value))
    }

    /// Whether it decides where control goes at the end of a `finally` body (3.7 and 3.8).
    pub fn is_reason(self) -> bool {
        matches!(self, Slot::Null | Slot::NoneObject | Slot::Reason(_) | Slot::Address(_))
    }

    pub fn is_tuple(self) -> bool {
        matches!(self, Slot::Tuple | Slot::AliasParts | Slot::Closure(_))
    }

    pub fn is_list(self) -> bool {
        matches!(self, Slot::List | Slot::Exceptions)
    }

    /// Whether it is an exception, in one value, or `None`.
    pub fn is_exception_or_none(self) -> bool {
        matches!(self, Slot::Exception(Part::All) | Slot::ExceptionOrNone | Slot::NoneObject)
    }

    /// Whether it may stand beside a callable, or be kept in a variable.
    pub fn is_object_or_null(self) -> bool {
        self.is_object() || self.may_be_null()
    }

    /// In words, for messages.
    pub fn describe(self) -> &'static str {
        match self {
            Slot::Value => "an object",
            Slot::List => "a list",
            Slot::Exceptions => "a list of exceptions",
            Slot::Set => "a set",
            Slot::Dict => "a dict",
            Slot::Tuple => "a tuple",
            Slot::AliasParts => "the parts of a type alias",
            Slot::Defaults => "defaults",
            Slot::Str => "a string",
            Slot::Bool => "a bool",
            Slot::Int => "an integer",
            Slot::NoneObject => "None",
            Slot::Closure(_) => "a tuple of cells",
            Slot::Code(..) => "a code object",
            Slot::Function(Callee { is_called_at_once: true, .. }) => {
                "a function that must be called with an iterator"
            }
            Slot::Function(..) => "a function without its closure",
            Slot::Cell => "a cell",
            Slot::Iterator => "an iterator",
            Slot::Index => "the index of an iterator",
            Slot::Exception(Part::All) => "an exception",
            Slot::Exception(Part::Traceback) => "the traceback of an exception",
            Slot::Exception(Part::Value) => "the instance of an exception",
            Slot::Exception(Part::Type) => "the class of an exception",
            Slot::ExceptionOrNone | Slot::CopyOfBeneath => "an exception or None",
            Slot::Lasti | Slot::LastiTag => "where an exception was raised",
            Slot::Saved(Part::All) => "a saved exception",
            Slot::Saved(Part::Traceback) => "the traceback of a saved exception",
            Slot::Saved(Part::Value) => "the instance of a saved exception",
            Slot::Saved(Part::Type) => "the class of a saved exception",
            Slot::Reason(_) | Slot::Address(_) => "where to go on behind a finally",
            Slot::Null => "NULL",
            Slot::Unsent => "what is sent to the generator, before it is made",
            Slot::MaybeNull => "an object or NULL",
            Slot::Unusable => "now an object, now an index",
        }
    }
}
