//! `match`: `compiler_match` and the patterns.

use std::rc::Rc;

use lancehead_ast::{Constant, Expr, MatchCase, Pattern};
use lancehead_ir::{Collection, Comparison, Operator};
use rustc_hash::FxHashMap;

use super::frame::Label;
use super::name::Use;
use super::{Lower, Result};
use crate::act::{Act, Grow};
use crate::intern::{Interner, Name, Value};

/// `pattern_context`: what lies on the stack while a pattern is matched.
#[derive(Debug, Clone, Default)]
struct Context {
    /// Captured names, their values on the stack in this order from below.
    stores: Vec<Name>,
    /// By how many values must be dropped first: where a failed match goes.
    fail: Vec<Label>,
    /// Values above the captures.
    on_top: u32,
    /// The lines of patterns, by their addresses in the tree.
    lines: Rc<FxHashMap<*const Pattern, u32>>,
}

impl Context {
    fn line(&self, pattern: &Pattern) -> Option<u32> {
        self.lines.get(&std::ptr::from_ref(pattern)).copied()
    }
}

impl<'a> Lower<'a> {
    pub fn match_stmt(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Result {
        self.expr(subject)?;
        let end = self.label();
        let Some((last, others)) = cases.split_last() else { return self.fault("`match` without cases") };
        let has_default = is_wildcard(&last.pattern) && cases.len() > 1;
        let tried = if has_default { others } else { cases };
        for (at, case) in tried.iter().enumerate() {
            if case.line != 0 {
                self.line = case.line;
            }
            let keeps_subject = at + 1 < tried.len();
            if keeps_subject {
                self.emit(Act::Copy(1));
            }
            let line = self.line;
            let mut context = Context { lines: lines_of(case), ..Context::default() };
            self.pattern(&case.pattern, &mut context)?;
            if !self.d.keeps_pattern_lines() {
                self.line = context.line(&case.pattern).unwrap_or(line);
            }
            for name in context.stores.clone() {
                self.name_op(name, Use::Store);
            }
            self.line = line;
            if let Some(guard) = &case.guard {
                let fail = self.fail_label(&mut context, 0);
                self.jump_if(guard, fail, false)?;
            }
            if keeps_subject {
                self.emit(Act::Pop);
            }
            self.conditional(&case.body)?;
            self.jump(end);
            self.place_fails(&mut context);
        }
        if has_default {
            if let Some(guard) = &last.guard {
                self.jump_if(guard, end, false)?;
            }
            self.conditional(&last.body)?;
        }
        self.place(end);
        Ok(())
    }

    fn fail_label(&mut self, context: &mut Context, pops: usize) -> Label {
        while context.fail.len() <= pops {
            let label = self.label();
            context.fail.push(label);
        }
        context.fail[pops]
    }

    fn fail_here(&mut self, context: &mut Context) -> Label {
        let pops = context.on_top as usize + context.stores.len();
        self.fail_label(context, pops)
    }

    fn fail_unless(&mut self, context: &mut Context) {
        let fail = self.fail_here(context);
        self.emit(Act::PopJump(false, fail.0));
    }

    /// `emit_and_reset_fail_pop`.
    fn place_fails(&mut self, context: &mut Context) {
        for (pops, label) in std::mem::take(&mut context.fail).into_iter().enumerate().rev() {
            self.place(label);
            if pops > 0 {
                self.emit(Act::Pop);
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern, context: &mut Context) -> Result {
        let line = self.line;
        self.line = context.line(pattern).unwrap_or(line);
        stacker::maybe_grow(64 * 1024, 1 << 20, || self.pattern_kind(pattern, context))?;
        if !self.d.keeps_pattern_lines() {
            self.line = line;
        }
        Ok(())
    }

    fn pattern_kind(&mut self, pattern: &Pattern, context: &mut Context) -> Result {
        match pattern {
            Pattern::Value(value) => {
                self.expr(value)?;
                self.emit(Act::Compare(Comparison::Equal));
                self.fail_unless(context);
                Ok(())
            }
            Pattern::Singleton(constant) => {
                let constant = match constant {
                    Constant::Bool(true) => Interner::TRUE,
                    Constant::Bool(false) => Interner::FALSE,
                    _ => Interner::NONE,
                };
                self.constant(constant);
                self.emit(Act::Is);
                self.fail_unless(context);
                Ok(())
            }
            Pattern::Sequence(patterns) => self.sequence(patterns, context),
            Pattern::Mapping { keys, patterns, rest } => self.mapping(keys, patterns, rest.as_ref(), context),
            Pattern::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.class_pattern(cls, patterns, kwd_attrs, kwd_patterns, context)
            }
            Pattern::Star(name) => self.capture(name.as_ref(), context),
            Pattern::As { pattern: None, name } => self.capture(name.as_ref(), context),
            Pattern::As { pattern: Some(pattern), name } => {
                context.on_top += 1;
                self.emit(Act::Copy(1));
                self.pattern(pattern, context)?;
                context.on_top -= 1;
                self.capture(name.as_ref(), context)
            }
            Pattern::Or(patterns) => self.alternatives(patterns, context),
        }
    }

    /// `pattern_helper_store_name`.
    fn capture(&mut self, name: Option<&lancehead_pyc::PyStr>, context: &mut Context) -> Result {
        let Some(name) = name else {
            self.emit(Act::Pop);
            return Ok(());
        };
        let name = self.mangled(name);
        self.rotate(context.on_top + context.stores.len() as u32 + 1);
        context.stores.push(name);
        Ok(())
    }

    /// `pattern_helper_rotate`.
    fn rotate(&mut self, count: u32) {
        if self.d.reorders_stores {
            (2..=count).rev().for_each(|index| self.emit(Act::Swap(index)));
        } else if count > 1 {
            self.emit(Act::Rotate(count));
        }
    }

    fn sequence(&mut self, patterns: &[Pattern], context: &mut Context) -> Result {
        let star = patterns.iter().position(|pattern| matches!(pattern, Pattern::Star(_)));
        let only_wildcards = patterns.iter().all(|p| is_wildcard(p) || matches!(p, Pattern::Star(None)));
        let star_wildcard = star.is_some_and(|at| matches!(patterns[at], Pattern::Star(None)));
        context.on_top += 1;
        self.emit(Act::MatchSequence);
        self.fail_unless(context);
        let (comparison, length) = match star {
            None => (Comparison::Equal, patterns.len()),
            Some(_) => (Comparison::GreaterEqual, patterns.len() - 1),
        };
        if star.is_none() || patterns.len() > 1 {
            self.check_length(comparison, length, context);
        }
        context.on_top -= 1;
        if only_wildcards {
            self.emit(Act::Pop);
            Ok(())
        } else if let (Some(star), true) = (star, star_wildcard) {
            self.subscripted(patterns, star, context)
        } else {
            match star {
                Some(before) => {
                    let after = patterns.len() - before - 1;
                    self.emit(Act::UnpackEx(before as u32, after as u32));
                }
                None => self.emit(Act::Unpack(patterns.len() as u32)),
            }
            context.on_top += patterns.len() as u32;
            for pattern in patterns {
                context.on_top -= 1;
                self.pattern(pattern, context)?;
            }
            Ok(())
        }
    }

    fn check_length(&mut self, comparison: Comparison, length: usize, context: &mut Context) {
        self.emit(Act::GetLen);
        let length = self.i.int(length as i64);
        self.constant(length);
        self.emit(Act::Compare(comparison));
        self.fail_unless(context);
    }

    /// `pattern_helper_sequence_subscr`: items around `*_` are fetched one by one.
    fn subscripted(&mut self, patterns: &[Pattern], star: usize, context: &mut Context) -> Result {
        context.on_top += 1;
        for (at, pattern) in patterns.iter().enumerate() {
            if at == star || is_wildcard(pattern) {
                continue;
            }
            self.emit(Act::Copy(1));
            if at < star {
                let index = self.i.int(at as i64);
                self.constant(index);
            } else {
                self.emit(Act::GetLen);
                let index = self.i.int((patterns.len() - at) as i64);
                self.constant(index);
                self.emit(Act::Binary(Operator::Subtract));
            }
            self.emit(Act::Subscript);
            self.pattern(pattern, context)?;
        }
        context.on_top -= 1;
        self.emit(Act::Pop);
        Ok(())
    }

    /// Tests that the top is not None, since 3.11 in place of a flag.
    fn check_found(&mut self, context: &mut Context) {
        if !self.d.match_flags() {
            self.emit(Act::Copy(1));
            self.constant(Interner::NONE);
            self.emit(Act::Is);
            self.emit(Act::Negate);
        }
        self.fail_unless(context);
    }

    /// Matches the values of the tuple on top; it counts as one of the values on top.
    fn fields<'p>(
        &mut self,
        patterns: impl ExactSizeIterator<Item = &'p Pattern>,
        context: &mut Context,
    ) -> Result {
        let count = patterns.len() as u32;
        if self.d.match_flags() {
            for (at, pattern) in patterns.enumerate().filter(|(_, pattern)| !is_wildcard(pattern)) {
                self.emit(Act::Copy(1));
                let index = self.i.int(at as i64);
                self.constant(index);
                self.emit(Act::Subscript);
                self.pattern(pattern, context)?;
            }
            context.on_top -= 1;
            self.emit(Act::Pop);
            return Ok(());
        }
        self.emit(Act::Unpack(count));
        context.on_top += count;
        context.on_top -= 1;
        for pattern in patterns {
            context.on_top -= 1;
            if is_wildcard(pattern) {
                self.emit(Act::Pop);
            } else {
                self.pattern(pattern, context)?;
            }
        }
        Ok(())
    }

    fn class_pattern(
        &mut self,
        cls: &Expr,
        patterns: &[Pattern],
        attrs: &[lancehead_pyc::PyStr],
        kwd_patterns: &[Pattern],
        context: &mut Context,
    ) -> Result {
        self.expr(cls)?;
        let attrs = attrs.iter().map(|attr| self.i.string(attr)).collect();
        let attrs = self.i.constant(Value::Tuple(attrs));
        self.constant(attrs);
        self.emit(Act::MatchClass(patterns.len() as u32));
        context.on_top += 1;
        self.check_found(context);
        let all: Vec<&Pattern> = patterns.iter().chain(kwd_patterns).collect();
        self.fields(all.into_iter(), context)
    }

    fn mapping(
        &mut self,
        keys: &[Expr],
        patterns: &[Pattern],
        rest: Option<&lancehead_pyc::PyStr>,
        context: &mut Context,
    ) -> Result {
        context.on_top += 1;
        self.emit(Act::MatchMapping);
        self.fail_unless(context);
        if keys.is_empty() && rest.is_none() {
            context.on_top -= 1;
            self.emit(Act::Pop);
            return Ok(());
        }
        if !keys.is_empty() {
            self.check_length(Comparison::GreaterEqual, keys.len(), context);
        }
        self.exprs(keys)?;
        let size = keys.len() as u32;
        self.emit(Act::Build(Collection::Tuple, size));
        self.emit(Act::MatchKeys);
        context.on_top += 2;
        self.check_found(context);
        self.fields(patterns.iter(), context)?;
        if self.d.match_flags() {
            context.on_top -= 1;
            if rest.is_some() {
                self.emit(Act::CopyDictWithoutKeys);
                self.capture(rest, context)?;
            } else {
                self.emit(Act::Pop);
            }
            context.on_top -= 1;
            self.emit(Act::Pop);
            return Ok(());
        }
        context.on_top -= 2;
        if rest.is_none() {
            self.emit(Act::Pop);
            self.emit(Act::Pop);
            return Ok(());
        }
        self.emit(Act::Build(Collection::Map, 0));
        self.emit(Act::Rotate(3));
        self.emit(Act::Swap(2));
        self.emit(Act::Grow(Grow::DictUpdate, 2));
        self.emit(Act::Unpack(size));
        for left in (1..=size).rev() {
            self.emit(Act::Copy(1 + left));
            self.emit(Act::Swap(2));
            self.emit(Act::DeleteSubscript);
        }
        self.capture(rest, context)
    }

    fn alternatives(&mut self, patterns: &[Pattern], context: &mut Context) -> Result {
        let end = self.label();
        let mut control: Option<Vec<Name>> = None;
        for pattern in patterns {
            let mut inner = Context { lines: Rc::clone(&context.lines), ..Context::default() };
            self.emit(Act::Copy(1));
            self.pattern(pattern, &mut inner)?;
            match &control {
                None => control = Some(inner.stores.clone()),
                Some(control) => self.reorder(control, &mut inner.stores)?,
            }
            self.jump(end);
            self.place_fails(&mut inner);
        }
        self.emit(Act::Pop);
        let fail = self.fail_here(context);
        self.jump(fail);
        self.place(end);
        let control = control.unwrap_or_default();
        let rotations = control.len() as u32 + 1 + context.on_top + context.stores.len() as u32;
        for name in control {
            self.rotate(rotations);
            context.stores.push(name);
        }
        self.emit(Act::Pop);
        Ok(())
    }

    /// Brings the captures of an alternative into the order of the first one's.
    fn reorder(&mut self, control: &[Name], stores: &mut Vec<Name>) -> Result {
        if control.len() != stores.len() {
            return self.fault("alternatives that bind different names");
        }
        for at in (0..control.len()).rev() {
            let Some(found) = stores.iter().position(|name| *name == control[at]) else {
                return self.fault("alternatives that bind different names");
            };
            if found == at {
                continue;
            }
            let rotated: Vec<Name> = stores.drain(..=found).collect();
            let place = at - found;
            stores.splice(place..place, rotated);
            for _ in 0..=found {
                self.rotate(at as u32 + 1);
            }
        }
        Ok(())
    }
}

/// The lines of a pattern and of all within it.
fn lines_of(case: &MatchCase) -> Rc<FxHashMap<*const Pattern, u32>> {
    let mut lines = FxHashMap::default();
    let mut waiting = vec![&case.pattern];
    let mut known = case.pattern_lines.iter();
    while let (Some(pattern), Some(line)) = (waiting.pop(), known.next()) {
        lines.insert(std::ptr::from_ref(pattern), *line);
        match pattern {
            Pattern::Sequence(patterns) | Pattern::Or(patterns) | Pattern::Mapping { patterns, .. } => {
                waiting.extend(patterns.iter().rev());
            }
            Pattern::Class { patterns, kwd_patterns, .. } => {
                waiting.extend(patterns.iter().chain(kwd_patterns).rev());
            }
            Pattern::As { pattern: Some(pattern), .. } => waiting.push(pattern),
            Pattern::As { .. } | Pattern::Value(_) | Pattern::Singleton(_) | Pattern::Star(_) => {}
        }
    }
    Rc::new(lines)
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::As { pattern: None, name: None })
}
