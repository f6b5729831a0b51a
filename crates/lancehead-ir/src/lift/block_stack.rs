//! Instructions that work on the block stack of 3.7 to 3.10.

use lancehead_isa::Opcode;

use super::LiftError;
use super::context::{ContextId, Frame, Then};
use super::walk::{Step, Walk};
use crate::{Inst, Op, RegionKind, Terminator};

impl Walk<'_, '_> {
    /// Instructions that work on the block stack of 3.7 to 3.10.
    pub(super) fn block_step(
        &mut self,
        at: u32,
        context: ContextId,
        insts: &mut Vec<Inst>,
    ) -> Result<Step, LiftError> {
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
            _ => self.finally_step(at, context, insts)?,
        })
    }

    /// Instructions that enter and end the handlers of `finally` and `with` (up to 3.8).
    fn finally_step(
        &mut self,
        at: u32,
        context: ContextId,
        insts: &mut Vec<Inst>,
    ) -> Result<Step, LiftError> {
        use Opcode::*;
        let instruction = *self.stream.get(at)?;
        let unexpected = || LiftError::Unexpected { offset: instruction.offset, opcode: instruction.opcode };
        let (offset, line) = (instruction.offset, self.stream.line(at));
        let mut push = |op: Op| insts.push(Inst { op, offset, line });
        let next = at + 1;
        Ok(match instruction.opcode {
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
    pub(super) fn pop_except(
        &mut self,
        at: u32,
        context: ContextId,
        insts: &mut Vec<Inst>,
    ) -> Result<Step, LiftError> {
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
}
