//! What the verifier knows of a value on the stack.

/// What a stack slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// Some object.
    Value,
    /// A list, as `BUILD_LIST` makes it.
    List,
    /// A set.
    Set,
    /// A dict.
    Dict,
    /// A tuple.
    Tuple,
    /// A tuple of this many cells.
    Closure(u32),
    /// A code object with this many free variables.
    Code(u32),
    /// A function that lacks a closure for this many free variables.
    Open(u32),
    /// A cell.
    Cell,
    /// An exception being handled.
    Exception,
    /// The exception that was being handled before, as `PUSH_EXC_INFO` saves it.
    Saved,
    /// Nothing: a C `NULL`.
    Null,
    /// An object or `NULL`.
    MaybeNull,
}

impl Slot {
    /// What is known where two paths meet.
    pub fn join(self, other: Slot) -> Slot {
        match (self, other) {
            (a, b) if a == b => a,
            (Slot::Null | Slot::MaybeNull, _) | (_, Slot::Null | Slot::MaybeNull) => Slot::MaybeNull,
            (Slot::Open(n), _) | (_, Slot::Open(n)) => Slot::Open(n),
            (Slot::Closure(_) | Slot::Tuple, Slot::Closure(_) | Slot::Tuple) => Slot::Tuple,
            _ => Slot::Value,
        }
    }

    /// Whether any instruction may use it.
    pub fn is_object(self) -> bool {
        !matches!(self, Slot::Null | Slot::MaybeNull | Slot::Open(1..))
    }

    /// In words, for messages.
    pub fn describe(self) -> &'static str {
        match self {
            Slot::Value => "an object",
            Slot::List => "a list",
            Slot::Set => "a set",
            Slot::Dict => "a dict",
            Slot::Tuple => "a tuple",
            Slot::Closure(_) => "a tuple of cells",
            Slot::Code(_) => "a code object",
            Slot::Open(_) => "a function without its closure",
            Slot::Cell => "a cell",
            Slot::Exception => "an exception",
            Slot::Saved => "a saved exception",
            Slot::Null => "NULL",
            Slot::MaybeNull => "an object or NULL",
        }
    }
}
