//! Dominator trees.
//!
//! Semi-NCA (Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems", 2005): semidominators by path
//! compression as in Lengauer and Tarjan, then each immediate dominator by a walk up the tree built so far. Unlike
//! iterative methods it stays near linear where one handler has a whole function as predecessors.

use crate::Graph;

const NONE: u32 = u32::MAX;

/// Which nodes every path from the entry to a node passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dominators {
    /// By node: its immediate dominator, [`NONE`] for the entry and what cannot be reached.
    immediate: Vec<u32>,
    /// By node: when a walk of the tree enters and leaves it; `(0, 0)` where it cannot be reached.
    interval: Vec<(u32, u32)>,
}

impl Dominators {
    /// The dominators of what can be reached from `entry`.
    pub fn of(graph: &Graph, entry: u32) -> Dominators {
        compute(graph.len(), entry, |node| graph.successors(node), |node| graph.predecessors(node))
    }

    /// The post-dominators: which nodes every path from a node to an exit passes. Exits are nodes without successors.
    ///
    /// Nodes that no exit can be reached from (an endless loop) have none. Node `graph.len()` is the common end behind
    /// all exits: the immediate post-dominator of what shares no other.
    pub fn post(graph: &Graph) -> Dominators {
        let end = graph.len() as u32;
        let exits: Vec<u32> = (0..end).filter(|&node| graph.successors(node).is_empty()).collect();
        let towards_end = [end];
        compute(
            graph.len() + 1,
            end,
            |node| if node == end { &exits } else { graph.predecessors(node) },
            |node| match node {
                node if node == end => &[],
                node if graph.successors(node).is_empty() => &towards_end,
                node => graph.successors(node),
            },
        )
    }

    /// The closest node other than `node` that dominates it; `None` for the entry and what cannot be reached.
    pub fn immediate(&self, node: u32) -> Option<u32> {
        self.immediate.get(node as usize).copied().filter(|&dominator| dominator != NONE)
    }

    /// Whether every path to `node` passes `dominator`; a node dominates itself. False where either cannot be reached.
    pub fn dominates(&self, dominator: u32, node: u32) -> bool {
        match (self.interval.get(dominator as usize), self.interval.get(node as usize)) {
            (Some(&(enter, leave)), Some(&(at, _))) => enter != 0 && enter <= at && at <= leave,
            _ => false,
        }
    }

    /// Whether `node` can be reached at all.
    pub fn is_reachable(&self, node: u32) -> bool {
        self.interval.get(node as usize).is_some_and(|&(enter, _)| enter != 0)
    }
}

/// A depth-first walk: nodes by the time of their visit, and each one's time and parent's time.
struct Visit {
    order: Vec<u32>,
    time: Vec<u32>,
    parent: Vec<u32>,
}

fn visit<'a>(len: usize, entry: u32, successors: impl Fn(u32) -> &'a [u32]) -> Visit {
    let mut visit = Visit { order: Vec::new(), time: vec![NONE; len], parent: Vec::new() };
    let mut waiting = vec![(entry, NONE)];
    while let Some((node, parent)) = waiting.pop() {
        let Some(time @ &mut NONE) = visit.time.get_mut(node as usize) else { continue };
        *time = visit.order.len() as u32;
        let now = *time;
        visit.order.push(node);
        visit.parent.push(parent);
        waiting.extend(successors(node).iter().rev().map(|&successor| (successor, now)));
    }
    visit
}

fn compute<'a>(
    len: usize,
    entry: u32,
    successors: impl Fn(u32) -> &'a [u32],
    predecessors: impl Fn(u32) -> &'a [u32],
) -> Dominators {
    let visit = visit(len, entry, successors);
    let semi = semidominators(&visit, predecessors);
    // By time. A dominator is visited before what it dominates, so each walk finds its path finished.
    let mut dominator = visit.parent.clone();
    for time in 1..visit.order.len() {
        let mut candidate = dominator[time];
        while candidate > semi[time] {
            candidate = dominator[candidate as usize];
        }
        dominator[time] = candidate;
    }
    let mut immediate = vec![NONE; len];
    for (&node, &dominator) in visit.order.iter().zip(&dominator).skip(1) {
        immediate[node as usize] = visit.order[dominator as usize];
    }
    Dominators { interval: intervals(len, &visit.order, &dominator), immediate }
}

/// By time: the earliest node from which a path leads here whose inner nodes were all visited later than this one.
fn semidominators<'a>(visit: &Visit, predecessors: impl Fn(u32) -> &'a [u32]) -> Vec<u32> {
    let count = visit.order.len();
    let mut forest = Forest {
        ancestor: visit.parent.clone(),
        label: (0..count as u32).collect(),
        semi: (0..count as u32).collect(),
        path: Vec::new(),
    };
    for time in (1..count as u32).rev() {
        for &predecessor in predecessors(visit.order[time as usize]) {
            let at = visit.time[predecessor as usize];
            if at != NONE {
                let best = forest.best(at, time);
                let semi = &mut forest.semi[time as usize];
                *semi = best.min(*semi);
            }
        }
        forest.label[time as usize] = forest.semi[time as usize];
    }
    forest.semi
}

/// Finished parts of the depth-first tree, with shortcuts that grow as they are used.
struct Forest {
    ancestor: Vec<u32>,
    /// The smallest semidominator between a node and its shortcut, both ends but the upper one included.
    label: Vec<u32>,
    semi: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    /// The smallest semidominator on the finished path above and at `node`; nodes up to time `now` are not finished.
    fn best(&mut self, node: u32, now: u32) -> u32 {
        if node <= now {
            return node;
        }
        let mut top = node;
        while self.ancestor[top as usize] > now {
            self.path.push(top);
            top = self.ancestor[top as usize];
        }
        let mut label = self.label[top as usize];
        let above = self.ancestor[top as usize];
        while let Some(node) = self.path.pop() {
            label = label.min(self.label[node as usize]);
            self.label[node as usize] = label;
            self.ancestor[node as usize] = above;
        }
        label
    }
}

/// Numbers the dominator tree so that dominance is containment.
fn intervals(len: usize, order: &[u32], dominator: &[u32]) -> Vec<(u32, u32)> {
    let count = order.len();
    // Children come later than their parent, so sizes can be summed up from the end, and numbers handed down from
    // the start.
    let mut size = vec![1u32; count];
    for time in (1..count).rev() {
        size[dominator[time] as usize] += size[time];
    }
    let mut enter = vec![1u32; count];
    let mut next: Vec<u32> = vec![2; count];
    for time in 1..count {
        let parent = dominator[time] as usize;
        enter[time] = next[parent];
        next[parent] += size[time];
        next[time] = enter[time] + 1;
    }
    let mut interval = vec![(0, 0); len];
    for time in 0..count {
        interval[order[time] as usize] = (enter[time], enter[time] + size[time] - 1);
    }
    interval
}
