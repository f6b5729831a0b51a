//! Deletes the temporaries of a module or class where it ends: they are globals there, or attributes, and outlive the code.
//!
//! ```python
//! _stack_0 = a
//! if b:
//!     d = _stack_0 + c
//! else:
//!     d = _stack_0 - e
//! del _stack_0
//! ```

use lancehead_ir::{Block, BlockId, Graph, Inst, Op, Terminator, Variable};
use lancehead_pyc::{Object, PyStr};
use rustc_hash::FxHashMap;

use super::means::Means;

/// Graphs with more blocks times temporaries than this keep their temporaries: at each end all may have to be deleted.
const MAX_FACTS: usize = 1 << 20;

/// What the compiler stores into a class at its end: the store of `__classcell__` is what the class returns.
const CLASS_END: [&str; 3] = ["__classcell__", "__classdictcell__", "__static_attributes__"];

/// Adds the deletions. A temporary that is bound on some of the ways to an end only is bound to None at the start.
pub fn at_ends(graph: &mut Graph, means: &Means) {
    let names = stored(graph, means);
    if names.is_empty() || names.len().saturating_mul(graph.blocks.len()) > MAX_FACTS {
        return;
    }
    let bound = Bound::of(graph, &names);
    let ends: Vec<BlockId> = ids(graph)
        .filter(|id| bound.is_reached(*id) && graph.block(*id).terminator == Terminator::Return)
        .collect();
    let is_doubtful = |number: usize| {
        ends.iter().any(|end| bound.maybe[end.index()].has(number) && !bound.surely[end.index()].has(number))
    };
    let doubtful: Vec<bool> = (0..names.len()).map(is_doubtful).collect();
    let deleted: Vec<Vec<PyStr>> = ends
        .iter()
        .map(|end| {
            let is_bound = |number: &usize| doubtful[*number] || bound.surely[end.index()].has(*number);
            (0..names.len()).filter(is_bound).map(|number| names[number].clone()).collect()
        })
        .collect();
    let is_doubtful = |(name, doubtful): (&PyStr, &bool)| doubtful.then(|| name.clone());
    let unbound: Vec<PyStr> = names.iter().zip(&doubtful).filter_map(is_doubtful).collect();
    delete(graph, &ends, deleted);
    bind(graph, &unbound, &names);
}

fn ids(graph: &Graph) -> impl DoubleEndedIterator<Item = BlockId> + use<> {
    (0..graph.blocks.len() as u32).map(BlockId)
}

/// The temporaries that are stored, in order of their names.
fn stored(graph: &Graph, means: &Means) -> Vec<PyStr> {
    let insts = graph.blocks.iter().flat_map(|block| &block.insts);
    let mut names: Vec<PyStr> = insts
        .filter_map(|inst| match &inst.op {
            Op::Store(Variable::Name, name) if means.temporaries.contains(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A set of temporaries.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn none(count: usize) -> Set {
        Set(vec![0; count.div_ceil(64)])
    }

    fn all(count: usize) -> Set {
        Set(vec![u64::MAX; count.div_ceil(64)])
    }

    fn has(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    fn add(&mut self, other: &Set) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    fn keep(&mut self, other: &Set) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }
}

/// Which temporaries are bound at the end of each block: on some way, and on every way.
struct Bound {
    maybe: Vec<Set>,
    surely: Vec<Set>,
    is_reached: Vec<bool>,
}

impl Bound {
    fn of(graph: &Graph, names: &[PyStr]) -> Bound {
        let count = names.len();
        let numbers: FxHashMap<&PyStr, usize> = names.iter().zip(0..).collect();
        let mut stored = vec![Set::none(count); graph.blocks.len()];
        for (block, stored) in graph.blocks.iter().zip(&mut stored) {
            for inst in &block.insts {
                if let Op::Store(Variable::Name, name) = &inst.op
                    && let Some(number) = numbers.get(name)
                {
                    stored.0[number / 64] |= 1 << (number % 64);
                }
            }
        }
        // At the starts of blocks first.
        let mut maybe = vec![Set::none(count); graph.blocks.len()];
        let mut surely = vec![Set::all(count); graph.blocks.len()];
        let mut is_reached = vec![false; graph.blocks.len()];
        surely[graph.entry.index()] = Set::none(count);
        is_reached[graph.entry.index()] = true;
        let mut work = vec![graph.entry];
        while let Some(id) = work.pop() {
            let block = graph.block(id);
            let (mut some, mut every) = (maybe[id.index()].clone(), surely[id.index()].clone());
            some.add(&stored[id.index()]);
            let before = every.clone();
            every.add(&stored[id.index()]);
            let handler = graph.handler_of(block.scope).map(|region| graph.region(region).handler);
            let next = block.terminator.successors().map(|next| (next, &every));
            for (next, every) in next.chain(handler.map(|handler| (handler, &before))) {
                let at = next.index();
                let known = (maybe[at].clone(), surely[at].clone());
                maybe[at].add(&some);
                surely[at].keep(every);
                if !is_reached[at] || known != (maybe[at].clone(), surely[at].clone()) {
                    is_reached[at] = true;
                    work.push(next);
                }
            }
        }
        for (at, stored) in stored.iter().enumerate() {
            maybe[at].add(stored);
            surely[at].add(stored);
        }
        Bound { maybe, surely, is_reached }
    }

    fn is_reached(&self, id: BlockId) -> bool {
        self.is_reached[id.index()]
    }
}

/// Deletes names at the ends. Ends that are alike become one block.
fn delete(graph: &mut Graph, ends: &[BlockId], deleted: Vec<Vec<PyStr>>) {
    let mut common: Vec<(Vec<Op>, BlockId)> = Vec::new();
    for (end, names) in ends.iter().zip(deleted) {
        if names.is_empty() {
            continue;
        }
        let block = &mut graph.blocks[end.index()];
        let at = start_of_end(&block.insts);
        let (offset, line) = block.insts.get(at).map_or(block.end, |inst| (inst.offset, inst.line));
        let mut last = block.insts.split_off(at);
        let deletions = names.into_iter().map(|name| Op::Delete(Variable::Name, name));
        last.splice(0..0, deletions.map(|op| Inst { op, offset, line: 0 }));
        if block.scope != Graph::ROOT {
            block.insts.append(&mut last);
            continue;
        }
        let ops: Vec<Op> = last.iter().map(|inst| inst.op.clone()).collect();
        let known = common.iter().find(|(known, _)| *known == ops).map(|(_, id)| *id);
        let to = known.unwrap_or_else(|| {
            // Behind all others: it is in none of their loops.
            let id = BlockId(graph.blocks.len() as u32);
            let behind = graph.blocks.iter().map(|block| block.end.0).max().unwrap_or(0).saturating_add(1);
            let line = graph.blocks[end.index()].end.1;
            let (terminator, scope) = (Terminator::Return, Graph::ROOT);
            graph.blocks.push(Block { insts: last, terminator, offset: behind, end: (behind, line), scope });
            common.push((ops, id));
            id
        });
        let block = &mut graph.blocks[end.index()];
        block.terminator = Terminator::Jump(to);
        block.end = (offset, line);
    }
}

/// Where what the compiler adds at the end begins: what is returned, and in a class what it stores before.
fn start_of_end(insts: &[Inst]) -> usize {
    let mut at = insts.len();
    if insts.last().is_some_and(|inst| inst.op.loads_none()) {
        at -= 1;
    }
    while let Some(Inst { op: Op::Store(Variable::Name, name), .. }) = insts[..at].last()
        && CLASS_END.iter().any(|member| *name == **member)
    {
        let value = insts[..at - 1].iter().rposition(|inst| !matches!(inst.op, Op::Copy(1)));
        match value {
            Some(value) if matches!(insts[value].op, Op::LoadClosure(_) | Op::Const(_)) => at = value,
            _ => break,
        }
    }
    at
}

/// Binds names to None before any of the `temporaries` is bound, but after what begins a class or has to lead a module.
fn bind(graph: &mut Graph, names: &[PyStr], temporaries: &[PyStr]) {
    if names.is_empty() {
        return;
    }
    let is_entered = ids(graph).any(|id| graph.block(id).terminator.successors().any(|to| to == graph.entry));
    if is_entered {
        let (entry, id) = (graph.block(graph.entry), BlockId(graph.blocks.len() as u32));
        let (offset, end, scope) = (entry.offset, (entry.offset, 0), Graph::ROOT);
        let terminator = Terminator::Jump(graph.entry);
        graph.blocks.push(Block { insts: Vec::new(), terminator, offset, end, scope });
        graph.entry = id;
    }
    let block = &mut graph.blocks[graph.entry.index()];
    let is_temporary = |inst: &Inst| match &inst.op {
        Op::Store(Variable::Name, name) => temporaries.binary_search(name).is_ok(),
        _ => false,
    };
    let first = block.insts.iter().position(is_temporary).unwrap_or(block.insts.len());
    let at = statement_before(block, first);
    let offset = block.insts.get(at).map_or(block.end.0, |inst| inst.offset);
    let ops = names
        .iter()
        .flat_map(|name| [Op::Const(Object::None.into()), Op::Store(Variable::Name, name.clone())]);
    let insts: Vec<Inst> = ops.map(|op| Inst { op, offset, line: 0 }).collect();
    block.insts.splice(at..at, insts);
}

/// The last place not behind `at` where a statement begins: nothing that is on the stack there is taken later in the block.
fn statement_before(block: &Block, at: usize) -> usize {
    let mut depths = Vec::with_capacity(block.insts.len());
    // How deep each operation reaches, with the stack empty where the block begins.
    let mut depth = 0_i64;
    for inst in &block.insts {
        let Some((taken, made)) = inst.op.effect() else { return 0 };
        depths.push((depth, depth - i64::from(taken)));
        depth += i64::from(made) - i64::from(taken);
    }
    let taken = match block.terminator {
        Terminator::Branch { .. } | Terminator::Return => 1,
        Terminator::Raise(count) => i64::from(count),
        _ => 0,
    };
    let mut lowest = depth - taken;
    let mut found = if at == block.insts.len() && lowest >= depth { Some(at) } else { None };
    for (place, (before, reached)) in depths.iter().enumerate().rev() {
        lowest = lowest.min(*reached);
        if found.is_none() && place <= at && lowest >= *before {
            found = Some(place);
        }
    }
    found.unwrap_or(0)
}
