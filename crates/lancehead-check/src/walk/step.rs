//! One step of both sides.

use lancehead_ir::Variable;

use super::arity::{self, Arity};
use super::side::{Broken, MAX_STACK, Place, Side};
use super::taken::{Raised, take};
use super::value::{Val, Why};
use super::{Result, State, Stop, Threading, Walk, in_a, in_b};
use crate::act::{Act, Grow, Setup};
use crate::intern::{Const, Name, Value};

impl Walk<'_> {
    /// Compares a step and goes on behind it; false when control ends.
    pub(super) fn step(&mut self, a: Act, b: Act, state: &mut State) -> Result<bool> {
        // Only a test that directly follows another may be skipped for it.
        if !matches!(a, Act::PopJump(..) | Act::JumpOrPop(..)) {
            state.truths.clear();
        }
        match a {
            _ if self.is_loose => self.hides_temporaries(b, state)?,
            Act::Load(Variable::Fast, _) | Act::Store(Variable::Fast, _) => self.same_blocks(a, state)?,
            _ => {}
        }
        match (a, b) {
            (Act::PopJump(..) | Act::JumpOrPop(..), Act::PopJump(..) | Act::JumpOrPop(..)) => {
                self.branch(a, b, state)
            }
            (Act::ForIter(x), Act::ForIter(y)) => self.for_iter(x, y, state),
            (Act::Send(x), Act::Send(y)) => self.send(x, y, state),
            (Act::Return, Act::Return) => self.same(1, state, a).map(|()| false),
            (Act::Raise(n), Act::Raise(m)) if n == m => {
                self.raise(a, state)?;
                self.same(n, state, a).map(|()| false)
            }
            (Act::Setup(x, to_a), Act::Setup(y, to_b)) if x == y => self.set_up(x, to_a, to_b, state),
            (Act::CallFinally(to_a), Act::CallFinally(to_b)) => self.call_finally(to_a, to_b, state),
            (Act::EndFinally, Act::EndFinally) => self.end_finally(state),
            (Act::PopFinally(x), Act::PopFinally(y)) if x == y => self.pop_finally(x, state),
            (Act::Reraise(_), Act::Reraise(_)) => {
                self.raise(a, state)?;
                self.same(1, state, a).map(|()| false)
            }
            (Act::Pop, Act::Pop) => {
                self.same(1, state, a)?;
                in_a(state.a.pop())?;
                in_b(state.b.pop())?;
                self.next(state);
                Ok(true)
            }
            (Act::Store(Variable::Fast, _), Act::Store(Variable::Fast, _)) if a == b => {
                self.store_fast(a, state)
            }
            (Act::LoadAndClear(_), Act::LoadAndClear(_)) => self.load_and_clear(state),
            (Act::PopExcept, Act::PopExcept) => self.pop_except(state),
            (Act::EndAsyncFor, Act::EndAsyncFor) => self.end_async_for(state),
            (Act::WithCleanupStart, Act::WithCleanupStart) => self.with_cleanup_start(state),
            (Act::WithCleanupFinish, Act::WithCleanupFinish) => self.with_cleanup_finish(state),
            (Act::BuildString(n), Act::BuildString(m)) => self.build_string(n, m, state),
            (Act::Grow(x, i), Act::Grow(y, j)) if x == y => self.grow(a, x, i, j, state),
            _ if a == b && !self.is_loose => self.plain(a, state),
            _ if self.is_loose => self.loose_step(a, b, state),
            _ => self.differs(a, b),
        }
    }

    /// To 3.10: what hardly ever raises stands on the same side of the end of a block as well.
    fn same_blocks(&self, act: Act, state: &State) -> Result<()> {
        if self.dialect.exception_table
            || self.a.blocks.handlers(state.a.blocks) == self.b.blocks.handlers(state.b.blocks)
        {
            return Ok(());
        }
        let name = act.show(self.interner);
        Err(Stop::Differs(format!("{name} in another block"), name))
    }

    /// A step that is known by what it takes and leaves.
    pub(super) fn plain(&mut self, act: Act, state: &mut State) -> Result<bool> {
        let Some(Arity { pop, peek, push }) = arity::of(act, self.dialect) else {
            return Err(Stop::BrokenBytecode("an instruction where it cannot stand"));
        };
        if push as usize > MAX_STACK {
            return Err(Stop::BrokenBytecode("the stack holds too many values"));
        }
        self.raise(act, state)?;
        if !self.is_unsaid(act, state)? {
            self.same(pop.saturating_add(peek), state, act)?;
        }
        in_a(drop_top(&mut state.a, pop))?;
        in_b(drop_top(&mut state.b, pop))?;
        for _ in 0..push {
            let value = self.fresh();
            in_a(state.a.push(value))?;
            in_b(state.b.push(value))?;
        }
        self.next(state);
        Ok(true)
    }

    /// To 3.10: a block begins. Its handler counts even if nothing in it can raise.
    fn set_up(&mut self, kind: Setup, to_a: u32, to_b: u32, state: &mut State) -> Result<bool> {
        in_a(self.a.set_up(kind, to_a, &mut state.a))?;
        in_b(self.b.set_up(kind, to_b, &mut state.b))?;
        self.raise_from(state.a.pc, Act::Setup(kind, to_a), state)?;
        self.next(state);
        Ok(true)
    }

    /// 3.8: calls a `finally` body. What follows counts even if the body does not come back.
    fn call_finally(&mut self, to_a: u32, to_b: u32, state: &mut State) -> Result<bool> {
        let mut after = state.clone();
        self.next(&mut after);
        self.work.push(after);
        let (back_a, back_b) = (state.a.pc + 1, state.b.pc + 1);
        in_a(state.a.push(Val::Return(back_a)))?;
        in_b(state.b.push(Val::Return(back_b)))?;
        (state.a.pc, state.b.pc) = (to_a, to_b);
        Ok(true)
    }

    /// What led to a `finally` body is of one kind on both sides.
    fn same_reason(&mut self, index: u32, act: Act, state: &State) -> Result<bool> {
        let (x, y) = (in_a(state.a.peek(index))?, in_b(state.b.peek(index))?);
        match (x, y) {
            (Val::Id(_), Val::Id(_)) => {
                self.same(index, state, act)?;
                Ok(true)
            }
            (Val::Return(_), Val::Return(_)) => Ok(false),
            _ if x == y => Ok(false),
            _ => {
                let (name, x, y) = (act.show(self.interner), x.show(self.interner), y.show(self.interner));
                Err(Stop::Differs(format!("{name} after {x}"), format!("{name} after {y}")))
            }
        }
    }

    fn end_finally(&mut self, state: &mut State) -> Result<bool> {
        if self.same_reason(1, Act::EndFinally, state)? {
            self.raise(Act::EndFinally, state)?;
            // What follows counts though the exception is always raised again.
            in_a(self.a.leave_handler(&mut state.a))?;
            in_b(self.b.leave_handler(&mut state.b))?;
            self.next(state);
            return Ok(true);
        }
        in_a(self.a.end_finally(&mut state.a))?;
        in_b(self.b.end_finally(&mut state.b))?;
        Ok(true)
    }

    fn pop_finally(&mut self, keep: bool, state: &mut State) -> Result<bool> {
        self.same_reason(1 + u32::from(keep), Act::PopFinally(keep), state)?;
        in_a(self.a.pop_finally(keep, &mut state.a))?;
        in_b(self.b.pop_finally(keep, &mut state.b))?;
        Ok(true)
    }

    /// Strings are joined: empty ones, which some patch levels of 3.12 add to format specifications, say nothing.
    fn build_string(&mut self, n: u32, m: u32, state: &mut State) -> Result<bool> {
        let act = Act::BuildString(n);
        self.raise(act, state)?;
        let empty = self.interner.string(&lancehead_pyc::PyStr::default());
        let said = |place: &Place, count: u32| {
            let from = place
                .stack
                .len()
                .checked_sub(count as usize)
                .ok_or(Broken("the stack holds too few values"))?;
            let parts = place.stack[from..].iter().copied();
            Ok(parts.filter(|part| *part != Val::Const(empty)).collect::<Vec<Val>>())
        };
        let (x, y) = (in_a(said(&state.a, n))?, in_b(said(&state.b, m))?);
        if x != y {
            return self.differs(act, Act::BuildString(m));
        }
        in_a(drop_top(&mut state.a, n))?;
        in_b(drop_top(&mut state.b, m))?;
        let joined = self.fresh();
        in_a(state.a.push(joined))?;
        in_b(state.b.push(joined))?;
        self.next(state);
        Ok(true)
    }

    /// Where a class starts and what its methods assign to `self` is not what its source says: the one is a place, the
    /// other an unordered set that is compared as such.
    fn is_unsaid(&mut self, act: Act, state: &State) -> Result<bool> {
        let Act::Store(Variable::Name, name) = act else { return Ok(false) };
        let spelled = self.interner.spell(name);
        let (is_line, is_set) = (*spelled == "__firstlineno__", *spelled == "__static_attributes__");
        if !is_line && !is_set {
            return Ok(false);
        }
        let (Val::Const(x), Val::Const(y)) = (in_a(state.a.peek(1))?, in_b(state.b.peek(1))?) else {
            return Ok(false);
        };
        Ok(match (self.interner.value(x), self.interner.value(y)) {
            (Value::Int(_), Value::Int(_)) => is_line,
            (Value::Tuple(x), Value::Tuple(y)) => {
                let sorted = |items: &[Const]| {
                    let mut items = items.to_vec();
                    items.sort_unstable();
                    items
                };
                is_set && sorted(x) == sorted(y)
            }
            _ => false,
        })
    }

    pub(super) fn next(&mut self, state: &mut State) {
        state.a.pc += 1;
        state.b.pc += 1;
    }

    /// The top values of both sides are the same.
    pub(super) fn same(&mut self, count: u32, state: &State, act: Act) -> Result<()> {
        for index in 1..=count {
            let (x, y) = (in_a(state.a.peek(index))?, in_b(state.b.peek(index))?);
            if !self.equal(x, y) {
                let name = act.show(self.interner);
                let (x, y) = (x.show(self.interner), y.show(self.interner));
                return Err(Stop::Differs(format!("{name} with {x}"), format!("{name} with {y}")));
            }
        }
        Ok(())
    }

    pub(super) fn equal(&mut self, a: Val, b: Val) -> bool {
        match (a, b) {
            (Val::Code(x), Val::Code(y)) => {
                self.pairs.push((x, y));
                true
            }
            (Val::Return(_), Val::Return(_)) => true,
            _ => a == b,
        }
    }

    /// Where the exception of a step goes, on both sides.
    pub(super) fn raise(&mut self, act: Act, state: &State) -> Result<()> {
        if !arity::can_raise(act, self.dialect) {
            return Ok(());
        }
        self.raise_from(state.a.pc, act, state)
    }

    fn raise_from(&mut self, a_pc: u32, act: Act, state: &State) -> Result<()> {
        let (a, b) = (self.a.handler(a_pc, &state.a), self.b.handler(state.b.pc, &state.b));
        let (Some(a), Some(b)) = (a, b) else {
            if a.is_none() && b.is_none() {
                return Ok(());
            }
            let name = act.show(self.interner);
            let text = |handled: bool| {
                format!("{name} {}", if handled { "in a try block" } else { "outside of the try block" })
            };
            return Err(Stop::Differs(text(a.is_some()), text(b.is_some())));
        };
        if a.2 != b.2 && !self.is_loose {
            let name = act.show(self.interner);
            return Err(Stop::Differs(format!("{name} under another handler"), name));
        }
        let raised = if state.truths.is_empty() { Raised::of((a, &state.a), (b, &state.b)) } else { None };
        if raised.is_some() && raised == self.raised {
            return Ok(());
        }
        let exception = [self.fresh(), self.fresh(), self.fresh()];
        let to = |place: &Place,
                  side: &mut Side<'_>,
                  (target, depth, lasti, blocks): (u32, u32, bool, u32)| {
            let Some(stack) = place.stack.get(..depth as usize) else {
                return Err(Broken("the stack holds fewer values than its handler keeps"));
            };
            let stack = stack.into();
            let temporaries = place.temporaries.clone();
            let mut at = Place { pc: target, blocks, stack, temporaries, joined: true };
            if side.dialect.exception_table {
                if lasti {
                    at.push(Val::Null)?;
                }
                at.push(exception[0])?;
            } else {
                let frame = super::side::Frame { kind: super::side::FrameKind::Handler, target: 0, depth };
                at.blocks = side.blocks.push(blocks, frame);
                for value in [Val::Null; 3].into_iter().chain(exception) {
                    at.push(value)?;
                }
            }
            Ok::<Place, Broken>(at)
        };
        let a = in_a(to(&state.a, &mut self.a, a))?;
        let b = in_b(to(&state.b, &mut self.b, b))?;
        let mut handled = State { a, b, truths: state.truths.clone() };
        prune(&mut handled);
        // Most steps of a block raise into the same state: it is looked up before it is kept.
        if self.is_new(&handled, 1) {
            self.work.push(handled);
        }
        self.raised = raised;
        Ok(())
    }

    fn branch(&mut self, a: Act, b: Act, state: &mut State) -> Result<bool> {
        self.raise_branch(a, state)?;
        if self.dialect.tests_constants() {
            self.forget_tested(state)?;
        }
        let (x, y) = (in_a(state.a.peek(1))?, in_b(state.b.peek(1))?);
        let (value, a_inverted, b_inverted) = match (x, y) {
            (Val::Id(v) | Val::Not(v), Val::Id(w) | Val::Not(w)) if v == w => {
                (v, matches!(x, Val::Not(_)), matches!(y, Val::Not(_)))
            }
            // A test of a constant that the compiler left: what it guards counts though it is never reached.
            (Val::Const(c), Val::Const(d)) if c == d => (u32::MAX, false, false),
            _ => {
                self.same(1, state, a)?;
                return self.differs(a, b);
            }
        };
        let mut other = state.clone();
        for (truth, state) in [(true, &mut *state), (false, &mut other)] {
            in_a(take(a, &mut state.a, truth != a_inverted))?;
            in_b(take(b, &mut state.b, truth != b_inverted))?;
            if self.threading != Threading::Never && value != u32::MAX {
                state.truths.push((value, truth));
            }
            prune(state);
        }
        self.work.push(other);
        Ok(true)
    }

    /// Where tests of constants are left in, what is known on either way out is the outcome, not the constant.
    fn forget_tested(&mut self, state: &mut State) -> Result<()> {
        let (x, y) = (in_a(state.a.peek(1))?, in_b(state.b.peek(1))?);
        if matches!(x, Val::Const(_)) && x == y {
            let value = self.fresh();
            in_a(state.a.pop().and_then(|_| state.a.push(value)))?;
            in_b(state.b.pop().and_then(|_| state.b.push(value)))?;
        }
        Ok(())
    }

    /// Since 3.13 it is `TO_BOOL` that may raise, not the jump behind it.
    fn raise_branch(&mut self, act: Act, state: &State) -> Result<()> {
        let pc = state.a.pc;
        if !self.dialect.tests_by_to_bool() {
            return self.raise_from(pc, act, state);
        }
        match pc.checked_sub(1).map(|before| self.a.act(before)) {
            Some(Ok(Act::ToBool)) => self.raise_from(pc - 1, act, state),
            _ => Ok(()),
        }
    }

    fn for_iter(&mut self, x: u32, y: u32, state: &mut State) -> Result<bool> {
        let act = Act::ForIter(0);
        self.raise(act, state)?;
        self.same(if self.dialect.index_slot { 2 } else { 1 }, state, act)?;
        let mut done = state.clone();
        (done.a.pc, done.b.pc) = (x, y);
        if self.dialect.for_iter_pops {
            in_a(done.a.pop())?;
            in_b(done.b.pop())?;
            prune(&mut done);
        }
        self.work.push(done);
        let item = self.fresh();
        in_a(state.a.push(item))?;
        in_b(state.b.push(item))?;
        self.next(state);
        Ok(true)
    }

    fn send(&mut self, x: u32, y: u32, state: &mut State) -> Result<bool> {
        let act = Act::Send(0);
        self.raise(act, state)?;
        self.same(2, state, act)?;
        let mut done = state.clone();
        (done.a.pc, done.b.pc) = (x, y);
        let (taken, result) = (if self.dialect.send_keeps_receiver() { 1 } else { 2 }, self.fresh());
        for (place, is_a) in [(&mut done.a, true), (&mut done.b, false)] {
            let moved = drop_top(place, taken).and_then(|()| place.push(result));
            if is_a { in_a(moved)? } else { in_b(moved)? }
        }
        self.work.push(done);
        let sent = self.fresh();
        for (place, is_a) in [(&mut state.a, true), (&mut state.b, false)] {
            let moved = drop_top(place, 1).and_then(|()| place.push(sent));
            if is_a { in_a(moved)? } else { in_b(moved)? }
        }
        self.next(state);
        Ok(true)
    }

    /// A store to a local, which never raises.
    fn store_fast(&mut self, act: Act, state: &mut State) -> Result<bool> {
        self.same(1, state, act)?;
        in_a(state.a.pop())?;
        in_b(state.b.pop())?;
        self.next(state);
        Ok(true)
    }

    /// The variables that an inlined comprehension puts aside, in whatever order.
    fn load_and_clear(&mut self, state: &mut State) -> Result<bool> {
        let mut names_a = run_of_clears(&self.a, &state.a);
        let mut names_b = run_of_clears(&self.b, &state.b);
        let values: Vec<_> = names_a.iter().map(|_| self.fresh()).collect();
        let mut sorted: Vec<_> = names_a.iter().copied().zip(values).collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        let find = |name: Name| sorted.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        for (name, place) in names_a
            .iter()
            .map(|name| (*name, true))
            .chain(names_b.iter().map(|name| (*name, false)))
            .collect::<Vec<_>>()
        {
            let Some(value) = find(name) else {
                return self.differs(Act::LoadAndClear(names_a[0]), Act::LoadAndClear(name));
            };
            if place { in_a(state.a.push(value))? } else { in_b(state.b.push(value))? }
        }
        state.a.pc += names_a.len() as u32;
        state.b.pc += names_b.len() as u32;
        names_a.sort_unstable();
        names_b.sort_unstable();
        if names_a != names_b {
            return self.differs(Act::LoadAndClear(names_a[0]), Act::LoadAndClear(names_b[0]));
        }
        Ok(true)
    }

    fn pop_except(&mut self, state: &mut State) -> Result<bool> {
        if self.dialect.exception_table {
            in_a(state.a.pop())?;
            in_b(state.b.pop())?;
        } else {
            in_a(self.a.pop_except(&mut state.a))?;
            in_b(self.b.pop_except(&mut state.b))?;
        }
        self.next(state);
        Ok(true)
    }

    fn end_async_for(&mut self, state: &mut State) -> Result<bool> {
        self.raise(Act::EndAsyncFor, state)?;
        let slots = if self.dialect.exception_table { 2 } else { 7 };
        self.same(slots, state, Act::EndAsyncFor)?;
        if self.dialect.exception_table {
            in_a(drop_top(&mut state.a, slots))?;
            in_b(drop_top(&mut state.b, slots))?;
        } else {
            in_a(self.a.leave_handler(&mut state.a))?;
            in_b(self.b.leave_handler(&mut state.b))?;
            in_a(drop_top(&mut state.a, 1))?;
            in_b(drop_top(&mut state.b, 1))?;
        }
        self.next(state);
        Ok(true)
    }

    /// 3.7, 3.8: calls the exit that lies below what says why the block is left.
    fn with_cleanup_start(&mut self, state: &mut State) -> Result<bool> {
        self.raise(Act::WithCleanupStart, state)?;
        let result = self.fresh();
        let exit_a = in_a(take_exit(&mut self.a, &mut state.a))?;
        let exit_b = in_b(take_exit(&mut self.b, &mut state.b))?;
        if exit_a != exit_b {
            return self.differs(Act::WithCleanupStart, Act::WithCleanupStart);
        }
        in_a(state.a.push(result))?;
        in_b(state.b.push(result))?;
        self.next(state);
        Ok(true)
    }

    fn with_cleanup_finish(&mut self, state: &mut State) -> Result<bool> {
        self.raise(Act::WithCleanupFinish, state)?;
        self.same(2, state, Act::WithCleanupFinish)?;
        in_a(drop_top(&mut state.a, 2))?;
        in_b(drop_top(&mut state.b, 2))?;
        self.next(state);
        // `take_exit` left a marker of its own kind where an exception is being handled.
        if !in_a(is_handling(&state.a))? {
            return Ok(true);
        }
        let mut suppressed = state.clone();
        in_a(suppress(&mut self.a, &mut suppressed.a))?;
        in_b(suppress(&mut self.b, &mut suppressed.b))?;
        prune(&mut suppressed);
        self.work.push(suppressed);
        Ok(true)
    }

    fn grow(&mut self, act: Act, kind: Grow, i: u32, j: u32, state: &mut State) -> Result<bool> {
        self.raise(act, state)?;
        let taken = if kind == Grow::MapAdd { 2 } else { 1 };
        self.same(taken, state, act)?;
        in_a(drop_top(&mut state.a, taken))?;
        in_b(drop_top(&mut state.b, taken))?;
        let (x, y) = (in_a(state.a.peek(i))?, in_b(state.b.peek(j))?);
        if !self.equal(x, y) {
            let text = act.show(self.interner);
            return Err(Stop::Differs(format!("{text} on another value"), text));
        }
        self.next(state);
        Ok(true)
    }
}

pub(super) fn drop_top(place: &mut Place, count: u32) -> std::result::Result<(), Broken> {
    match place.stack.len().checked_sub(count as usize) {
        Some(len) => {
            place.stack.truncate(len);
            Ok(())
        }
        None => Err(Broken("the stack holds too few values")),
    }
}

/// Forgets the truth of values that are gone.
fn prune(state: &mut State) {
    let State { a, b, truths } = state;
    if truths.is_empty() {
        return;
    }
    truths.retain(|(id, _)| {
        let is_there = |value: &Val| matches!(value, Val::Id(v) | Val::Not(v) if v == id);
        let is_kept = b.temporaries.iter().any(|(_, value)| is_there(value));
        is_kept || a.stack.iter().any(is_there) || b.stack.iter().any(is_there)
    });
    truths.sort_unstable();
    truths.dedup();
}

fn run_of_clears(side: &Side<'_>, place: &Place) -> Vec<Name> {
    let from = &side.program.ins[place.pc as usize..];
    from.iter()
        .map_while(|ins| match ins.act {
            Act::LoadAndClear(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// `WITH_CLEANUP_START`: takes the exit function out of the stack and pushes what `WITH_CLEANUP_FINISH` looks at.
fn take_exit(side: &mut Side<'_>, place: &mut Place) -> std::result::Result<Val, Broken> {
    let top = place.peek(1)?;
    let exit_at = match top {
        Val::Why(Why::Return | Why::Continue) => 3,
        Val::Id(_) => 7,
        _ => 2,
    };
    place.peek(exit_at)?;
    let exit = place.stack.remove(place.stack.len() - exit_at as usize);
    if let Val::Id(_) = top {
        // The handler's state has moved down by the place of the exit.
        side.lower_handler(place)?;
        place.push(top)?;
    } else {
        place.push(Val::Null)?;
    }
    Ok(exit)
}

/// Whether `WITH_CLEANUP_FINISH` stands in a handler.
fn is_handling(place: &Place) -> std::result::Result<bool, Broken> {
    Ok(matches!(place.peek(1)?, Val::Id(_)))
}

/// The exit function returned true: the exception is dropped.
fn suppress(side: &mut Side<'_>, place: &mut Place) -> std::result::Result<(), Broken> {
    if side.dialect.unwinds_blocks() {
        return place.push(Val::Why(Why::Silenced));
    }
    side.leave_handler(place)?;
    place.push(Val::Null)
}
