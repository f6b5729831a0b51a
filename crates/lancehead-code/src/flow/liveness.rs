//! Which local variables are still to be read.

use lancehead_isa::Opcode;
use rustc_hash::FxHashMap;

use super::{BlockId, FlowGraph};
use crate::cfg::EdgeKind;
use crate::program::{Instr, Operand, Variable};

/// For each block, which local variables are read later before they are set anew.
///
/// Cells are left out, because anybody may read them; so is whoever looks at the frame from outside, as `locals()` and
/// debuggers do.
#[derive(Debug, Clone)]
pub struct Liveness {
    variables: Vec<Variable>,
    live_in: Vec<Vec<u64>>,
    live_out: Vec<Vec<u64>>,
}

/// What instructions do with local variables.
enum Access {
    Read,
    Write,
}

impl Liveness {
    /// Follows all paths backwards, those of exceptions included.
    pub fn of(graph: &FlowGraph) -> Liveness {
        let mut numbers: FxHashMap<Variable, usize> = FxHashMap::default();
        for &id in &graph.order {
            for instruction in &graph.block(id).instructions {
                for (variable, _) in accesses(instruction) {
                    let next = numbers.len();
                    numbers.entry(variable.clone()).or_insert(next);
                }
            }
        }
        let words = numbers.len().div_ceil(64);
        let blocks = graph.blocks.len();
        let (mut reads, mut writes) = (vec![vec![0u64; words]; blocks], vec![vec![0u64; words]; blocks]);
        for &id in &graph.order {
            let (reads, writes) = (&mut reads[id.index()], &mut writes[id.index()]);
            for instruction in &graph.block(id).instructions {
                for (variable, access) in accesses(instruction) {
                    let Some(&number) = numbers.get(variable) else { continue };
                    let (word, bit) = (number / 64, 1 << (number % 64));
                    match access {
                        Access::Read => reads[word] |= bit & !writes[word],
                        Access::Write => writes[word] |= bit,
                    }
                }
            }
        }
        let (live_in, live_out) = solve(graph, reads, &writes, words);
        let mut variables: Vec<(usize, Variable)> =
            numbers.into_iter().map(|(variable, number)| (number, variable)).collect();
        variables.sort_by_key(|(number, _)| *number);
        let variables = variables.into_iter().map(|(_, variable)| variable).collect();
        Liveness { variables, live_in, live_out }
    }

    /// The variables that are read, before they are set, from the start of a block on.
    pub fn live_in(&self, block: BlockId) -> Vec<&Variable> {
        self.named(self.live_in.get(block.index()))
    }

    /// The same from the end of a block on.
    pub fn live_out(&self, block: BlockId) -> Vec<&Variable> {
        self.named(self.live_out.get(block.index()))
    }

    fn named(&self, set: Option<&Vec<u64>>) -> Vec<&Variable> {
        let contains = |number: usize| set.is_some_and(|words| words[number / 64] >> (number % 64) & 1 == 1);
        (0..self.variables.len()).filter(|&n| contains(n)).map(|n| &self.variables[n]).collect()
    }
}

/// Repeats until nothing changes: what is live behind a block is what is live before its successors.
fn solve(
    graph: &FlowGraph,
    reads: Vec<Vec<u64>>,
    writes: &[Vec<u64>],
    words: usize,
) -> (Vec<Vec<u64>>, Vec<Vec<u64>>) {
    let mut live_in = reads;
    let mut live_out = vec![vec![0u64; words]; graph.blocks.len()];
    let mut incoming: Vec<Vec<(u32, EdgeKind)>> = vec![Vec::new(); graph.blocks.len()];
    for edge in graph.edges() {
        incoming[edge.to as usize].push((edge.from, edge.kind));
    }
    let mut waiting: Vec<u32> = graph.order.iter().map(|id| id.0).collect();
    let mut is_waiting = vec![true; graph.blocks.len()];
    while let Some(to) = waiting.pop() {
        is_waiting[to as usize] = false;
        let live = live_in[to as usize].clone();
        for &(from, kind) in &incoming[to as usize] {
            let from = from as usize;
            let mut changed = false;
            for word in 0..words {
                live_out[from][word] |= live[word];
                // An exception may come before the block sets anything.
                let set = if kind == EdgeKind::Exception { 0 } else { writes[from][word] };
                let before = live_in[from][word];
                live_in[from][word] |= live[word] & !set;
                changed |= live_in[from][word] != before;
            }
            if changed && !std::mem::replace(&mut is_waiting[from], true) {
                waiting.push(from as u32);
            }
        }
    }
    (live_in, live_out)
}

/// The local variables that an instruction works on, in order.
fn accesses(instruction: &Instr) -> Vec<(&Variable, Access)> {
    use Access::{Read, Write};
    let is_local = |variable: &Variable| matches!(variable, Variable::Local(_));
    let found = match (instruction.opcode, &instruction.operand) {
        (Opcode::STORE_FAST, Operand::Variable(variable)) => vec![(variable, Write)],
        // Deleting raises where nothing is set, and what was there is gone.
        (Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR, Operand::Variable(variable)) => {
            vec![(variable, Read), (variable, Write)]
        }
        (_, Operand::Variable(variable)) => vec![(variable, Read)],
        (Opcode::STORE_FAST_STORE_FAST, Operand::Variables(first, second)) => {
            vec![(first, Write), (second, Write)]
        }
        (Opcode::STORE_FAST_LOAD_FAST, Operand::Variables(first, second)) => {
            vec![(first, Write), (second, Read)]
        }
        (_, Operand::Variables(first, second)) => vec![(first, Read), (second, Read)],
        _ => Vec::new(),
    };
    found.into_iter().filter(|(variable, _)| is_local(variable)).collect()
}
