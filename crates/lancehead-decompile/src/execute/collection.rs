//! Displays: tuples, lists, sets, dicts and slices; and the elements of comprehensions.

use lancehead_ast::{Expr, ExprKind};
use lancehead_ir::{Collection, Op};
use lancehead_pyc::Object;

use super::{Machine, is_none};
use crate::code::failure::Outcome;
use crate::execute::item::{Item, Source, UNNAMED_ITEM, element};
use crate::execute::value::Value;
use crate::tree::annotation_marker::REACHED;
use crate::tree::query::is_name;

/// `BUILD_…`.
pub fn build(m: &mut Machine<'_>, op: &Op) -> Outcome<()> {
    match *op {
        Op::Build(Collection::Map, count) => {
            let Some(count) = count.checked_mul(2) else { return m.fail("the stack is empty") };
            let parts = m.pop_exprs(count)?;
            let mut keys = Vec::new();
            let mut values = Vec::new();
            for part in parts {
                if keys.len() == values.len() { keys.push(Some(part)) } else { values.push(part) }
            }
            m.push_expr(ExprKind::Dict { keys, values });
        }
        Op::Build(collection, count) => {
            // A class with starred bases hands its body over in the tuple.
            let items = m.pop_elements(count)?;
            m.push_expr(display(collection, items));
        }
        Op::BuildConstKeyMap(count) => {
            let keys = m.pop_expr()?;
            let values = m.pop_exprs(count)?;
            let ExprKind::Tuple(keys) = keys.kind else { return m.fail("keys that are no tuple") };
            if keys.len() != values.len() {
                return m.fail("as many keys as values");
            }
            m.push_expr(ExprKind::Dict { keys: keys.into_iter().map(Some).collect(), values });
        }
        Op::BuildUnpack(Collection::Map, count) => {
            let (mut keys, mut values) = (Vec::new(), Vec::new());
            for part in m.pop_exprs(count)? {
                match part.kind {
                    ExprKind::Dict { keys: first, values: entries } if keys.is_empty() && count > 1 => {
                        (keys, values) = (first, entries);
                    }
                    _ => merge_into(&mut keys, &mut values, part),
                }
            }
            m.push_expr(ExprKind::Dict { keys, values });
        }
        Op::BuildUnpack(collection, count) => {
            let parts = m.pop_elements(count)?;
            // Of two groups in a row the source unpacks one, or they would be one group; and so it does with a lone one.
            let mut after_group = parts.len() == 1;
            let mut items = Vec::new();
            for part in parts {
                match part.kind {
                    ExprKind::Tuple(group) if !after_group && !group.is_empty() => {
                        items.extend(group);
                        after_group = true;
                    }
                    _ => {
                        items.push(starred(part));
                        after_group = false;
                    }
                }
            }
            m.push_expr(display(collection, items));
        }
        Op::BuildSlice(count) => {
            let mut parts = m.pop_exprs(count)?.into_iter();
            let none = || Expr::new(ExprKind::Constant(lancehead_ast::Constant::None));
            let lower = parts.next().unwrap_or_else(none);
            let upper = parts.next().unwrap_or_else(none);
            let line = m.line();
            let slice = slice(lower, upper, parts.next(), line);
            m.push(Value::Expr(slice));
        }
        _ => return m.fail("no collection"),
    }
    Ok(())
}

/// `lower:upper:step`, where None is nothing; a step of None was written.
pub fn slice(lower: Expr, upper: Expr, step: Option<Expr>, line: u32) -> Expr {
    let part = |expr: Expr| (!is_none(&expr)).then(|| Box::new(expr));
    Expr::at(ExprKind::Slice { lower: part(lower), upper: part(upper), step: step.map(Box::new) }, line)
}

fn display(collection: Collection, items: Vec<Expr>) -> ExprKind {
    match collection {
        Collection::Tuple => ExprKind::Tuple(items),
        Collection::List => ExprKind::List(items),
        Collection::Set | Collection::Map => ExprKind::Set(items),
    }
}

fn starred(expr: Expr) -> Expr {
    let line = expr.line;
    Expr::at(ExprKind::Starred(Box::new(expr)), line)
}

/// Entries that the compiler builds at a time before it merges them into a long dict display (`compiler_dict`).
const ENTRIES_AT_A_TIME: usize = 17;

/// Whether a display that is merged into a dict is entries of the same display, not one of its own after `**`: entries
/// are built by themselves after `**mapping`, and when there are many.
fn goes_on(keys: &[Option<Expr>]) -> bool {
    let entries = keys.iter().rev().take_while(|key| key.is_some()).count();
    !keys.is_empty() && entries % ENTRIES_AT_A_TIME == 0
}

fn merge_into(keys: &mut Vec<Option<Expr>>, values: &mut Vec<Expr>, part: Expr) {
    match part.kind {
        ExprKind::Dict { keys: more_keys, values: more_values } if goes_on(keys) => {
            keys.extend(more_keys);
            values.extend(more_values);
        }
        _ => {
            keys.push(None);
            values.push(part);
        }
    }
}

impl Machine<'_> {
    /// Pops expressions for a tuple; the body of a class among them gets a name to be found by.
    fn pop_elements(&mut self, count: u32) -> Outcome<Vec<Expr>> {
        if self.stack.depth() < count {
            return self.fail("the stack is empty");
        }
        let mut items = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let value = self.pop()?;
            items.push(match value {
                Value::Function(function) if !function.is_expression() => {
                    self.unit.keep_class_body(&function)
                }
                value => self.to_expr(value)?,
            });
        }
        items.reverse();
        Ok(items)
    }

    /// Pops the display at an index of the stack, below others that stay.
    fn change(&mut self, index: u32, change: impl FnOnce(&mut ExprKind) -> bool) -> Outcome<()> {
        let mut above = Vec::new();
        for _ in 1..index {
            above.push(self.pop_timed()?);
        }
        let (mut value, time) = self.pop_timed()?;
        let done = match &mut value {
            Value::Expr(expr) => change(&mut expr.kind),
            _ => false,
        };
        self.stack.push(value, time);
        for (value, time) in above.into_iter().rev() {
            self.stack.push(value, time);
        }
        if done { Ok(()) } else { self.fail("a collection that is not built here") }
    }

    /// `LIST_EXTEND`, `SET_UPDATE`.
    pub fn extend(&mut self, index: u32, _collection: Collection) -> Outcome<()> {
        // A literal of constants is built from a tuple or frozenset of them.
        let (more, constant) = match self.pop()? {
            Value::Const(object, origin) if matches!(*object, Object::Tuple(_) | Object::FrozenSet(_)) => {
                (self.to_expr(Value::Const(object, origin))?, true)
            }
            value => (self.to_expr(value)?, false),
        };
        if index != 1 {
            let line = self.line();
            self.items.push(element(starred(more), line));
            return Ok(());
        }
        self.change(index, |kind| {
            let (ExprKind::List(items) | ExprKind::Set(items)) = kind else { return false };
            match more.kind {
                ExprKind::Tuple(group) | ExprKind::Set(group)
                    if constant && items.is_empty() && !group.is_empty() =>
                {
                    items.extend(group);
                }
                _ => items.push(starred(more)),
            }
            true
        })
    }

    /// The item of a loop that yields it without storing it: a starred element of a generator expression (PEP 798).
    pub fn unnamed_item(&mut self) -> Expr {
        let item = self.at_line(ExprKind::Name(UNNAMED_ITEM.into()));
        self.items.push(Item::Bind(Source::Item, item.clone()));
        item
    }

    /// `DICT_UPDATE`, `DICT_MERGE`.
    pub fn merge(&mut self, index: u32) -> Outcome<()> {
        let more = self.pop_expr()?;
        if index != 1
            && !matches!(self.stack.top(), Some(Value::Expr(Expr { kind: ExprKind::Dict { .. }, .. })))
        {
            let line = self.line();
            let dict = Expr::at(ExprKind::Dict { keys: vec![None], values: vec![more] }, line);
            self.items.push(element(dict, line));
            return Ok(());
        }
        self.change(1, |kind| {
            let ExprKind::Dict { keys, values } = kind else { return false };
            merge_into(keys, values, more);
            true
        })
    }

    /// `LIST_APPEND`, `SET_ADD`: of a long display, or of a comprehension, whose iterator lies in between.
    pub fn append(&mut self, index: u32, _collection: Collection) -> Outcome<()> {
        let item = self.pop_expr()?;
        if matches!(self.stack.top(), Some(Value::Expr(set)) if is_name(set, REACHED)) {
            self.pop()?;
            self.push(Value::Ignored);
            self.emit(crate::tree::annotation_marker::marker(item));
            return Ok(());
        }
        if index != 1 {
            let line = self.line();
            self.items.push(element(item, line));
            return Ok(());
        }
        self.change(index, |kind| {
            let (ExprKind::List(items) | ExprKind::Set(items)) = kind else { return false };
            items.push(item);
            true
        })
    }

    /// `MAP_ADD`.
    pub fn map_add(&mut self, index: u32, value_first: bool) -> Outcome<()> {
        let top = self.pop_expr()?;
        let below = self.pop_expr()?;
        let (key, value) = if value_first { (top, below) } else { (below, top) };
        if index != 1 {
            let line = self.line();
            let dict = Expr::at(ExprKind::Dict { keys: vec![Some(key)], values: vec![value] }, line);
            self.items.push(element(dict, line));
            return Ok(());
        }
        self.change(index, |kind| {
            let ExprKind::Dict { keys, values } = kind else { return false };
            keys.push(Some(key));
            values.push(value);
            true
        })
    }

    /// A tuple display with starred items is built as a list.
    pub fn list_to_tuple(&mut self) -> Outcome<()> {
        let list = self.pop_expr()?;
        let kind = match list.kind {
            ExprKind::List(items) => ExprKind::Tuple(items),
            _ => return self.fail("a tuple of something that is no list"),
        };
        self.push(Value::Expr(Expr { kind, line: list.line }));
        Ok(())
    }
}
