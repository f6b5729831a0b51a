//! Where `return`, `yield`, `await` and their like may stand.
//!
//! A parser takes them anywhere; the compiler does not (`symtable.c`, `compile.c`). Source that it refuses does nothing,
//! and so nothing is proven of it.

use super::build::{Builder, Result};
use super::{Kind, ScopeFault};

impl Builder<'_> {
    fn refuse_if(&self, wrong: bool, why: &'static str) -> Result {
        if wrong { Err(ScopeFault(why, self.line)) } else { Ok(()) }
    }

    /// `return`, with a value or without.
    pub fn returns(&mut self, has_value: bool) -> Result {
        self.scope().returns_value |= has_value;
        let is_function = self.scope().kind == Kind::Function;
        self.refuse_if(!is_function, "`return` outside of a function")
    }

    /// `yield`.
    pub fn yields(&mut self) -> Result {
        let kind = self.scope().kind;
        let in_comprehension =
            matches!(kind, Kind::Comprehension(_)) && !self.dialect.yields_in_comprehensions();
        self.scope().generator = true;
        self.refuse_if(matches!(kind, Kind::Module | Kind::Class), "`yield` outside of a function")?;
        self.refuse_if(in_comprehension, "`yield` in a comprehension")
    }

    /// `yield from`.
    pub fn delegates(&mut self) -> Result {
        self.yields()?;
        let is_async = self.scope().kind == Kind::Function && self.scope().coroutine;
        self.refuse_if(is_async, "`yield from` in an asynchronous function")
    }

    /// `await`.
    pub fn awaits(&mut self) -> Result {
        let is_there = match self.scope().kind {
            Kind::Function => self.scope().coroutine,
            kind => !matches!(kind, Kind::Module | Kind::Class | Kind::Lambda),
        };
        self.scope().coroutine = true;
        self.refuse_if(!is_there, "`await` outside of an asynchronous function")
    }

    /// An asynchronous comprehension. In a module one is taken, for code that stands alone.
    pub fn awaits_comprehension(&mut self) -> Result {
        match self.scope().kind {
            Kind::Module => {
                self.scope().coroutine = true;
                Ok(())
            }
            _ => self.awaits(),
        }
    }

    /// `async for` and `async with`.
    pub fn is_asynchronous(&mut self, is_async: bool) -> Result {
        let is_there = self.scope().kind == Kind::Function && self.scope().coroutine;
        self.refuse_if(is_async && !is_there, "`async` outside of an asynchronous function")
    }

    /// The end of a function.
    pub fn is_well_formed(&mut self) -> Result {
        let scope = self.scope();
        let wrong = scope.coroutine && scope.generator && scope.returns_value;
        self.refuse_if(wrong, "`return` with a value in an asynchronous generator")
    }
}
