//! The lock-step walk: a symbolic execution of two programs side by side that shows that each does what the other does.
//!
//! # State
//!
//! A [`State`] has for each side its program counter, block stack, operand stack and temporaries, and for both together
//! the truth of values that have just been tested. A stack slot holds a [`Val`]: a constant, a cell, or the number of
//! the step that made it. The same step on both sides gives its result one number, so that equal values are equal
//! numbers.
//!
//! # Transfer
//!
//! *Quiet* acts have no effect that a program could observe: they move values, push constants, or jump. Each side runs
//! them on its own up to its next *step*, such as a load, a call or a test ([`Side::settle`]). There both sides must do
//! the same act with equal operands. Its result is a fresh value on both stacks. A conditional jump continues with both
//! outcomes; a step that can raise also continues in the handlers of both sides, which must be equal in turn, or absent
//! on both.
//!
//! # Joins
//!
//! States are not merged. Where a jump leads, a state is looked up among those seen before, with its values numbered in
//! order of appearance, and only a new one is walked on. The numbers of values that both sides made are all that
//! differs between two rounds of a loop, so that this reaches a fixpoint. Constants could go on differing: after
//! [`MAX_VISITS`] states at one pair of program counters, a constant that both sides hold in the same slot is taken for
//! an unknown value ([`Walk::forget_constants`]). A bound on the number of states, proportional to the size of the
//! programs, ends all else with a mismatch.
//!
//! # What it shows, and what it does not
//!
//! If the worklist runs empty, every path of one program is, but for tests of constants that the compiler may decide, a
//! path of the other with the same steps in the same order on equal operands, whatever the steps do. It may report a
//! mismatch of programs that do the same: it knows no algebra beyond what the compiler folds. It relies on three
//! things. Quiet acts must indeed be unobservable: what tracing, a debugger or a look at frames sees is not compared,
//! nor are lines. The meaning of an instruction ([`crate::read`]) must be that of the interpreter, which holds only for
//! code that a compiler may have written (`authentic.rs` checks that). And two
//! infinite loops without a step count as equal.

mod alike;
pub(crate) mod arity;
mod hide;
mod loose;
mod side;
mod sight;
mod step;
mod taken;
pub(crate) mod value;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::act::{Act, Program};
use crate::dialect::Dialect;
use crate::intern::Interner;
use side::{Broken, Place, Settled, Side, Truths};
pub use sight::Sight;
use taken::Raised;
use value::Val;

/// The first step at which two programs differ.
#[derive(Debug, Clone)]
pub struct Mismatch {
    /// Byte offset in the bytecode.
    pub offset: u32,
    /// Line in the source.
    pub line: u32,
    /// What the bytecode does.
    pub bytecode: String,
    /// What the source does.
    pub source: String,
    /// Whether the bytecode is none that a compiler makes.
    pub broken: bool,
}

/// How a walk ended.
#[derive(Debug)]
pub struct Outcome {
    /// The first difference.
    pub mismatch: Option<Mismatch>,
    /// Nested code objects that stand for each other: number in the bytecode, number in the source.
    pub pairs: Vec<(u32, u32)>,
}

/// How alike two programs have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// As the compiler would make one of the source of the other.
    Exact,
    /// Both do the same, one with values on the stack that the other keeps in temporaries, where nobody sees them. The
    /// programs are [loosened](crate::loosen).
    Loose(Sight),
}

/// Where a test is skipped of a value that has just been tested: jumps to it lead where it would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Threading {
    /// Nowhere: the compiler does not do that.
    Never,
    /// In the source. The compiler did it in the bytecode, wherever it could.
    Source,
    /// On both sides: it depends on lines whether the compiler did it.
    Both,
}

/// Walks two programs from their entries.
pub fn walk(
    bytecode: &Program,
    source: &Program,
    likeness: Likeness,
    dialect: &Dialect,
    interner: &mut Interner,
) -> Outcome {
    if likeness == Likeness::Exact
        && let Some(pairs) = alike::pairs_if_alike(bytecode, source, dialect)
    {
        return Outcome { mismatch: None, pairs };
    }
    if likeness != Likeness::Exact || !dialect.threads_in_some_releases() {
        return walk_once(bytecode, source, likeness, Threading::Both, dialect, interner);
    }
    let plain = walk_once(bytecode, source, likeness, Threading::Never, dialect, interner);
    let Some(mismatch) = &plain.mismatch else { return plain };
    let threaded = walk_once(bytecode, source, likeness, Threading::Source, dialect, interner);
    match &threaded.mismatch {
        Some(other) if other.offset <= mismatch.offset => plain,
        _ => threaded,
    }
}

fn walk_once(
    bytecode: &Program,
    source: &Program,
    likeness: Likeness,
    threading: Threading,
    dialect: &Dialect,
    interner: &mut Interner,
) -> Outcome {
    let (is_loose, sight) = match likeness {
        Likeness::Exact => (false, Sight::default()),
        Likeness::Loose(sight) => (true, sight),
    };
    let mut b = Side::new(source, dialect, is_loose);
    b.sight = sight;
    let mut walk = Walk {
        a: Side::new(bytecode, dialect, is_loose),
        b,
        is_loose,
        threading,
        dialect,
        interner,
        ids: 0,
        seen: FxHashSet::default(),
        visits: FxHashMap::default(),
        pairs: Vec::new(),
        work: vec![State { a: Place::entry(), b: Place::entry(), truths: Truths::new() }],
        ranks: FxHashMap::default(),
        raised: None,
    };
    let mismatch = walk.run();
    walk.pairs.sort_unstable();
    walk.pairs.dedup();
    Outcome { mismatch, pairs: walk.pairs }
}

/// How often a pair of places is compared with all that is known; it is more than real code has need of.
const MAX_VISITS: u32 = 64;

/// A pair of places still to be compared.
#[derive(Debug, Clone)]
struct State {
    a: Place,
    b: Place,
    truths: Truths,
}

struct Walk<'a> {
    a: Side<'a>,
    b: Side<'a>,
    is_loose: bool,
    threading: Threading,
    dialect: &'a Dialect,
    interner: &'a mut Interner,
    ids: u32,
    seen: FxHashSet<SmallVec<[u32; 16]>>,
    /// How often each pair of places has been come to.
    visits: FxHashMap<(u32, u32), u32>,
    pairs: Vec<(u32, u32)>,
    work: Vec<State>,
    ranks: FxHashMap<u32, u32>,
    /// The last raise: most steps of a block raise as the one before did.
    raised: Option<Raised>,
}

/// Why a walk stopped.
enum Stop {
    /// The bytecode is broken.
    BrokenBytecode(&'static str),
    /// The source's program is broken: a fault of the lowering.
    BrokenSource(&'static str),
    Differs(String, String),
}

type Result<T> = std::result::Result<T, Stop>;

fn in_a<T>(result: std::result::Result<T, Broken>) -> Result<T> {
    result.map_err(|broken| Stop::BrokenBytecode(broken.0))
}

fn in_b<T>(result: std::result::Result<T, Broken>) -> Result<T> {
    result.map_err(|broken| Stop::BrokenSource(broken.0))
}

impl Walk<'_> {
    fn run(&mut self) -> Option<Mismatch> {
        let budget = (self.a.program.ins.len() + self.b.program.ins.len()) * 64 + 10_000;
        while let Some(mut state) = self.work.pop() {
            loop {
                match self.advance(&mut state) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(stop) => return Some(self.mismatch(stop, &state)),
                }
                if self.seen.len() > budget {
                    let stop = Stop::BrokenBytecode("too many states");
                    return Some(self.mismatch(stop, &state));
                }
            }
        }
        None
    }

    fn mismatch(&self, stop: Stop, state: &State) -> Mismatch {
        let at = |program: &Program, pc: u32| program.ins.get(pc as usize).map_or(0, |ins| ins.at);
        let (bytecode, source, broken) = match stop {
            Stop::BrokenBytecode(why) => (why.to_owned(), String::new(), true),
            Stop::BrokenSource(why) => (String::new(), why.to_owned(), false),
            Stop::Differs(a, b) => (a, b, false),
        };
        Mismatch {
            offset: at(self.a.program, state.a.pc),
            line: at(self.b.program, state.b.pc),
            bytecode,
            source,
            broken,
        }
    }

    /// One step of both sides; false when there is nothing more to do in this state.
    fn advance(&mut self, state: &mut State) -> Result<bool> {
        let nothing = Truths::new();
        let truths = if self.threading == Threading::Both { &state.truths } else { &nothing };
        let a = in_a(self.a.settle(&mut state.a, truths, false, self.interner))?;
        let b = self.settle_source(a, state)?;
        let (a, b) = match (a, b) {
            (Settled::At(a), Settled::At(b)) => (a, b),
            (Settled::Spin, Settled::Spin) => return Ok(false),
            (Settled::Spin, Settled::At(b)) => {
                return Err(Stop::Differs("loops forever".to_owned(), b.show(self.interner)));
            }
            (Settled::At(a), Settled::Spin) => {
                return Err(Stop::Differs(a.show(self.interner), "loops forever".to_owned()));
            }
        };
        // Between the places where ways meet, a state is new if the one before it was.
        let joined = std::mem::take(&mut state.a.joined) | std::mem::take(&mut state.b.joined);
        if joined {
            let visits = self.visits.entry((state.a.pc, state.b.pc)).or_default();
            *visits += 1;
            if *visits > MAX_VISITS {
                self.forget_constants(state);
            }
            if !self.is_new(state, 0) {
                return Ok(false);
            }
        }
        self.same_height(a, b, state)?;
        self.step(a, b, state)
    }

    /// What one side has dropped by now the other has too. But empty strings may be among what is joined, and a test may
    /// have a copy of what it keeps, since 3.12 always.
    fn same_height(&self, a: Act, b: Act, state: &State) -> Result<()> {
        let height = |stack: &[Val], act| stack.len() + usize::from(matches!(act, Act::JumpOrPop(..)));
        let (x, y) = (height(&state.a.stack, a), height(&state.b.stack, b));
        let may_differ = match a {
            Act::PopJump(..) | Act::JumpOrPop(..) => !self.dialect.tests_copies(),
            act => matches!(act, Act::BuildString(_)),
        };
        match self.is_loose || may_differ || x == y {
            true => Ok(()),
            false => {
                let (mut one, mut other) = (a.show(self.interner), b.show(self.interner));
                // What is done tells more than how much is on the stack meanwhile.
                if one == other {
                    let values = |height| if height == 1 { "value" } else { "values" };
                    one += &format!(" with {x} {} on the stack", values(x));
                    other += &format!(" with {y} {} on the stack", values(y));
                }
                Err(Stop::Differs(one, other))
            }
        }
    }

    /// Brings the source's side to its next step. The compiler may have decided a test of a constant that the source
    /// makes (to 3.9 only by dropping one that never jumps), and since 3.12 may have left out a constant that is dropped; it
    /// never adds one.
    fn settle_source(&mut self, a: Settled, state: &mut State) -> Result<Settled> {
        let limit = self.b.program.ins.len() + 100;
        for _ in 0..limit {
            let drops = a == Settled::At(Act::Pop);
            let b = in_b(self.b.settle(&mut state.b, &state.truths, drops, self.interner))?;
            let Settled::At(act) = b else { return Ok(b) };
            if self.is_loose && self.is_unneeded(a, act, state)? {
                continue;
            }
            if act == Act::Pop {
                if self.dialect.keeps_unused_constants() && !self.is_loose {
                    return Ok(b);
                }
                if a == b && in_a(state.a.peek(1))? == in_b(state.b.peek(1))? {
                    return Ok(b);
                }
                in_b(state.b.pop())?;
                state.b.pc += 1;
                continue;
            }
            let Some(truth) = self.b.constant_test(act, &state.b, self.interner) else { return Ok(b) };
            if self.dialect.tests_constants() && !self.is_loose {
                if !(truth && self.b.follows_constant(state.b.pc) && matches!(act, Act::PopJump(false, _))) {
                    return Ok(b);
                }
                in_b(taken::take(act, &mut state.b, truth))?;
                continue;
            }
            let tests_too =
                matches!(a, Settled::At(a) if self.a.constant_test(a, &state.a, self.interner).is_some());
            let same = tests_too && in_a(state.a.peek(1))? == in_b(state.b.peek(1))?;
            if same {
                return Ok(b);
            }
            in_b(taken::take(act, &mut state.b, truth))?;
        }
        Ok(Settled::Spin)
    }

    /// Whether these places have not been compared in this state. `kind` keeps the entries of handlers (1) apart from
    /// the places of steps (0).
    fn is_new(&mut self, state: &State, kind: u32) -> bool {
        let State { a, b, truths } = state;
        let mut key = SmallVec::new();
        key.extend_from_slice(&[a.pc, b.pc, a.blocks, b.blocks, a.stack.len() as u32, b.stack.len() as u32]);
        self.ranks.clear();
        let ranks = &mut self.ranks;
        let mut rank = |id: u32| {
            let next = ranks.len() as u32;
            *ranks.entry(id).or_insert(next)
        };
        for value in a.stack.iter().chain(&b.stack) {
            key.push(value.encode(&mut rank));
        }
        for (name, value) in &b.temporaries {
            key.extend([name.0, value.encode(&mut rank)]);
        }
        key.push(kind);
        for (id, truth) in truths {
            key.push(rank(*id) << 1 | u32::from(*truth));
        }
        self.seen.insert(key)
    }

    /// Takes constants that both sides hold in the same place for values that are not known but the same. A row of
    /// `1 if x else 0` would otherwise be as many states as there are rows of ones and zeros.
    fn forget_constants(&mut self, state: &mut State) {
        if state.a.stack.len() != state.b.stack.len() {
            return;
        }
        for at in 0..state.a.stack.len() {
            if matches!(state.a.stack[at], Val::Const(_)) && state.a.stack[at] == state.b.stack[at] {
                let value = self.fresh();
                (state.a.stack[at], state.b.stack[at]) = (value, value);
            }
        }
    }

    fn fresh(&mut self) -> Val {
        self.ids += 1;
        Val::Id(self.ids)
    }

    fn differs<T>(&self, a: Act, b: Act) -> Result<T> {
        Err(Stop::Differs(a.show(self.interner), b.show(self.interner)))
    }
}
