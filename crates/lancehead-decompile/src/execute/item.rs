//! Statements, and the parts of statements that an enclosing one takes up.

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind, Suite};

/// What an item is called that a loop yields without storing it: no source has such a name.
pub const UNNAMED_ITEM: &str = "<item>";

/// What a loop, `with` or handler hands to the statement that binds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The item of a `for`.
    Item,
    /// What entering a `with` gave.
    Enter,
    /// The exception of an `except … as`.
    Exception,
}

/// A statement, or a target that the enclosing statement binds.
///
/// In the body of a comprehension, an element that is added is a `yield` statement; for a dict, of a one-entry dict.
#[derive(Debug, Clone)]
pub enum Item {
    /// A finished statement.
    Stmt(Stmt),
    /// A target bound by the enclosing `for`, `with` or `except`.
    Bind(Source, Expr),
}

/// Splits off the target that the enclosing statement binds, if the items start with one.
///
/// Gives back the target and the statements; a target from another source, or one that comes later, is `Err`.
pub fn take_bound(items: Vec<Item>, source: Source) -> Result<(Option<Expr>, Suite), Source> {
    let mut target = None;
    let mut suite = Suite::with_capacity(items.len());
    for item in items {
        match item {
            Item::Stmt(stmt) => suite.push(stmt),
            Item::Bind(from, expr) if from == source && target.is_none() && suite.is_empty() => {
                target = Some(expr);
            }
            Item::Bind(from, _) => return Err(from),
        }
    }
    Ok((target, suite))
}

/// The statement that adds an element to the collection of a comprehension.
pub fn element(value: Expr, line: u32) -> Item {
    let value = Expr::at(ExprKind::Yield(Some(Box::new(value))), line);
    Item::Stmt(Stmt::at(StmtKind::Expr(value), line))
}
