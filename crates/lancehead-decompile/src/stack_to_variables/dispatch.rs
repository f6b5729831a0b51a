//! Control flow that no statement has: a loop that asks a variable where to go on.
//!
//! Wherever ways meet, in each scope, they are led to one block instead, which asks the variable for the next block and
//! goes there. What is left between the meetings are trees of branches, and the asking block heads the only loop. A
//! `while True` with a chain of comparisons says so in source. Blocks that find something on the stack which a statement
//! keeps there (in the body of a `for`) stay with it.

use std::sync::Arc;

use lancehead_ir::{
    Block, BlockId, Comparison, Graph, Inst, Op, RegionId, Scope, ScopeId, Temporaries, Terminator, Variable,
};
use lancehead_pyc::{Object, PyStr};
use rustc_hash::{FxHashMap, FxHashSet};

use super::slots::{Slot, Slots};
use crate::code::failure::{Failure, Outcome};

/// Offsets of blocks that ask come after all others, so that what they lead to counts as written first.
const BEHIND_ALL: u32 = 1 << 31;

/// Leads all ways that meet through blocks that ask.
///
/// # Errors
/// Loops of 3.7, whose ends are no edges.
pub fn run(graph: &mut Graph, slots: &Slots, temporaries: &Temporaries, variable: Variable) -> Outcome<()> {
    if let Some(block) = graph.blocks.iter().find(|block| matches!(block.terminator, Terminator::Loop { .. }))
    {
        let what = "a loop that says where it ends has several entries";
        return Err(Failure::Structure { what, offset: block.offset });
    }
    let reached: Vec<BlockId> =
        (0..graph.blocks.len() as u32).map(BlockId).filter(|id| slots.at(*id).is_some()).collect();
    let mut dispatch =
        Dispatch { graph, name: temporaries.next_block(), variable, askers: FxHashMap::default() };
    let land = dispatch.land(&reached);
    let targets = dispatch.targets(&reached, &land, slots);
    dispatch.ask(&targets);
    dispatch.redirect(&reached, &land, &targets);
    Ok(())
}

struct Dispatch<'a> {
    graph: &'a mut Graph,
    name: PyStr,
    variable: Variable,
    /// The first block that asks, by scope.
    askers: FxHashMap<ScopeId, BlockId>,
}

/// Where ways into a region lead instead: by the scope that they come from and the block.
type Landings = FxHashMap<(ScopeId, BlockId), BlockId>;

impl Dispatch<'_> {
    fn add(&mut self, ops: Vec<Op>, terminator: Terminator, offset: u32, scope: ScopeId) -> BlockId {
        let id = BlockId(self.graph.blocks.len() as u32);
        let insts = ops.into_iter().map(|op| Inst { op, offset, line: 0 }).collect();
        self.graph.blocks.push(Block { insts, terminator, offset, end: (offset, 0), scope });
        id
    }

    /// Gives every way into a body a block just outside of it, where ways can meet.
    fn land(&mut self, reached: &[BlockId]) -> Landings {
        let mut landings = Landings::default();
        for &from in reached {
            let scope = self.graph.block(from).scope;
            let targets: Vec<BlockId> = self.graph.block(from).terminator.successors().collect();
            for to in targets {
                let Some(region) = self.entered(scope, to) else { continue };
                let around = self.graph.region(region).parent;
                if around == scope && !landings.contains_key(&(around, to)) {
                    let offset = self.graph.block(to).offset;
                    let landing = self.add(Vec::new(), Terminator::Jump(to), offset, around);
                    landings.insert((around, to), landing);
                }
            }
        }
        landings
    }

    /// The outermost region whose body is entered on a way from a scope to a block.
    fn entered(&self, from: ScopeId, to: BlockId) -> Option<RegionId> {
        let mut scope = self.graph.block(to).scope;
        let mut region = None;
        while !self.graph.is_within(from, scope) {
            match self.graph.scopes[scope.index()] {
                Scope::Body(body) => region = Some(body),
                Scope::Root | Scope::Handler(_) => return None,
            }
            scope = self.graph.parent(scope);
        }
        region
    }

    /// The blocks at which ways meet, by scope; each is told by its number.
    fn targets(
        &self,
        reached: &[BlockId],
        landings: &Landings,
        slots: &Slots,
    ) -> FxHashMap<ScopeId, Vec<BlockId>> {
        let mut ways: FxHashMap<BlockId, u32> = FxHashMap::default();
        let mut led_to = FxHashSet::default();
        for &from in reached {
            let block = self.graph.block(from);
            for to in block.terminator.successors() {
                match landings.get(&(block.scope, to)) {
                    Some(landing) => {
                        *ways.entry(*landing).or_default() += 1;
                        led_to.insert((*landing, to));
                    }
                    None => *ways.entry(to).or_default() += 1,
                }
            }
        }
        for (_, to) in led_to {
            *ways.entry(to).or_default() += 1;
        }
        let bases = self.bases(slots);
        let mut targets: FxHashMap<ScopeId, Vec<BlockId>> = FxHashMap::default();
        let mut meetings: Vec<BlockId> = ways.iter().filter(|(_, ways)| **ways > 1).map(|w| *w.0).collect();
        meetings.sort_unstable();
        for block in meetings {
            let scope = self.graph.block(block).scope;
            let entered = match self.graph.block(block).terminator {
                Terminator::Jump(to) if slots.at(block).is_none() => to,
                _ => block,
            };
            let is_handler = self.graph.regions.iter().any(|region| region.handler == block);
            if !is_handler && kept(slots, entered) == bases.get(&scope).copied() {
                targets.entry(scope).or_default().push(block);
            }
        }
        targets
    }

    /// How many values statements keep on the stack in each scope, apart from those of statements in it.
    fn bases(&self, slots: &Slots) -> FxHashMap<ScopeId, usize> {
        let mut bases: FxHashMap<ScopeId, usize> = FxHashMap::default();
        bases.insert(Graph::ROOT, 0);
        for (number, region) in self.graph.regions.iter().enumerate() {
            let region_id = RegionId(number as u32);
            let Some(below) = kept(slots, region.handler) else { continue };
            let handled = match self.graph.block(region.handler).insts.first() {
                Some(Inst { op: Op::EnterHandler(count), .. }) => *count as usize,
                _ => 0,
            };
            bases.insert(Graph::body_scope(region_id), below);
            bases.insert(Graph::handler_scope(region_id), below + handled);
        }
        bases
    }

    /// Adds the blocks that ask, for each scope in which ways meet.
    fn ask(&mut self, targets: &FxHashMap<ScopeId, Vec<BlockId>>) {
        let mut scopes: Vec<_> = targets.keys().copied().collect();
        scopes.sort_unstable();
        for scope in scopes {
            let mut blocks = targets[&scope].clone();
            // In the order in which they were written.
            blocks.sort_by_key(|block| (self.graph.block(*block).offset, *block));
            let Some(mut next) = blocks.pop() else { continue };
            let mut asker = None;
            for (number, block) in blocks.iter().enumerate().rev() {
                let ops = vec![
                    Op::Load(self.variable, self.name.clone()),
                    Op::Const(number_of(*block)),
                    Op::Compare(Comparison::Equal),
                ];
                let branch =
                    Terminator::Branch { if_true: *block, if_false: next, jump_if: false, none_test: false };
                next = self.add(ops, branch, BEHIND_ALL + number as u32, scope);
                asker = Some(next);
            }
            let asker =
                asker.unwrap_or_else(|| self.add(Vec::new(), Terminator::Jump(next), BEHIND_ALL, scope));
            self.askers.insert(scope, asker);
        }
    }

    /// Leads the ways to blocks at which they meet through those that ask.
    fn redirect(
        &mut self,
        reached: &[BlockId],
        landings: &Landings,
        targets: &FxHashMap<ScopeId, Vec<BlockId>>,
    ) {
        let asked: FxHashSet<BlockId> = targets.values().flatten().copied().collect();
        let mut from: Vec<BlockId> = reached.to_vec();
        from.extend(landings.values().copied());
        from.sort_unstable();
        for id in from {
            let (scope, mut terminator) =
                (self.graph.block(id).scope, self.graph.block(id).terminator.clone());
            terminator.map_successors(|to| {
                let to = match landings.get(&(scope, to)) {
                    Some(landing) if *landing != id => *landing,
                    _ => to,
                };
                match asked.contains(&to) {
                    true => self.way(id, to),
                    false => to,
                }
            });
            self.graph.blocks[id.index()].terminator = terminator;
        }
        if asked.contains(&self.graph.entry) {
            let entry = self.graph.entry;
            self.graph.entry = self.way(entry, entry);
        }
    }

    /// A block that tells the variable where to go, and goes to the block that asks it.
    fn way(&mut self, from: BlockId, to: BlockId) -> BlockId {
        let scope = self.graph.block(to).scope;
        let Some(asker) = self.askers.get(&scope).copied() else { return to };
        let ops = vec![Op::Const(number_of(to)), Op::Store(self.variable, self.name.clone())];
        let origin = self.graph.block(from);
        let (offset, mut from_scope) = (origin.end.0, origin.scope);
        // Into a body, the variable is told outside of it.
        if !self.graph.is_within(from_scope, scope) && !self.graph.is_within(scope, from_scope) {
            from_scope = scope;
        }
        self.add(ops, Terminator::Jump(asker), offset, from_scope)
    }
}

/// The number that stands for a block.
fn number_of(block: BlockId) -> Arc<Object> {
    Arc::new(Object::Int(i64::from(block.0)))
}

/// How many values a statement keeps on the stack where a block begins.
fn kept(slots: &Slots, block: BlockId) -> Option<usize> {
    let slots = slots.at(block)?;
    Some(slots.iter().filter(|slot| matches!(slot, Slot::Kept(_))).count())
}
