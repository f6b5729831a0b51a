//! What the symbolic stack holds.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lancehead_ast::{Alias, Expr, Identifier, Operator, TypeParam};
use lancehead_pyc::{ObjectRef, PyStr};

use crate::code::constants::Origin;
use crate::code::definition::{Class, Function, TypeAlias};

/// A value on the symbolic stack.
#[derive(Debug, Clone)]
pub enum Value {
    /// NULL, or the self slot of a method call.
    Null,
    /// An expression that has been evaluated.
    Expr(Expr),
    /// One of several copies of a value.
    Shared(Rc<Shared>),
    /// A constant tuple or code object that an instruction takes apart.
    Const(ObjectRef, Origin),
    /// A function that has been made.
    Function(Rc<Function>),
    /// `__build_class__`.
    BuildClass,
    /// The result of a call of `__build_class__`.
    Class(Rc<Class>),
    /// A slot of the exception state of a handler.
    Exception,
    /// Whether the exception matches a type.
    ExceptionMatch(Expr),
    /// The part of an exception group that matches a type, or None.
    GroupMatch(Expr),
    /// Whether no part of an exception group matches a type.
    NoGroupMatch(Expr),
    /// The exit of a context manager.
    WithExit(Rc<Manager>),
    /// What entering a context manager gave.
    WithEnter,
    /// The namespace of a class body, which code nested in the class looks names up in.
    Namespace,
    /// What an exit gave, or what only the interpreter looks at.
    Ignored,
    /// An iterator over an iterable.
    Iterator(Rc<Expr>),
    /// The item of a loop.
    Item,
    /// What `LOAD_FAST_AND_CLEAR` saved.
    Saved,
    /// An item of an unpacked sequence.
    Slot(Rc<Unpacking>, usize),
    /// What `await` waits for.
    Awaitable(Expr),
    /// A comprehension that awaits: the compiler awaits what its function gives, and the source does not say so.
    AwaitingComprehension(Expr),
    /// What `yield from` draws on.
    YieldFromIter(Expr),
    /// The result of an augmented assignment before it is stored.
    Inplace(Rc<Inplace>),
    /// A module that an import statement has loaded.
    Module(Rc<Import>),
    /// A name taken from a module.
    ImportedName(Rc<Import>, Identifier),
    /// A value with `!s`, `!r` or `!a`.
    Converted(Box<Expr>, char),
    /// A part of a t-string.
    Interpolation(Rc<lancehead_ast::FStringPart>),
    /// A parameter of a hidden function of type parameters: what it was given is known to the code around.
    HiddenArgument(PyStr),
    /// A type parameter.
    TypeParam(Rc<TypeParam>),
    /// A `type` statement's value, before it is stored.
    TypeAlias(Rc<TypeAlias>),
}

/// A context manager that was entered.
#[derive(Debug, Clone)]
pub struct Manager {
    /// Its expression.
    pub context: Expr,
    /// Whether it is asynchronous.
    pub is_async: bool,
    /// The line of the `with` it was entered by; since 3.13 that of its expression.
    pub line: u32,
}

/// A value that was copied on the stack.
#[derive(Debug)]
pub struct Shared {
    /// The value.
    pub value: RefCell<Expr>,
    /// Targets that copies have been stored into so far: of a chained assignment, or of `:=`.
    pub pending: RefCell<Vec<Expr>>,
    /// How many times it has been used in an expression.
    pub uses: Cell<u32>,
}

/// A sequence being unpacked into targets.
#[derive(Debug)]
pub struct Unpacking {
    /// What is unpacked.
    pub source: Value,
    /// Its targets, as they become known.
    pub targets: RefCell<Vec<Option<Expr>>>,
    /// Which target is starred.
    pub starred: Option<usize>,
    /// The line of the bracket before the targets, or of the first of them.
    pub line: u32,
}

/// `left op= right`.
#[derive(Debug)]
pub struct Inplace {
    /// The target, as an expression.
    pub left: Expr,
    /// The operator.
    pub op: Operator,
    /// The operand.
    pub right: Expr,
}

/// An import under way.
#[derive(Debug)]
pub struct Import {
    /// The module.
    pub name: PyStr,
    /// How many dots.
    pub level: u32,
    /// Whether it is `from … import …`.
    pub is_from: bool,
    /// `lazy import`.
    pub is_lazy: bool,
    /// The names imported so far.
    pub names: RefCell<Vec<Alias>>,
}

/// A persistent stack: copying it for the other arm of a branch is free.
#[derive(Debug, Clone, Default)]
pub struct Stack(Option<Rc<Entry>>);

#[derive(Debug)]
struct Entry {
    value: Value,
    /// When the value was computed: evaluation order survives swaps.
    time: u32,
    below: Stack,
    depth: u32,
}

impl Stack {
    /// How many values there are.
    pub fn depth(&self) -> u32 {
        self.0.as_ref().map_or(0, |e| e.depth)
    }

    /// Pushes a value computed at `time`.
    pub fn push(&mut self, value: Value, time: u32) {
        let below = Stack(self.0.take());
        let depth = below.depth() + 1;
        self.0 = Some(Rc::new(Entry { value, time, below, depth }));
    }

    /// Pops a value and the time it was computed at.
    pub fn pop(&mut self) -> Option<(Value, u32)> {
        let entry = self.0.take()?;
        match Rc::try_unwrap(entry) {
            Ok(mut entry) => {
                self.0 = entry.below.0.take();
                let value = std::mem::replace(&mut entry.value, Value::Null);
                Some((value, entry.time))
            }
            Err(entry) => {
                self.0 = entry.below.0.clone();
                Some((entry.value.clone(), entry.time))
            }
        }
    }

    /// The value on top.
    pub fn top(&self) -> Option<&Value> {
        self.0.as_ref().map(|e| &e.value)
    }

    /// Values from the top downwards.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        std::iter::successors(self.0.as_deref(), |e| e.below.0.as_deref()).map(|e| &e.value)
    }

    /// Whether two stacks are one.
    pub fn same(&self, other: &Stack) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The stack without its top `count` values.
    pub fn without(&self, count: u32) -> Stack {
        let mut at = self.clone();
        for _ in 0..count {
            at = match &at.0 {
                Some(entry) => entry.below.clone(),
                None => break,
            };
        }
        at
    }

    /// The stack cut down to `depth` values.
    pub fn truncated(&self, depth: u32) -> Stack {
        self.without(self.depth().saturating_sub(depth))
    }
}

impl Drop for Entry {
    /// Drops a long chain without recursion.
    fn drop(&mut self) {
        let mut next = self.below.0.take();
        while let Some(entry) = next {
            match Rc::try_unwrap(entry) {
                Ok(mut entry) => next = entry.below.0.take(),
                Err(_) => break,
            }
        }
    }
}

impl Unpacking {
    /// Whether there is one target, which takes the only item.
    pub fn is_single(&self) -> bool {
        self.starred.is_none() && self.targets.borrow().len() == 1
    }
}

impl Shared {
    /// A value about to be copied.
    pub fn new(value: Expr) -> Rc<Shared> {
        Rc::new(Shared { value: RefCell::new(value), pending: RefCell::default(), uses: Cell::new(0) })
    }
}
