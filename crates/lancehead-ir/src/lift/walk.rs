//! The walk over the bytecode that makes the blocks.

use lancehead_isa::Opcode;
use rustc_hash::FxHashMap;

use super::LiftError;
use super::context::{ContextId, Contexts, Frame, Then};
use super::leaders::Stream;
use super::protected::Regions;
use super::translate::{Sink, translate};
use crate::{Block, BlockId, Graph, Inst, Op, RegionId, RegionKind, ScopeId, Terminator};

/// Blocks per instruction that no compiled code exceeds: `finally` bodies are copied once per way out of them.
const MAX_COPIES: usize = 40;

pub struct Walk<'s, 'c> {
    pub(super) stream: &'s Stream<'c>,
    contexts: Contexts,
    regions: Regions,
    /// Up to 3.10: the region that a `SETUP_*` makes in a context.
    set_up: FxHashMap<(u32, ContextId), RegionId>,
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
enum Step {
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
        let (mut idle, stops) = (self.stream.idle(), Vec::new());
        for each in &mut idle {
            each.begins_try = self.regions.begins_try(each.offset);
        }
        let (regions, scopes) = (self.regions.regions, self.regions.scopes);
        Ok(Graph { blocks, entry, regions, scopes, idle, stops, falls_to_jump: Vec::new() })
    }

    /// Walks the handler of a region. One that protects nothing, but for its own clean-up, is never reached.
    fn walk_table_handler(&mut self, region: RegionId) -> Result<(), LiftError> {
        if let Some(at) = self.regions.handler_of(region) {
            self.regions.regions[region.index()].handler = self.block_at(at, Contexts::EMPTY)?;
        }
        Ok(())
    }

    fn block_at(&mut self, at: u32, context: ContextId) -> Result<BlockId, LiftError> {
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

    fn reserve(&mut self) -> Result<BlockId, LiftError> {
        if self.blocks.len() > 1000 + MAX_COPIES * self.stream.instructions.len() {
            return Err(LiftError::TooComplex);
        }
        self.blocks.push(None);
        Ok(BlockId(self.blocks.len() as u32 - 1))
    }

    /// Adds a block that no instruction starts.
    fn add(&mut self, at: u32, scope: ScopeId, ops: Vec<Op>, then: Terminator) -> Result<BlockId, LiftError> {
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
            GET_ANEXT => {
                let (body, exhausted) = self.async_loop(at)?;
                let body_context = self.contexts.pop(context).filter(|(f, _)| *f == Frame::Folded);
                let body = match body_context {
                    // 3.8 to 3.10 end the folded block right after the item is there; 3.7 after it is stored.
                    Some((_, below)) if self.stream.opcode(body) == Some(POP_BLOCK) => {
                        self.block_at(body + 1, below)?
                    }
                    _ => self.block_at(body, context)?,
                };
                let outside = body_context.map_or(context, |(_, below)| below);
                let exhausted = self.block_at(exhausted, outside)?;
                Step::End(Terminator::ForIter { body, exhausted, is_async: true })
            }
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

    /// Instructions that work on the block stack of 3.7 to 3.10.
    fn block_step(&mut self, at: u32, context: ContextId, insts: &mut Vec<Inst>) -> Result<Step, LiftError> {
        use Opcode::*;
        let instruction = *self.stream.get(at)?;
        let unexpected = || LiftError::Unexpected { offset: instruction.offset, opcode: instruction.opcode };
        let (offset, line) = (instruction.offset, self.stream.line(at));
        let mut push = |op: Op| insts.push(Inst { op, offset, line });
        let next = at + 1;
        Ok(match instruction.opcode {
            SETUP_LOOP => {
                let end = self.stream.jump(at)?;
                let is_for = self.is_for_loop(next, end)?;
                let inside = self.contexts.push(context, Frame::Loop, None);
                let (body, after) = (self.block_at(next, inside)?, self.block_at(end, context)?);
                Step::End(Terminator::Loop { body, after, is_for })
            }
            SETUP_EXCEPT | SETUP_FINALLY if self.is_folded(at)? => {
                self.find_end_of_clauses(at, context)?;
                Step::Next(next, self.contexts.push(context, Frame::Folded, None))
            }
            SETUP_EXCEPT | SETUP_FINALLY => Step::Next(next, self.protect(at, context, RegionKind::Try)?),
            SETUP_WITH | SETUP_ASYNC_WITH => {
                if instruction.opcode == SETUP_WITH {
                    push(Op::BeforeWith { is_async: false, null_slot: false });
                }
                Step::Next(next, self.protect(at, context, RegionKind::With)?)
            }
            POP_BLOCK => {
                let (frame, below) = self.contexts.pop(context).ok_or_else(unexpected)?;
                if frame == Frame::Loop {
                    push(Op::LeaveLoop);
                    return Ok(Step::End(Terminator::Jump(self.block_at(next, below)?)));
                }
                if matches!(frame, Frame::Protected { .. }) && self.sets_up_nothing(at) {
                    push(Op::Nop);
                }
                match self.enters_finally(next, context) {
                    // The unbinding of `except … as name` is implied by the clause.
                    Some(handler) if self.is_name_cleanup(handler) => {
                        push(Op::FallsOut);
                        Step::Next(handler + 4, below)
                    }
                    Some(handler) => Step::Next(
                        handler,
                        self.contexts.push(below, Frame::FinallyBody { then: Then::Next }, None),
                    ),
                    None => Step::Next(next, below),
                }
            }
            BEGIN_FINALLY => {
                let frame = Frame::FinallyBody { then: Then::Next };
                Step::Next(next, self.contexts.push(context, frame, None))
            }
            CALL_FINALLY => {
                let handler = self.stream.jump(at)?;
                if self.is_name_cleanup(handler) {
                    push(Op::JumpsOut);
                    return Ok(Step::Next(next, context));
                }
                let frame = Frame::FinallyBody { then: Then::ReturnTo(next) };
                let to = self.contexts.push(context, frame, None);
                Step::Next(handler, to)
            }
            END_FINALLY => match self.contexts.pop(context).ok_or_else(unexpected)? {
                (Frame::FinallyBody { then: Then::Next }, below) => {
                    push(Op::FallsOut);
                    Step::Next(next, below)
                }
                (Frame::FinallyBody { then: Then::ReturnTo(to) }, below) => Step::Next(to, below),
                (Frame::Handler { region }, below) => {
                    if self.stream.get(next).is_ok() {
                        let after = self.block_at(next, below)?;
                        self.regions.regions[region.index()].after = Some(after);
                    }
                    Step::End(Terminator::Reraise)
                }
                _ => return Err(unexpected()),
            },
            POP_FINALLY => match self.contexts.pop(context).ok_or_else(unexpected)? {
                (Frame::FinallyBody { .. }, below) => Step::Next(next, below),
                (Frame::Handler { .. }, below) => {
                    push(Op::LeaveHandler { keeps_top: instruction.arg != 0 });
                    Step::Next(next, below)
                }
                _ => return Err(unexpected()),
            },
            WITH_CLEANUP_START => match self.contexts.pop(context) {
                Some((Frame::Handler { .. }, _)) => {
                    push(Op::WithExceptStart);
                    Step::Next(next, context)
                }
                _ => {
                    push(Op::WithExit);
                    Step::Next(next, context)
                }
            },
            WITH_CLEANUP_FINISH => match self.contexts.pop(context).ok_or_else(unexpected)? {
                (Frame::Handler { .. }, below) => {
                    // Followed by END_FINALLY, which raises again what the manager did not suppress.
                    let scope = self.contexts.scope(context);
                    let after = self.block_at(next + 1, below)?;
                    let if_true = self.add(
                        at,
                        self.contexts.scope(below),
                        vec![Op::SuppressException],
                        Terminator::Jump(after),
                    )?;
                    let if_false = self.add(at, scope, Vec::new(), Terminator::Reraise)?;
                    Step::End(Terminator::Branch { if_true, if_false, jump_if: true, none_test: false })
                }
                _ => {
                    push(Op::Pop);
                    Step::Next(next, context)
                }
            },
            _ => return Err(unexpected()),
        })
    }

    /// `POP_EXCEPT`, with the unbinding of `except … as name` that follows it.
    fn pop_except(&mut self, at: u32, context: ContextId, insts: &mut Vec<Inst>) -> Result<Step, LiftError> {
        let (offset, line) = (self.stream.get(at)?.offset, self.stream.line(at));
        let table = self.stream.version.has_exception_table();
        insts.push(Inst { op: Op::PopExcept(if table { 1 } else { 3 }), offset, line });
        let below = match (table, self.contexts.pop(context)) {
            (true, _) => context,
            (false, Some((Frame::Handler { .. }, below))) => below,
            (false, _) => {
                return Err(LiftError::Unexpected { offset, opcode: Opcode::POP_EXCEPT });
            }
        };
        let next =
            if !self.stream.version.ends_finally() && self.unbinds_name(at + 1) { at + 4 } else { at + 1 };
        Ok(Step::Next(next, below))
    }

    /// `LOAD_CONST None; STORE name; DELETE name`.
    fn unbinds_name(&self, at: u32) -> bool {
        use Opcode::*;
        let (Ok(load), Ok(store), Ok(delete)) =
            (self.stream.get(at), self.stream.get(at + 1), self.stream.get(at + 2))
        else {
            return false;
        };
        let pair = matches!(
            (store.opcode, delete.opcode),
            (STORE_FAST, DELETE_FAST)
                | (STORE_NAME, DELETE_NAME)
                | (STORE_GLOBAL, DELETE_GLOBAL)
                | (STORE_DEREF, DELETE_DEREF)
        );
        pair && store.arg == delete.arg && super::translate::is_none(self.stream, load)
    }

    /// A `finally` handler that only unbinds the name of an `except … as name` (3.7, 3.8).
    fn is_name_cleanup(&self, at: u32) -> bool {
        self.unbinds_name(at)
            && matches!(self.stream.opcode(at + 3), Some(Opcode::END_FINALLY | Opcode::RERAISE))
    }

    /// Whether a `POP_BLOCK` comes right after the instruction whose block it pops.
    fn sets_up_nothing(&self, pop: u32) -> bool {
        let before = pop.checked_sub(1).and_then(|at| self.stream.opcode(at));
        matches!(before, Some(Opcode::SETUP_EXCEPT | Opcode::SETUP_FINALLY))
    }

    /// Whether a `SETUP_*` stands for nothing in the source, or for what another operation says.
    fn is_folded(&self, at: u32) -> Result<bool, LiftError> {
        let handler = self.stream.jump(at)?;
        Ok(self.stream.opcode(at + 1) == Some(Opcode::GET_ANEXT)
            || self.stream.opcode(handler) == Some(Opcode::END_ASYNC_FOR)
            || self.is_name_cleanup(handler))
    }

    /// After `POP_BLOCK`: whether control now enters a `finally` body without an exception, and where that starts. 3.7
    /// says so by pushing None, 3.8 by `BEGIN_FINALLY`.
    fn enters_finally(&self, at: u32, popped_from: ContextId) -> Option<u32> {
        let (frame, _) = self.contexts.pop(popped_from)?;
        let version = self.stream.version;
        match self.stream.opcode(at)? {
            Opcode::LOAD_CONST if version.unwinds_blocks() => {
                let handler = at + 1;
                let entered = match frame {
                    Frame::Protected { falls_to, .. } => falls_to == Some(handler),
                    Frame::Folded => self.is_name_cleanup(handler),
                    _ => false,
                };
                entered.then_some(handler)
            }
            Opcode::BEGIN_FINALLY if frame == Frame::Folded && self.is_name_cleanup(at + 1) => Some(at + 1),
            _ => None,
        }
    }

    fn protect(&mut self, at: u32, context: ContextId, kind: RegionKind) -> Result<ContextId, LiftError> {
        let handler = self.stream.jump(at)?;
        let region = match self.set_up.get(&(at, context)) {
            Some(&region) => region,
            None => {
                let region = self.regions.add(self.contexts.scope(context), kind, None);
                self.set_up.insert((at, context), region);
                let scope = self.regions.handler(region);
                let inside = self.contexts.push(context, Frame::Handler { region }, Some(scope));
                let first = self.block_at(handler, inside)?;
                let entered = vec![Op::EnterHandler(6)];
                let block = self.add(handler, scope, entered, Terminator::Jump(first))?;
                let entry = &mut self.regions.regions[region.index()];
                (entry.handler, entry.line) = (block, self.stream.line(at));
                region
            }
        };
        let opcode = self.stream.get(at)?.opcode;
        let falls = self.stream.version.unwinds_blocks() && opcode != Opcode::SETUP_EXCEPT;
        let frame = Frame::Protected { region, falls_to: falls.then_some(handler) };
        let scope = self.regions.body(region);
        Ok(self.contexts.push(context, frame, Some(scope)))
    }

    /// Where a clause ends that binds a name, from the `SETUP_FINALLY` for its unbinding.
    fn find_end_of_clauses(&mut self, at: u32, context: ContextId) -> Result<(), LiftError> {
        let handler = self.stream.jump(at)?;
        let ends =
            self.is_name_cleanup(handler) && self.stream.opcode(handler + 4) == Some(Opcode::POP_EXCEPT);
        if let Some((Frame::Handler { region }, below)) = self.contexts.pop(context)
            && ends
        {
            let end = self.block_at(handler + 5, below)?;
            self.regions.regions[region.index()].clauses_end = Some(end);
        }
        Ok(())
    }

    /// Whether a loop of 3.7 is a `for`: it has a `FOR_ITER` that is no inner loop's.
    fn is_for_loop(&self, start: u32, end: u32) -> Result<bool, LiftError> {
        let mut at = start;
        while at < end {
            at = match self.stream.opcode(at) {
                Some(Opcode::FOR_ITER | Opcode::GET_ANEXT) => return Ok(true),
                Some(Opcode::SETUP_LOOP) => self.stream.jump(at)?.max(at + 1),
                _ => at + 1,
            };
        }
        Ok(false)
    }

    fn branch(&mut self, at: u32, context: ContextId, jump_if: bool) -> Result<Terminator, LiftError> {
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
