//! The walk over the bytecode that makes the blocks.

use lancehead_isa::Opcode;
use rustc_hash::FxHashMap;

use super::LiftError;
use super::context::{ContextId, Contexts, Frame};
use super::leaders::Stream;
use super::protected::Regions;
use super::translate::{Sink, translate};
use crate::{Block, BlockId, Graph, Inst, Op, RegionId, ScopeId, Terminator};

/// Blocks per instruction that no compiled code exceeds: `finally` bodies are copied once per way out of them.
const MAX_COPIES: usize = 40;

pub struct Walk<'s, 'c> {
    pub(super) stream: &'s Stream<'c>,
    pub(super) contexts: Contexts,
    pub(super) regions: Regions,
    /// Up to 3.10: the region that a `SETUP_*` makes in a context.
    pub(super) set_up: FxHashMap<(u32, ContextId), RegionId>,
    blocks: Vec<Option<Block>>,
    /// The blocks with an empty block stack, by instruction.
    outside: Vec<Option<BlockId>>,
    /// All others.
    known: FxHashMap<(u32, ContextId), BlockId>,
    pending: Vec<(BlockId, u32, ContextId)>,
    /// Since 3.11: the scope of each instruction. Empty where nothing is protected.
    scopes: Vec<ScopeId>,
}

/// What one instruction does to the block under construction.
pub(super) enum Step {
    /// The block goes on with this instruction, in this context.
    Next(u32, ContextId),
    /// The block ends.
    End(Terminator),
}

impl<'s, 'c> Walk<'s, 'c> {
    pub fn new(stream: &'s Stream<'c>) -> Result<Self, LiftError> {
        let mut regions = Regions::new();
        let mut scopes = Vec::new();
        if !stream.entries.is_empty() {
            regions.read_table(stream)?;
            scopes = regions.scopes(stream)?;
        }
        Ok(Walk {
            stream,
            contexts: Contexts::new(),
            regions,
            set_up: FxHashMap::default(),
            blocks: Vec::with_capacity(8),
            outside: vec![None; stream.instructions.len()],
            known: FxHashMap::default(),
            pending: Vec::with_capacity(8),
            scopes,
        })
    }

    pub fn run(mut self) -> Result<Graph, LiftError> {
        let entry = self.block_at(0, Contexts::EMPTY)?;
        let mut handlers_done = 0;
        loop {
            while let Some((id, at, context)) = self.pending.pop() {
                let block = self.build(at, context)?;
                self.blocks[id.index()] = Some(block);
            }
            // A handler is reached from its region only: it is walked once something in the region is.
            if self.scopes.is_empty() || handlers_done == self.regions.regions.len() {
                break;
            }
            for region in handlers_done..self.regions.regions.len() {
                self.walk_table_handler(RegionId(region as u32))?;
            }
            handlers_done = self.regions.regions.len();
        }
        let blocks = self.blocks.into_iter().collect::<Option<Vec<_>>>().ok_or(LiftError::TooComplex)?;
        let (mut line_markers, elided_jumps) = (self.stream.line_markers(), Vec::new());
        for each in &mut line_markers {
            each.begins_try = self.regions.begins_try(each.offset);
        }
        let (regions, scopes) = (self.regions.regions, self.regions.scopes);
        Ok(Graph { blocks, entry, regions, scopes, line_markers, elided_jumps, falls_to_jump: Vec::new() })
    }

    /// Walks the handler of a region. One that protects nothing, but for its own clean-up, is never reached.
    fn walk_table_handler(&mut self, region: RegionId) -> Result<(), LiftError> {
        if let Some(at) = self.regions.handler_of(region) {
            self.regions.regions[region.index()].handler = self.block_at(at, Contexts::EMPTY)?;
        }
        Ok(())
    }

    pub(super) fn block_at(&mut self, at: u32, context: ContextId) -> Result<BlockId, LiftError> {
        self.stream.get(at)?;
        let known = match context == Contexts::EMPTY {
            true => self.outside[at as usize],
            false => self.known.get(&(at, context)).copied(),
        };
        if let Some(id) = known {
            return Ok(id);
        }
        let id = self.reserve()?;
        match context == Contexts::EMPTY {
            true => self.outside[at as usize] = Some(id),
            false => drop(self.known.insert((at, context), id)),
        }
        self.pending.push((id, at, context));
        Ok(id)
    }

    pub(super) fn reserve(&mut self) -> Result<BlockId, LiftError> {
        if self.blocks.len() > 1000 + MAX_COPIES * self.stream.instructions.len() {
            return Err(LiftError::TooComplex);
        }
        self.blocks.push(None);
        Ok(BlockId(self.blocks.len() as u32 - 1))
    }

    /// Adds a block that no instruction starts.
    pub(super) fn add(
        &mut self,
        at: u32,
        scope: ScopeId,
        ops: Vec<Op>,
        then: Terminator,
    ) -> Result<BlockId, LiftError> {
        let id = self.reserve()?;
        let offset = self.stream.get(at)?.start;
        let line = self.stream.line(at);
        let insts = ops.into_iter().map(|op| Inst { op, offset, line }).collect();
        self.blocks[id.index()] = Some(Block { insts, terminator: then, offset, end: (offset, line), scope });
        Ok(id)
    }

    fn scope(&self, at: u32, context: ContextId) -> ScopeId {
        self.scopes.get(at as usize).copied().unwrap_or_else(|| self.contexts.scope(context))
    }

    fn build(&mut self, first: u32, context: ContextId) -> Result<Block, LiftError> {
        let scope = self.scope(first, context);
        let offset = self.stream.get(first)?.start;
        let until = (first + 1..).take(64).take_while(|at| !self.stream.ends_block(*at)).count();
        let (mut insts, mut at, mut context) = (Vec::with_capacity(until + 2), first, context);
        loop {
            let moved = self.scope(at, context) != scope;
            if at != first && (self.stream.is_leader(at) || moved) {
                let next = self.block_at(at, context)?;
                // A block without operations was an instruction that does nothing.
                let end =
                    insts.last().map_or((offset, self.stream.line(at - 1)), |i: &Inst| (i.offset, i.line));
                return Ok(Block { insts, terminator: Terminator::Jump(next), offset, end, scope });
            }
            match self.step(at, context, &mut insts)? {
                Step::Next(next, new_context) => {
                    // Leaving a handler ends a block, so that the ways out of the handler are edges.
                    if matches!(insts.last(), Some(Inst { op: Op::PopExcept(_), .. })) && next != at {
                        let to = self.block_at(next, new_context)?;
                        let end = (self.stream.get(at)?.offset, self.stream.line(at));
                        return Ok(Block { insts, terminator: Terminator::Jump(to), offset, end, scope });
                    }
                    (at, context) = (next, new_context);
                }
                Step::End(terminator) => {
                    let end = (self.stream.get(at)?.offset, self.stream.line(at));
                    return Ok(Block { insts, terminator, offset, end, scope });
                }
            }
        }
    }

    fn step(&mut self, at: u32, context: ContextId, insts: &mut Vec<Inst>) -> Result<Step, LiftError> {
        use Opcode::*;
        let instruction = *self.stream.get(at)?;
        let unexpected = LiftError::Unexpected { offset: instruction.offset, opcode: instruction.opcode };
        let (offset, line) = (instruction.offset, self.stream.line(at));
        let mut push = |op: Op| insts.push(Inst { op, offset, line });
        let next = at + 1;
        Ok(match instruction.opcode {
            JUMP_FORWARD | JUMP_ABSOLUTE | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT => {
                Step::End(Terminator::Jump(self.block_at(self.stream.jump(at)?, context)?))
            }
            POP_JUMP_IF_FALSE | POP_JUMP_FORWARD_IF_FALSE | POP_JUMP_BACKWARD_IF_FALSE => {
                Step::End(self.branch(at, context, false)?)
            }
            POP_JUMP_IF_TRUE | POP_JUMP_FORWARD_IF_TRUE | POP_JUMP_BACKWARD_IF_TRUE => {
                Step::End(self.branch(at, context, true)?)
            }
            POP_JUMP_IF_NONE | POP_JUMP_FORWARD_IF_NONE | POP_JUMP_BACKWARD_IF_NONE => {
                push(Op::Const(super::translate::none()));
                push(Op::Is { invert: false });
                Step::End(none_test(self.branch(at, context, true)?))
            }
            POP_JUMP_IF_NOT_NONE | POP_JUMP_FORWARD_IF_NOT_NONE | POP_JUMP_BACKWARD_IF_NOT_NONE => {
                push(Op::Const(super::translate::none()));
                push(Op::Is { invert: false });
                Step::End(none_test(self.branch(at, context, false)?))
            }
            JUMP_IF_FALSE_OR_POP => {
                push(Op::Copy(1));
                Step::End(self.keep_or_pop(at, context, false)?)
            }
            JUMP_IF_TRUE_OR_POP => {
                push(Op::Copy(1));
                Step::End(self.keep_or_pop(at, context, true)?)
            }
            JUMP_IF_NOT_EXC_MATCH => {
                push(Op::ExceptionMatch { keeps_exception: false });
                Step::End(self.branch(at, context, false)?)
            }
            FOR_ITER => {
                let body = self.block_at(next, context)?;
                let exhausted = self.after_loop(self.stream.jump(at)?, context)?;
                Step::End(Terminator::ForIter { body, exhausted, is_async: false })
            }
            GET_ANEXT => Step::End(self.async_for(at, context)?),
            SEND => {
                push(Op::YieldFrom);
                Step::Next(self.stream.jump(at)?, context)
            }
            COPY if self.is_guarded_builtin(at) => {
                // `any(genexpr)` and its like: the compiler inlines a loop for the case that the name means the builtin;
                // the call that stands in the source is where the guard fails.
                Step::Next(self.stream.jump(at + 3)?, context)
            }
            COPY if self.stream.opcode(next) == Some(LOAD_SPECIAL) => {
                let is_async = self.stream.get(next)?.arg >= 2;
                push(Op::BeforeWith { is_async, null_slot: true });
                Step::Next(at + 6, context)
            }
            RETURN_VALUE => Step::End(Terminator::Return),
            RETURN_CONST => {
                translate(self.stream, at, &mut Sink { insts, offset, line })?;
                Step::End(Terminator::Return)
            }
            BREAK_LOOP | CONTINUE_LOOP => {
                push(if instruction.opcode == BREAK_LOOP { Op::Break } else { Op::Continue });
                Step::Next(next, context)
            }
            RAISE_VARARGS => Step::End(Terminator::Raise(instruction.arg)),
            RERAISE => Step::End(Terminator::Reraise),
            RETURN_GENERATOR => match self.stream.opcode(next) {
                Some(POP_TOP) => Step::Next(next + 1, context),
                _ => return Err(unexpected),
            },
            PUSH_EXC_INFO => {
                let lasti = self.lasti(at)?;
                push(Op::EnterHandler(2 + u32::from(lasti)));
                Step::Next(next, context)
            }
            POP_EXCEPT => self.pop_except(at, context, insts)?,
            _ if instruction.jump_target(self.stream.version).is_some()
                || is_block_opcode(instruction.opcode) =>
            {
                self.block_step(at, context, insts)?
            }
            _ => {
                translate(self.stream, at, &mut Sink { insts, offset, line })?;
                Step::Next(next, context)
            }
        })
    }

    pub(super) fn branch(
        &mut self,
        at: u32,
        context: ContextId,
        jump_if: bool,
    ) -> Result<Terminator, LiftError> {
        let to = self.block_at(self.stream.jump(at)?, context)?;
        // What only counts how often a branch is not taken does nothing.
        let counts = self.stream.opcode(at + 1) == Some(Opcode::NOT_TAKEN);
        let behind = at + 1 + u32::from(counts);
        let next = self.block_at(behind, context)?;
        let (if_true, if_false) = if jump_if { (to, next) } else { (next, to) };
        let jump_if = jump_if != self.stream.is_turned_around(at, behind);
        Ok(Terminator::Branch { if_true, if_false, jump_if, none_test: false })
    }

    /// `JUMP_IF_x_OR_POP`, whose test has been copied: the edge that does not jump pops the copy's original.
    fn keep_or_pop(&mut self, at: u32, context: ContextId, jump_if: bool) -> Result<Terminator, LiftError> {
        let to = self.block_at(self.stream.jump(at)?, context)?;
        let next = self.block_at(at + 1, context)?;
        let scope = self.scope(at, context);
        let popped = self.add(at + 1, scope, vec![Op::Pop], Terminator::Jump(next))?;
        let (if_true, if_false) = if jump_if { (to, popped) } else { (popped, to) };
        Ok(Terminator::Branch { if_true, if_false, jump_if, none_test: false })
    }

    /// Where a `for` loop goes on once it is exhausted: past the instructions that drop its iterator.
    fn after_loop(&mut self, target: u32, context: ContextId) -> Result<BlockId, LiftError> {
        use Opcode::*;
        let after = match (self.stream.opcode(target), self.stream.opcode(target + 1)) {
            (Some(END_FOR), Some(POP_ITER)) => target + 2,
            (Some(END_FOR), Some(POP_TOP)) if self.stream.version.end_for_needs_pop_top() => target + 2,
            (Some(END_FOR), _) => target + 1,
            _ => target,
        };
        self.block_at(after, context)
    }

    /// The header of an `async for`.
    fn async_for(&mut self, at: u32, context: ContextId) -> Result<Terminator, LiftError> {
        let (body, exhausted) = self.async_loop(at)?;
        let body_context = self.contexts.pop(context).filter(|(f, _)| *f == Frame::Folded);
        let body = match body_context {
            // 3.8 to 3.10 end the folded block right after the item is there; 3.7 after it is stored.
            Some((_, below)) if self.stream.opcode(body) == Some(Opcode::POP_BLOCK) => {
                self.block_at(body + 1, below)?
            }
            _ => self.block_at(body, context)?,
        };
        let outside = body_context.map_or(context, |(_, below)| below);
        let exhausted = self.block_at(exhausted, outside)?;
        Ok(Terminator::ForIter { body, exhausted, is_async: true })
    }

    /// For `GET_ANEXT`: the first instruction after the item has come, and the first after the loop.
    fn async_loop(&self, at: u32) -> Result<(u32, u32), LiftError> {
        use Opcode::*;
        let instruction = self.stream.get(at)?;
        let unexpected = LiftError::Unexpected { offset: instruction.offset, opcode: instruction.opcode };
        if let Some(handler) = self.stream.handler(at)? {
            let send = (at + 1..at + 5).find(|&i| self.stream.opcode(i) == Some(SEND)).ok_or(unexpected)?;
            return Ok((self.stream.jump(send)?, handler + 1));
        }
        let setup = at.checked_sub(1).map(|i| self.stream.get(i)).transpose()?;
        let Some(SETUP_EXCEPT | SETUP_FINALLY) = setup.map(|i| i.opcode) else { return Err(unexpected) };
        let handler = self.stream.jump(at - 1)?;
        if self.stream.opcode(handler) == Some(END_ASYNC_FOR) {
            return Ok((at + 3, handler + 1));
        }
        // 3.7 spells it out: DUP_TOP; LOAD_GLOBAL StopAsyncIteration; COMPARE_OP; POP_JUMP_IF_TRUE end; and at the end
        // three POP_TOP, POP_EXCEPT, POP_TOP.
        let end = self.stream.jump(handler + 3)?;
        Ok((at + 3, end + 5))
    }

    /// Whether the handler that starts here is given the offset of the raising instruction.
    fn lasti(&self, at: u32) -> Result<bool, LiftError> {
        Ok(self.stream.given_lasti.contains(&self.stream.get(at)?.start))
    }

    fn is_guarded_builtin(&self, at: u32) -> bool {
        use Opcode::*;
        // A pattern compares a copy of its subject with a constant in the same way.
        let is_function = |at| {
            self.stream.get(at).is_ok_and(|i: &lancehead_isa::Instruction| {
                let constant = lancehead_isa::operand::common_constant(self.stream.version, i.arg);
                constant.is_some_and(|name| !matches!(name, "None" | "True" | "False" | "''" | "-1"))
            })
        };
        self.stream.opcode(at + 1) == Some(LOAD_COMMON_CONSTANT)
            && is_function(at + 1)
            && self.stream.opcode(at + 2) == Some(IS_OP)
            && self.stream.opcode(at + 3) == Some(POP_JUMP_IF_FALSE)
    }
}

fn none_test(branch: Terminator) -> Terminator {
    match branch {
        Terminator::Branch { if_true, if_false, jump_if, .. } => {
            Terminator::Branch { if_true, if_false, jump_if, none_test: true }
        }
        other => other,
    }
}

fn is_block_opcode(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(
        opcode,
        POP_BLOCK | BEGIN_FINALLY | END_FINALLY | POP_FINALLY | WITH_CLEANUP_START | WITH_CLEANUP_FINISH
    )
}
