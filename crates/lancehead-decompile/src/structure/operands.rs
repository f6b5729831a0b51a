//! Runs of operands: `a and b and c`.
//!
//! Each operand but the last goes on to the next one or to where all of them lead. Taking them up one by one from the left is linear;
//! folding from the right copies all that follows an operand once for each.

use lancehead_ast::{BoolOp, Expr};
use lancehead_ir::{BlockId, Terminator};

use super::node::SharedState;
use super::pattern_start::pattern_start;
use super::{End, Node, Structurer};
use crate::code::failure::{Failure, Outcome};
use crate::execute::Machine;
use crate::execute::value::Stack;
use crate::structure::condition::{Test, bool_op};

/// The operands of a run, and where it has come to.
struct Run {
    /// `and`: each operand is evaluated when the one before it is true.
    is_and: bool,
    /// Where every operand that decides leads.
    decided: BlockId,
    /// What is done where none has decided.
    next: BlockId,
    /// The blocks of the operand before.
    before: Vec<BlockId>,
    /// All blocks taken up.
    blocks: Vec<BlockId>,
}

impl Run {
    fn op(&self) -> BoolOp {
        if self.is_and { BoolOp::And } else { BoolOp::Or }
    }

    /// Moves on behind an operand.
    fn take(&mut self, operand: &Node, next: BlockId) {
        self.next = next;
        self.before.clone_from(&operand.blocks);
        self.blocks.extend(&operand.blocks);
    }
}

impl Structurer<'_> {
    /// Takes up the operands that follow a branch and are one test each. What else may follow is left to
    /// [`fold_operand`](Structurer::fold_operand), which gives the same as this where both apply.
    pub(super) fn fold_run(&mut self, node: &mut Node) -> Outcome<bool> {
        let End::Branch { ref test, if_true, if_false, keeps } = node.end else { return Ok(false) };
        let base = node.stack.without(u32::from(keeps));
        // What an operand uses of copied values is not the same from the left.
        if !(keeps || self.is_plain(test)) || SharedState::of(&base).is_some() {
            return Ok(false);
        }
        for (is_and, next, decided) in [(true, if_true, if_false), (false, if_false, if_true)] {
            if !self.is_only_after(node, next, None) || self.leaves_line(&node.blocks, decided) {
                continue;
            }
            let (before, blocks) = (node.blocks.clone(), Vec::new());
            let mut run = Run { is_and, decided, next, before, blocks };
            return match keeps {
                true => self.fold_values(node, base, &mut run),
                false => self.fold_tests(node, &mut run),
            };
        }
        Ok(false)
    }

    /// A run of tests.
    fn fold_tests(&mut self, node: &mut Node, run: &mut Run) -> Outcome<bool> {
        let mut tests = Vec::new();
        while let Some(operand) = self.operand(run, run.next, &node.stack)? {
            let End::Branch { ref test, if_true, if_false, keeps: false } = operand.end else { break };
            if !operand.stack.same(&node.stack) || !self.is_plain(test) || self.tested_apart(run, &operand) {
                break;
            }
            // Neighbours that decide by being the opposite are negated together, which only what follows tells.
            let (decided, next) = if run.is_and { (if_false, if_true) } else { (if_true, if_false) };
            if decided != run.decided || self.same_target(next, decided) {
                break;
            }
            run.take(&operand, next);
            let End::Branch { test, .. } = operand.end else { break };
            tests.push(test);
        }
        if tests.is_empty() {
            return Ok(false);
        }
        let End::Branch { test: first, .. } = std::mem::replace(&mut node.end, End::Reraise) else {
            return Ok(false);
        };
        tests.insert(0, first);
        let (test, if_true, if_false) = match run.is_and {
            true => (Test::And(tests), run.next, run.decided),
            false => (Test::Or(tests), run.decided, run.next),
        };
        node.end = End::Branch { test, if_true, if_false, keeps: false };
        node.blocks.append(&mut run.blocks);
        Ok(true)
    }

    /// A run of values, each of which is dropped where the next is computed and kept where it decides.
    fn fold_values(&mut self, node: &mut Node, base: Stack, run: &mut Run) -> Outcome<bool> {
        let mut values: Vec<Expr> = Vec::new();
        let mut last = None;
        let mut stack = node.stack.clone();
        let shared = SharedState::of(&stack);
        while let Some(drop) = self.drops_top(run.next)
            && self.flow.predecessors[drop.index()][..] == [run.next]
            && let Some(operand) = self.operand(run, drop, &stack)?
        {
            let End::Branch { keeps: true, if_true, if_false, .. } = operand.end else { break };
            let (decided, next) = if run.is_and { (if_false, if_true) } else { (if_true, if_false) };
            let fits = decided == run.decided
                && !self.same_target(next, decided)
                && operand.stack.depth() == stack.depth()
                && operand.stack.without(1).same(&base);
            let Some(value) = self.kept_value(&operand).filter(|_| fits) else { break };
            if values.is_empty() {
                values.extend(self.kept_value(node));
            }
            run.take(&operand, next);
            values.push(value);
            stack = operand.stack.clone();
            last = Some(operand);
        }
        let Some(mut last) = last else {
            // What was tried and not taken up has not used the value.
            shared.into_iter().for_each(SharedState::restore);
            return Ok(false);
        };
        last.blocks = std::mem::take(&mut run.blocks);
        let (t, f) = if run.is_and { (run.next, run.decided) } else { (run.decided, run.next) };
        self.become_kept(node, &last, base, bool_op(run.op(), values), t, f);
        Ok(true)
    }

    /// Executes the next operand of a run, in `block` (or behind the drop in `run.next`), if it may be one.
    fn operand(&mut self, run: &Run, block: BlockId, stack: &Stack) -> Outcome<Option<Node>> {
        let source = self.graph.block(block);
        let Terminator::Branch { if_true, if_false, .. } = source.terminator else { return Ok(None) };
        let may_be_one = [if_true, if_false].contains(&run.decided)
            && if_true != if_false
            && self.is_next(run, run.next)
            && !self.flow.is_header(block)
            && source.scope == self.graph.block(run.next).scope
            && !self.starts.contains_key(&block)
            && pattern_start(source, 0).is_none()
            && !self.leaves_line(&[block], run.decided);
        if !may_be_one {
            return Ok(None);
        }
        let mut machine = Machine::new(self.unit, stack.clone());
        let mut blocks = Vec::new();
        let executed = match run.next == block {
            true => self.execute(&mut machine, block, &mut blocks),
            false => self.execute(&mut machine, run.next, &mut blocks).and_then(|node| {
                let mut machine = Machine::new(self.unit, node.stack);
                machine.items = node.items;
                let mut blocks = node.blocks;
                self.execute(&mut machine, block, &mut blocks)
            }),
        };
        match executed {
            Ok(node) => Ok(Some(node).filter(|node| node.items.is_empty())),
            Err(Failure::Expression { .. } | Failure::Structure { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Whether a block follows what the run has taken up, and nothing else. The first one was looked at before.
    fn is_next(&self, run: &Run, next: BlockId) -> bool {
        let Some(last) = run.blocks.last() else { return true };
        self.flow.predecessors[next.index()][..] == [*last]
            && !self.flow.is_header(next)
            && self.graph.block(next).scope == self.graph.block(*last).scope
    }

    /// Whether an edge from one of some blocks passes what has a line.
    fn leaves_line(&self, from: &[BlockId], to: BlockId) -> bool {
        self.stop(from, to).is_some()
    }

    /// Whether an operand is tested by a statement of its own.
    fn tested_apart(&self, run: &Run, operand: &Node) -> bool {
        let start = |blocks: &[BlockId]| blocks.first().map(|block| self.graph.block(*block).offset);
        start(&operand.blocks) <= start(&run.before) || self.test_apart(&run.before, operand)
    }

    /// Whether a test can be joined with others whether it is negated or not.
    fn is_plain(&self, test: &Test) -> bool {
        matches!(test, Test::Leaf { .. }) && test.is_faithful(true, self.folds())
    }
}
