//! What may differ between programs that need only do the same: see [`loosen`](crate::loosen).

use lancehead_ir::{Comparison, Operator};

use super::side::{Broken, Place, Settled, Side};
use super::step::drop_top;
use super::value::Val;
use super::{Result, State, Walk, in_a, in_b};
use crate::act::{Act, Grow};
use crate::fold;
use crate::intern::{Interner, Value};

impl Side<'_> {
    /// Does what needs no partner in programs that need only do the same, and gives where control goes on.
    pub(super) fn loosely_quiet(
        &self,
        act: Act,
        at: &mut Place,
        i: &Interner,
    ) -> std::result::Result<Option<u32>, Broken> {
        let mut next = at.pc + 1;
        match act {
            Act::Pop => drop(at.pop()?),
            Act::StoreTemporary(_) if self.sight.stores => {
                return Err(Broken("the namespace of a class with bases may see a temporary"));
            }
            Act::StoreTemporary(name) => {
                let value = at.pop()?;
                match at.temporaries.binary_search_by_key(&name, |(name, _)| *name) {
                    Ok(known) => at.temporaries[known].1 = value,
                    Err(new) => at.temporaries.insert(new, (name, value)),
                }
            }
            Act::LoadTemporary(name) => {
                let known = at.temporaries.binary_search_by_key(&name, |(name, _)| *name);
                let known = known.map_err(|_| Broken("a temporary is loaded that was not stored"))?;
                at.push(at.temporaries[known].1)?;
            }
            Act::DeleteTemporary(name) => {
                let known = at.temporaries.binary_search_by_key(&name, |(name, _)| *name);
                at.temporaries
                    .remove(known.map_err(|_| Broken("a temporary is deleted that was not stored"))?);
            }
            // Which block comes next is told by a number.
            Act::Compare(Comparison::Equal) => {
                let (Val::Const(x), Val::Const(y)) = (at.peek(1)?, at.peek(2)?) else { return Ok(None) };
                if !matches!((i.value(x), i.value(y)), (Value::Int(_), Value::Int(_))) {
                    return Ok(None);
                }
                at.pop()?;
                at.pop()?;
                at.push(Val::Const(if x == y { Interner::TRUE } else { Interner::FALSE }))?;
            }
            Act::PopJump(when, to) => {
                let Val::Const(c) = at.peek(1)? else { return Ok(None) };
                at.pop()?;
                next = if fold::truth(i, c) == when { to } else { next };
            }
            Act::JumpOrPop(when, to) => {
                let Val::Const(c) = at.peek(1)? else { return Ok(None) };
                match fold::truth(i, c) == when {
                    true => next = to,
                    false => drop(at.pop()?),
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(next))
    }
}

impl Walk<'_> {
    /// Skips an act of the source that the bytecode has no need of: an iterator is its own iterator.
    pub(super) fn is_unneeded(&mut self, a: Settled, act: Act, state: &mut State) -> Result<bool> {
        // `f'{value!r}'` is what `repr` gives, which is text already.
        let before = state.b.pc.checked_sub(1).and_then(|before| self.b.act(before).ok());
        let formats = act == Act::FormatValue { conversion: 0, has_spec: false };
        if formats && a != Settled::At(act) && matches!(before, Some(Act::Convert(_))) {
            state.b.pc += 1;
            return Ok(true);
        }
        let slots = if self.dialect.index_slot { 2 } else { 1 };
        let draws = matches!(a, Settled::At(Act::ForIter(_))) && act == Act::GetIter;
        if !draws || in_a(state.a.peek(slots))? != in_b(state.b.peek(1))? {
            return Ok(false);
        }
        if slots == 2 {
            let index = in_a(state.a.peek(1))?;
            in_b(state.b.push(index))?;
        }
        state.b.pc += 1;
        Ok(true)
    }

    /// A step that both sides may spell in their own way.
    pub(super) fn loose_step(&mut self, a: Act, b: Act, state: &mut State) -> Result<bool> {
        match (a, b) {
            (
                Act::Call { argc: x, keywords, slots: slots_a },
                Act::Call { argc: y, keywords: by_name, slots: slots_b },
            ) if keywords == by_name => {
                let count = |argc: u32| argc.saturating_add(u32::from(keywords));
                self.call((a, count(x), slots_a), (b, count(y), slots_b), state)
            }
            (Act::Grow(Grow::ListExtend, index), Act::Inplace(Operator::Add)) => {
                self.extend(a, b, index, state)
            }
            _ if a == b => self.plain(a, state),
            _ => match (dict_items(a, &state.a, self.interner), dict_items(b, &state.b, self.interner)) {
                (Some(x), Some(y)) if x.len() == y.len() => self.dict(a, b, &x, &y, state),
                _ => self.differs(a, b),
            },
        }
    }

    /// A call: act, number of arguments, and slots for the callable on both sides. What lies in the slot for self is an
    /// argument.
    fn call(&mut self, a: (Act, u32, u32), b: (Act, u32, u32), state: &mut State) -> Result<bool> {
        self.raise(a.0, state)?;
        let x = in_a(call_values(&state.a, a.1, a.2, self.dialect.null_after))?;
        let y = in_b(call_values(&state.b, b.1, b.2, self.dialect.null_after))?;
        if x.len() != y.len() || !x.iter().zip(&y).all(|(x, y)| self.equal(*x, *y)) {
            return self.differs(a.0, b.0);
        }
        in_a(drop_top(&mut state.a, a.1.saturating_add(a.2)))?;
        in_b(drop_top(&mut state.b, b.1.saturating_add(b.2)))?;
        let result = self.fresh();
        in_a(state.a.push(result))?;
        in_b(state.b.push(result))?;
        self.next(state);
        Ok(true)
    }

    /// `list += iterable` extends the list, as `LIST_EXTEND` does.
    fn extend(&mut self, a: Act, b: Act, index: u32, state: &mut State) -> Result<bool> {
        self.raise(a, state)?;
        self.same(1, state, a)?;
        in_a(state.a.pop())?;
        in_b(state.b.pop())?;
        let list = in_b(state.b.pop())?;
        if in_a(state.a.peek(index))? != list {
            return self.differs(a, b);
        }
        in_b(state.b.push(list))?;
        self.next(state);
        Ok(true)
    }

    /// Displays of dicts, whose keys may come one by one or in a tuple.
    fn dict(
        &mut self,
        a: Act,
        b: Act,
        x: &[(Val, Val)],
        y: &[(Val, Val)],
        state: &mut State,
    ) -> Result<bool> {
        self.raise(a, state)?;
        let alike = x.iter().zip(y).all(|(x, y)| self.equal(x.0, y.0) && self.equal(x.1, y.1));
        if !alike {
            return self.differs(a, b);
        }
        let values = |act: Act| match act {
            Act::BuildConstKeyMap(count) => count.saturating_add(1),
            _ => x.len() as u32 * 2,
        };
        in_a(drop_top(&mut state.a, values(a)))?;
        in_b(drop_top(&mut state.b, values(b)))?;
        let dict = self.fresh();
        in_a(state.a.push(dict))?;
        in_b(state.b.push(dict))?;
        self.next(state);
        Ok(true)
    }
}

/// The callable of a call and its arguments.
fn call_values(
    place: &Place,
    args: u32,
    slots: u32,
    null_after: bool,
) -> std::result::Result<Vec<Val>, Broken> {
    let upper = place.peek(args.saturating_add(1))?;
    let lower = if slots < 2 { Val::Null } else { place.peek(args.saturating_add(2))? };
    let mut values = match (lower, upper) {
        (Val::Null, callable) if slots < 2 || !null_after => vec![callable],
        (callable, Val::Null) if null_after => vec![callable],
        (callable, myself) => vec![callable, myself],
    };
    for index in (1..=args).rev() {
        values.push(place.peek(index)?);
    }
    Ok(values)
}

/// Keys and values of a dict about to be built.
fn dict_items(act: Act, place: &Place, i: &Interner) -> Option<Vec<(Val, Val)>> {
    use lancehead_ir::Collection;
    match act {
        Act::Build(Collection::Map, count) => (0..count)
            .rev()
            .map(|at| {
                let value = at.checked_mul(2)?.checked_add(1)?;
                Some((place.peek(value + 1).ok()?, place.peek(value).ok()?))
            })
            .collect(),
        Act::BuildConstKeyMap(count) => {
            let Val::Const(keys) = place.peek(1).ok()? else { return None };
            let Value::Tuple(keys) = i.value(keys) else { return None };
            if keys.len() != count as usize {
                return None;
            }
            let values = (0..count).rev().map(|at| place.peek(at.checked_add(2)?).ok());
            keys.iter().zip(values).map(|(key, value)| Some((Val::Const(*key), value?))).collect()
        }
        _ => None,
    }
}
