//! Displays of tuples, lists, sets and dicts.

use std::borrow::Borrow;

use lancehead_ast::{Expr, ExprKind};
use lancehead_ir::Collection;

use super::expr::is_starred;
use super::{Lower, Result};
use crate::act::{Act, Grow};
use crate::intern::Value;

/// `STACK_USE_GUIDELINE`: more values are not kept on the stack at a time.
pub const STACK_USE_GUIDELINE: usize = 30;

/// What a display builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    Tuple,
    List,
    Set,
}

impl Display {
    fn collection(self) -> Collection {
        match self {
            Display::Tuple => Collection::Tuple,
            Display::List => Collection::List,
            Display::Set => Collection::Set,
        }
    }
}

impl<'a> Lower<'a> {
    pub fn tuple(&mut self, items: &[Expr]) -> Result {
        let in_place = self.d.folds_late() && items.len() <= 3
            || items.is_empty() && self.unfolded > 0 && !self.d.folds_empty_tuples();
        if let Some(items) = self.consts_of(items).filter(|_| !in_place) {
            let tuple = self.i.constant(Value::Tuple(items));
            self.constant(tuple);
            return Ok(());
        }
        self.display(items, 0, Display::Tuple)
    }

    pub fn list(&mut self, items: &[Expr]) -> Result {
        self.display(items, 0, Display::List)
    }

    pub fn set(&mut self, items: &[Expr]) -> Result {
        self.display(items, 0, Display::Set)
    }

    /// `starunpack_helper`; `pushed` items lie on the stack already.
    pub fn display<E: Borrow<Expr>>(&mut self, items: &[E], pushed: u32, what: Display) -> Result {
        if !self.d.extends_collections() {
            return self.display_by_unpacking(items, what);
        }
        let (base, add, extend) = match what {
            Display::Set => (Collection::Set, Grow::SetAdd, Grow::SetUpdate),
            _ => (Collection::List, Grow::ListAppend, Grow::ListExtend),
        };
        let is_tuple = what == Display::Tuple;
        let total = items.len() + pushed as usize;
        let is_big = self.d.limits_stack_use() && total > STACK_USE_GUIDELINE;
        let in_place = is_tuple && self.d.folds_late() && items.len() <= 3;
        if items.len() > 2
            && !in_place
            && !((is_big || pushed > 0) && self.d.folds_late())
            && let Some(items) = self.consts_of(items)
        {
            let folded = match what {
                Display::Set => self.frozenset(items),
                _ => self.i.constant(Value::Tuple(items)),
            };
            if is_tuple && (pushed == 0 || self.d.forgets_pushed()) {
                self.constant(folded);
                return Ok(());
            }
            self.emit(Act::Build(base, pushed));
            self.constant(folded);
            self.emit(Act::Grow(extend, 1));
            if is_tuple {
                self.emit(Act::ListToTuple);
            }
            return Ok(());
        }
        if !is_big && !items.iter().any(is_starred) {
            self.exprs(items)?;
            self.emit(Act::Build(what.collection(), total as u32));
            return Ok(());
        }
        let mut built = is_big;
        if is_big {
            self.emit(Act::Build(base, pushed));
        }
        for (at, item) in items.iter().enumerate() {
            if let ExprKind::Starred(value) = &item.borrow().kind {
                if !built {
                    self.begin_collection(&items[..at], pushed, base, extend)?;
                    built = true;
                }
                self.expr(value)?;
                self.emit(Act::Grow(extend, 1));
            } else {
                if built {
                    self.expr(item.borrow())?;
                    self.emit(Act::Grow(add, 1));
                }
            }
        }
        if is_tuple {
            self.emit(Act::ListToTuple);
        }
        Ok(())
    }

    /// A collection of what stands before the first starred item.
    fn begin_collection<E: Borrow<Expr>>(
        &mut self,
        items: &[E],
        pushed: u32,
        base: Collection,
        extend: Grow,
    ) -> Result {
        if self.d.folds_late()
            && items.len() > 2
            && pushed == 0
            && let Some(items) = self.consts_of(items)
        {
            let folded = match base {
                Collection::Set => self.frozenset(items),
                _ => self.i.constant(Value::Tuple(items)),
            };
            self.emit(Act::Build(base, 0));
            self.constant(folded);
            self.emit(Act::Grow(extend, 1));
            return Ok(());
        }
        self.exprs(items)?;
        self.emit(Act::Build(base, items.len() as u32 + pushed));
        Ok(())
    }

    /// 3.7, 3.8: parts are built and joined.
    fn display_by_unpacking<E: Borrow<Expr>>(&mut self, items: &[E], what: Display) -> Result {
        if !items.iter().any(is_starred) {
            self.exprs(items)?;
            self.emit(Act::Build(what.collection(), items.len() as u32));
            return Ok(());
        }
        let inner = if what == Display::Set { Collection::Set } else { Collection::Tuple };
        let parts = self.unpacked_parts(items, 0, inner)?;
        self.emit(Act::BuildUnpack(what.collection(), parts, false));
        Ok(())
    }

    /// Runs of plain items as collections, starred ones as they are; how many there are.
    pub fn unpacked_parts<E: Borrow<Expr>>(
        &mut self,
        items: &[E],
        pushed: u32,
        inner: Collection,
    ) -> Result<u32> {
        let (mut parts, mut seen) = (0, pushed);
        for item in items {
            if let ExprKind::Starred(value) = &item.borrow().kind {
                if seen > 0 {
                    self.emit(Act::Build(inner, seen));
                    seen = 0;
                    parts += 1;
                }
                self.expr(value)?;
                parts += 1;
            } else {
                self.expr(item.borrow())?;
                seen += 1;
            }
        }
        if seen > 0 {
            self.emit(Act::Build(inner, seen));
            parts += 1;
        }
        Ok(parts)
    }

    pub fn dict(&mut self, keys: &[Option<Expr>], values: &[Expr]) -> Result {
        let grows = self.d.extends_collections();
        let (mut have_dict, mut parts, mut from) = (false, 0, 0);
        let chunk = if self.d.limits_stack_use() { STACK_USE_GUIDELINE / 2 + 1 } else { 0xFFFF };
        let mut at = 0;
        while at < values.len() {
            let is_unpacking = keys.get(at).is_none_or(Option::is_none);
            if is_unpacking || at - from + 1 > chunk {
                // A full part takes the entry that filled it too.
                let to = if is_unpacking || !self.d.limits_stack_use() { at } else { at + 1 };
                if to > from {
                    self.dict_part(&keys[from..to], &values[from..to])?;
                    parts += 1;
                    if have_dict && grows {
                        self.emit(Act::Grow(Grow::DictUpdate, 1));
                    }
                    have_dict = true;
                }
                if !is_unpacking {
                    at = to;
                    from = to;
                    continue;
                }
                if !have_dict && grows {
                    self.emit(Act::Build(Collection::Map, 0));
                    have_dict = true;
                }
                self.expr(&values[at])?;
                parts += 1;
                if grows {
                    self.emit(Act::Grow(Grow::DictUpdate, 1));
                }
                from = at + 1;
            }
            at += 1;
        }
        if from < values.len() {
            self.dict_part(&keys[from..], &values[from..])?;
            parts += 1;
            if have_dict && grows {
                self.emit(Act::Grow(Grow::DictUpdate, 1));
            }
            have_dict = true;
        }
        if grows && !have_dict || parts == 0 {
            self.emit(Act::Build(Collection::Map, 0));
        } else if !grows && (parts > 1 || keys.iter().any(Option::is_none)) {
            self.emit(Act::BuildUnpack(Collection::Map, parts, false));
        }
        Ok(())
    }

    /// `compiler_subdict`.
    fn dict_part(&mut self, keys: &[Option<Expr>], values: &[Expr]) -> Result {
        let count = values.len();
        let big = self.d.limits_stack_use() && count * 2 > STACK_USE_GUIDELINE;
        let consts: Option<Vec<_>> =
            keys.iter().map(|key| key.as_ref().and_then(|key| self.const_of(key))).collect();
        if let Some(consts) = consts.filter(|_| count > 1 && !big && self.d.builds_const_key_maps()) {
            self.exprs(values)?;
            let consts = self.i.constant(Value::Tuple(consts));
            self.constant(consts);
            self.emit(Act::BuildConstKeyMap(count as u32));
            return Ok(());
        }
        if big {
            self.emit(Act::Build(Collection::Map, 0));
        }
        for (key, value) in keys.iter().zip(values) {
            key.as_ref().map_or(Ok(()), |key| self.expr(key))?;
            self.expr(value)?;
            if big {
                self.emit(Act::Grow(Grow::MapAdd, 1));
            }
        }
        if !big {
            self.emit(Act::Build(Collection::Map, count as u32));
        }
        Ok(())
    }
}
