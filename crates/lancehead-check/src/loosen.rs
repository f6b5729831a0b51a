//! Programs that do the same, but are not the same: what may differ when source keeps in variables what bytecode keeps on
//! the stack.
//!
//! Both programs are rewritten so that instructions which are made of others are spelled out, and loads and stores of
//! [temporaries](Temporaries) are told from those of variables. The walk then takes temporaries for places of their own
//! stack, so to speak: what is stored there comes back when it is loaded.

use lancehead_ir::{Collection, Temporaries, Variable};
use lancehead_pyc::PyStr;

use crate::act::{Act, Grow, Ins, Program};
use crate::dialect::Dialect;
use crate::gather::gathered;
use crate::intern::{Interner, Name, Value};

/// Whether a program stores into temporaries.
pub fn has_temporaries(program: &Program, temporaries: &Temporaries, interner: &Interner) -> bool {
    program.ins.iter().any(|ins| match ins.act {
        Act::Store(_, name) => temporaries.contains(interner.spell(name)),
        _ => false,
    })
}

/// A program with its instructions spelled out.
///
/// `closes_over` tells whether the code of this number finds these cells by their own names.
pub fn loosen(
    program: &Program,
    closes_over: &dyn Fn(u32, &[Name]) -> bool,
    temporaries: &Temporaries,
    dialect: &Dialect,
    interner: &Interner,
) -> Program {
    let mut ins = Vec::with_capacity(program.ins.len());
    let mut places = Vec::with_capacity(program.ins.len() + 1);
    let is_temporary = |name: Name| temporaries.contains(interner.spell(name));
    let mut skipped = 0;
    let sorted = sorted_closures(program, closes_over, interner);
    for (at, original) in sorted.iter().enumerate() {
        places.push(ins.len() as u32);
        if skipped > 0 {
            skipped -= 1;
            continue;
        }
        skipped = cell_as_value(&sorted[at..], interner);
        if merges_alone(&sorted, at) || at.checked_sub(2).is_some_and(|at| merges_alone(&sorted, at)) {
            continue;
        }
        let mut add = |act: Act| ins.push(Ins { act, ..*original });
        match original.act {
            Act::Load(_, name) if is_temporary(name) => add(Act::LoadTemporary(name)),
            Act::Store(_, name) if is_temporary(name) => add(Act::StoreTemporary(name)),
            Act::Delete(_, name) if is_temporary(name) => add(Act::DeleteTemporary(name)),
            Act::LoadMethod(name) => {
                add(Act::LoadAttr(name));
                add(Act::PushNull);
                if !dialect.null_after {
                    add(Act::Swap(2));
                }
            }
            Act::LoadSuper { name, method: true, two } => {
                add(Act::LoadSuper { name, method: false, two });
                add(Act::PushNull);
                if !dialect.null_after {
                    add(Act::Swap(2));
                }
            }
            Act::BinarySlice => {
                add(Act::BuildSlice(2));
                add(Act::Subscript);
            }
            Act::StoreSlice => {
                add(Act::BuildSlice(2));
                add(Act::StoreSubscript);
            }
            act => add(act),
        }
    }
    places.push(ins.len() as u32);
    let mut loose = Program { ins, handlers: program.handlers.clone() };
    loose.move_targets(&places);
    gathered(&loose, dialect, interner)
}

/// Whether a dict begins here that takes up one mapping only, to be the keywords of a call: the call would copy the
/// mapping itself.
fn merges_alone(ins: &[Ins], at: usize) -> bool {
    let act = |n: usize| ins.get(at + n).map(|ins| ins.act);
    let is_load = |act| matches!(act, Act::Load(..) | Act::Const(_));
    act(0) == Some(Act::Build(Collection::Map, 0))
        && act(1).is_some_and(is_load)
        && act(2) == Some(Act::Grow(Grow::DictMerge, 1))
        && matches!(act(3), Some(Act::CallEx { keywords: true, .. }))
}

/// How many instructions, after the load of a cell, only find that cell again: in the closure of a function that is made
/// for it.
fn cell_as_value(ins: &[Ins], interner: &Interner) -> usize {
    let mut acts = ins.iter().map(|ins| ins.act).enumerate().peekable();
    let mut next = |expected: &dyn Fn(Act) -> bool| acts.next_if(|(_, act)| expected(*act)).map(|(at, _)| at);
    let found = (|| {
        next(&|act| matches!(act, Act::Cell(_) | Act::Load(Variable::Fast, _)))?;
        next(&|act| act == Act::Build(Collection::Tuple, 1))?;
        next(&|act| matches!(act, Act::Code(_)))?;
        next(&|act| matches!(act, Act::Const(_)));
        next(&|act| matches!(act, Act::MakeFunction(_)))?;
        next(&|act| act == Act::SetFunctionAttribute(8));
        next(&|act| matches!(act, Act::LoadAttr(name) if *interner.spell(name) == *"__closure__"))?;
        next(&|act| matches!(act, Act::Const(c) if matches!(interner.value(c), Value::Int(0))))?;
        next(&|act| act == Act::Subscript)
    })();
    found.unwrap_or(0)
}

/// The instructions with the cells of each closure in the order of their names: functions find them by name.
fn sorted_closures(
    program: &Program,
    closes_over: &dyn Fn(u32, &[Name]) -> bool,
    interner: &Interner,
) -> Vec<Ins> {
    let mut sorted = program.ins.clone();
    for at in 0..sorted.len() {
        let Act::Code(number) = sorted[at].act else { continue };
        let Some(Act::Build(Collection::Tuple, count)) = at.checked_sub(1).map(|before| sorted[before].act)
        else {
            continue;
        };
        let Some(from) = (at - 1).checked_sub(count as usize) else { continue };
        let names = sorted[from..at - 1].iter().map(|ins| match ins.act {
            Act::Cell(name) | Act::Load(Variable::Fast, name) => Some(name),
            _ => None,
        });
        let Some(names) = names.collect::<Option<Vec<Name>>>() else { continue };
        if closes_over(number, &names) {
            sorted[from..at - 1].sort_by(|a, b| spelled(a, interner).cmp(&spelled(b, interner)));
        }
    }
    sorted
}

/// The name of the cell that an instruction loads.
fn spelled<'i>(ins: &Ins, interner: &'i Interner) -> Option<&'i PyStr> {
    match ins.act {
        Act::Cell(name) | Act::Load(Variable::Fast, name) => Some(interner.spell(name)),
        _ => None,
    }
}
