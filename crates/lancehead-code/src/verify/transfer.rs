//! What each instruction does to stack and frame.

use lancehead_isa::{Instruction, Opcode, OperandKind};
use lancehead_pyc::{CodeObject, Object, Version};

use super::VerifyErrorKind;
use super::slot::{Callee, Slot};
use super::state::State;
use crate::program::{Operand, operand_of};

type Step = Result<(), VerifyErrorKind>;

/// Applies an instruction to `state`: as it goes on, or as it jumps. The stack is known to be deep enough.
pub(super) fn step(code: &CodeObject, instruction: &Instruction, state: &mut State, jump: bool) -> Step {
    let mut machine = Machine { code, instruction, state };
    if let Some(done) = machine.moves() {
        return done;
    }
    if let Some(done) = machine.variables() {
        return done;
    }
    if let Some(done) = machine.calls() {
        return done;
    }
    if let Some(done) = machine.containers() {
        return done;
    }
    if let Some(done) = machine.exceptions() {
        return done;
    }
    if let Some(done) = machine.iterators(jump) {
        return done;
    }
    machine.plain(jump)
}

struct Machine<'a> {
    code: &'a CodeObject,
    instruction: &'a Instruction,
    state: &'a mut State,
}

impl Machine<'_> {
    fn version(&self) -> Version {
        self.code.version
    }

    fn push(&mut self, slot: Slot) {
        self.state.stack.push(slot);
    }

    /// Takes off the top, whatever it is.
    fn pop_any(&mut self) -> Slot {
        // Depth was checked before.
        let slot = self.state.stack.pop().unwrap_or(Slot::Value);
        self.state.low = self.state.low.min(self.state.stack.len());
        slot
    }

    fn pop_or_null(&mut self) -> Result<Slot, VerifyErrorKind> {
        let slot = self.pop_any();
        if slot.is_object_or_null() { Ok(slot) } else { Err(self.wrong("an object or NULL", slot)) }
    }

    fn pop(&mut self) -> Result<Slot, VerifyErrorKind> {
        let slot = self.pop_any();
        if slot.is_object() { Ok(slot) } else { Err(self.wrong("an object", slot)) }
    }

    fn discard(&mut self) -> Step {
        match self.pop_any() {
            found @ Slot::Function(Callee { free: 1.., .. }) => Err(self.wrong("an object", found)),
            _ => Ok(()),
        }
    }

    fn pop_objects(&mut self, count: u64) -> Step {
        (0..count).try_for_each(|_| self.pop().map(drop))
    }

    /// The slot `depth` below the top; 1 is the top.
    fn peek(&self, depth: u32) -> Slot {
        let at = self.state.stack.len().checked_sub(depth as usize);
        at.and_then(|at| self.state.stack.get(at)).copied().unwrap_or(Slot::Value)
    }

    /// The topmost slots. Depth was checked before; were it too small, the missing ones would be objects.
    fn top(&mut self, count: u32) -> &mut [Slot] {
        let count = count.max(1) as usize;
        while self.state.stack.len() < count {
            self.state.stack.insert(0, Slot::Value);
        }
        let at = self.state.stack.len() - count;
        &mut self.state.stack[at..]
    }

    fn wrong(&self, expected: &'static str, found: Slot) -> VerifyErrorKind {
        VerifyErrorKind::WrongValue { opcode: self.instruction.opcode, expected, found: found.describe() }
    }

    fn expect(&self, found: Slot, fits: impl Fn(Slot) -> bool, expected: Slot) -> Step {
        if fits(found) { Ok(()) } else { Err(self.wrong(expected.describe(), found)) }
    }

    /// What the tables say: objects come off, objects go on.
    fn plain(&mut self, jump: bool) -> Step {
        let Instruction { opcode, arg, .. } = *self.instruction;
        let effect = if jump {
            opcode.stack_effect_on_jump(self.version(), arg)
        } else {
            opcode.stack_effect(self.version(), arg)
        };
        self.pop_objects(effect.pops)?;
        for _ in 0..effect.pushes {
            self.push(Slot::Value);
        }
        Ok(())
    }

    /// Instructions that only move what is there.
    fn moves(&mut self) -> Option<Step> {
        let arg = self.instruction.arg;
        match self.instruction.opcode {
            Opcode::COPY => {
                let found = self.peek(arg);
                self.push(found);
                if matches!(found, Slot::Null | Slot::MaybeNull) {
                    return Some(Err(self.wrong("an object", found)));
                }
            }
            Opcode::DUP_TOP => self.push(self.peek(1)),
            Opcode::DUP_TOP_TWO => {
                let pair = [self.peek(2), self.peek(1)];
                self.state.stack.extend(pair);
            }
            Opcode::SWAP => {
                let last = arg.saturating_sub(1) as usize;
                self.top(arg).swap(0, last);
            }
            Opcode::ROT_TWO => self.top(2).rotate_right(1),
            Opcode::ROT_THREE => self.top(3).rotate_right(1),
            Opcode::ROT_FOUR => self.top(4).rotate_right(1),
            Opcode::ROT_N => self.top(arg).rotate_right(1),
            // It closes NULL without harm since 3.14, and the compiler relies on it.
            Opcode::POP_TOP if self.version() >= Version::Py314 => return Some(self.discard()),
            Opcode::PUSH_NULL => self.push(Slot::Null),
            Opcode::LOAD_CONST => {
                let slot = match self.code.consts.get(arg as usize).map(|constant| &**constant) {
                    Some(Object::Tuple(_)) => Slot::Tuple,
                    Some(Object::Code(code)) => Slot::Code(Callee::of(code)),
                    _ => Slot::Value,
                };
                self.push(slot);
            }
            _ => return None,
        }
        Some(Ok(()))
    }

    fn variables(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        if self.version() < Version::Py311 {
            return match opcode {
                // Cells are made together with the frame.
                Opcode::LOAD_CLOSURE => {
                    self.push(Slot::Cell);
                    Some(Ok(()))
                }
                Opcode::LOAD_FAST if self.is_iterator_parameter(arg) => {
                    self.push(Slot::Iterator);
                    Some(Ok(()))
                }
                Opcode::STORE_FAST if self.is_iterator_parameter(arg) => {
                    let stored = self.pop_any();
                    Some(self.expect(stored, |slot| slot == Slot::Iterator, Slot::Iterator))
                }
                _ => None,
            };
        }
        let (first, second) = (arg >> 4, arg & 15);
        Some(match opcode {
            Opcode::LOAD_FAST | Opcode::LOAD_FAST_BORROW | Opcode::LOAD_FAST_CHECK => self.load(arg),
            Opcode::LOAD_FAST_LOAD_FAST | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load(first).and_then(|()| self.load(second))
            }
            Opcode::STORE_FAST => self.store(arg),
            Opcode::STORE_FAST_STORE_FAST => self.store(first).and_then(|()| self.store(second)),
            Opcode::STORE_FAST_LOAD_FAST => self.store(first).and_then(|()| self.load(second)),
            Opcode::LOAD_FAST_AND_CLEAR => {
                let slot = self.held(arg);
                self.push(slot);
                self.forget(arg)
            }
            Opcode::DELETE_FAST => self.forget(arg),
            Opcode::MAKE_CELL => self.made(arg),
            Opcode::COPY_FREE_VARS => {
                let slots = self.code.localsplus.len() as u32;
                (slots.saturating_sub(arg)..slots).try_for_each(|slot| self.made(slot))
            }
            Opcode::LOAD_CLOSURE => {
                self.push(Slot::Cell);
                self.need_cell(arg)
            }
            opcode if opcode.operand(self.version()) == OperandKind::Deref => {
                let made = self.need_cell(arg).and_then(|()| self.plain(false));
                if let (Opcode::LOAD_DEREF, Some(known)) = (opcode, self.compiler_made()) {
                    self.pop_any();
                    self.push(known);
                }
                made
            }
            Opcode::LOAD_NAME | Opcode::LOAD_GLOBAL => {
                let made = self.compiler_made()?;
                self.push(made);
                Ok(())
            }
            _ => return None,
        })
    }

    /// What is known of a variable that only the compiler can name, or makes for itself. The interpreter uses these
    /// unchecked.
    fn compiler_made(&self) -> Option<Slot> {
        let name = match operand_of(self.code, self.instruction.opcode, self.instruction.arg)? {
            Operand::Name(name) | Operand::Global { name, push_null: false } => name,
            Operand::Variable(variable) => variable.name().clone(),
            _ => return None,
        };
        match name.to_str()? {
            // What annotations 3.14 and later came by.
            "__conditional_annotations__" => Some(Slot::Set),
            ".type_params" => Some(Slot::Tuple),
            _ => None,
        }
    }

    /// Whether this is the parameter of a comprehension, which its caller made an iterator.
    fn is_iterator_parameter(&self, slot: u32) -> bool {
        slot == 0 && self.code.argcount > 0 && self.code.slot_name(0).is_some_and(|name| *name == ".0")
    }

    fn held(&self, slot: u32) -> Slot {
        match (self.state.assigned.contains(slot), self.state.cells.contains(slot)) {
            (_, true) => Slot::Cell,
            (true, false) if self.is_iterator_parameter(slot) => Slot::Iterator,
            (true, false) => Slot::Value,
            (false, false) => Slot::MaybeNull,
        }
    }

    fn load(&mut self, slot: u32) -> Step {
        let unchecked =
            self.version() >= Version::Py312 && self.instruction.opcode != Opcode::LOAD_FAST_CHECK;
        match self.held(slot) {
            Slot::MaybeNull if unchecked => return Err(VerifyErrorKind::Unassigned(slot)),
            Slot::MaybeNull => self.push(Slot::Value),
            held => self.push(held),
        }
        self.state.assigned.set(slot, true);
        Ok(())
    }

    fn store(&mut self, slot: u32) -> Step {
        // What LOAD_FAST_AND_CLEAR saved comes back like this, NULL or not.
        let held = self.pop_or_null()?;
        if self.is_iterator_parameter(slot) && held != Slot::Iterator {
            return Err(self.wrong(Slot::Iterator.describe(), held));
        }
        self.state.assigned.set(slot, !matches!(held, Slot::Null | Slot::MaybeNull));
        self.state.cells.set(slot, held == Slot::Cell);
        Ok(())
    }

    fn forget(&mut self, slot: u32) -> Step {
        self.state.assigned.set(slot, false);
        self.state.cells.set(slot, false);
        Ok(())
    }

    fn made(&mut self, slot: u32) -> Step {
        self.state.assigned.set(slot, true);
        self.state.cells.set(slot, true);
        Ok(())
    }

    fn need_cell(&self, slot: u32) -> Step {
        if self.state.cells.contains(slot) { Ok(()) } else { Err(VerifyErrorKind::NoCell(slot)) }
    }

    /// Loading what is to be called, and calling it. Up to 3.12 the slot that may be `NULL` lies under the callable,
    /// since then above it.
    fn calls(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        let above = self.version() >= Version::Py313;
        let count = u64::from(arg);
        if let Some(done) = self.comprehension() {
            return Some(done);
        }
        Some(match (opcode, opcode.operand(self.version())) {
            (Opcode::LOAD_GLOBAL, OperandKind::NameAndNull) if arg & 1 != 0 => {
                self.push_pair(above, Slot::Null)
            }
            (Opcode::LOAD_ATTR, OperandKind::NameAndMethod) if arg & 1 != 0 => {
                self.pop().map(drop).and_then(|()| self.push_pair(above, Slot::MaybeNull))
            }
            (Opcode::LOAD_SUPER_ATTR, _) if arg & 1 != 0 => {
                self.pop_objects(3).and_then(|()| self.push_pair(above, Slot::MaybeNull))
            }
            (Opcode::LOAD_METHOD, _) => {
                self.pop().map(drop).and_then(|()| self.push_pair(false, Slot::MaybeNull))
            }
            (Opcode::LOAD_SPECIAL, _) => {
                self.pop().map(drop).and_then(|()| self.push_pair(true, Slot::MaybeNull))
            }
            (Opcode::CALL, _) if self.version() == Version::Py311 => self.call(0, false),
            (Opcode::CALL, _) => self.call(count, above),
            (Opcode::CALL_METHOD, _) => self.call(count, false),
            (Opcode::CALL_KW, _) => self.names().and_then(|()| self.call(count, above)),
            (Opcode::CALL_FUNCTION_KW, _) => {
                self.names().and_then(|()| self.pop_objects(count + 1)).map(|()| self.push(Slot::Value))
            }
            (Opcode::CALL_FUNCTION_EX, OperandKind::Integer) if self.version() >= Version::Py311 => {
                let keywords = if arg & 1 != 0 { self.keywords() } else { Ok(()) };
                keywords.and_then(|()| self.call(1, above))
            }
            (Opcode::CALL_FUNCTION_EX, OperandKind::None) => {
                self.keywords().and_then(|()| self.call(1, true))
            }
            (Opcode::MAKE_FUNCTION, _) => self.make_function(),
            (Opcode::SET_FUNCTION_ATTRIBUTE, _) => self.set_attribute(),
            _ => return None,
        })
    }

    fn push_pair(&mut self, above: bool, beside: Slot) -> Step {
        let pair = if above { [Slot::Value, beside] } else { [beside, Slot::Value] };
        self.state.stack.extend(pair);
        Ok(())
    }

    fn call(&mut self, arguments: u64, above: bool) -> Step {
        self.pop_objects(arguments)?;
        let callable = if above {
            self.pop_or_null()?;
            self.pop()?
        } else {
            let callable = self.pop()?;
            self.pop_or_null()?;
            callable
        };
        self.push_result_of(callable);
        Ok(())
    }

    fn push_result_of(&mut self, callable: Slot) {
        // `any(x for x in y)` and its like loop over the generator right away since 3.14.
        let generator = matches!(callable, Slot::Function(Callee { generator: true, .. }));
        self.push(if generator { Slot::Iterator } else { Slot::Value });
    }

    /// Calling a comprehension with the iterator that it takes for granted.
    fn comprehension(&mut self) -> Option<Step> {
        let callable = self.peek(2);
        let Slot::Function(Callee { free: 0, iterates: true, .. }) = callable else { return None };
        if !matches!(
            (self.instruction.opcode, self.instruction.arg),
            (Opcode::CALL, 0) | (Opcode::CALL_FUNCTION, 1)
        ) {
            return None;
        }
        let iterator = self.pop_any();
        self.pop_any();
        self.push_result_of(callable);
        Some(self.expect(iterator, |slot| slot == Slot::Iterator, Slot::Iterator))
    }

    /// Names of keyword arguments, which the interpreter takes for a tuple.
    fn names(&mut self) -> Step {
        let names = self.pop_any();
        self.expect_tuple(names)
    }

    fn expect_tuple(&self, found: Slot) -> Step {
        self.expect(found, |slot| matches!(slot, Slot::Tuple | Slot::Closure(_)), Slot::Tuple)
    }

    /// Keyword arguments, which the interpreter takes for a dict since 3.11.
    fn keywords(&mut self) -> Step {
        let found = self.pop_any();
        // Since 3.14 NULL stands for none.
        let none = self.version() >= Version::Py314;
        self.expect(found, |slot| slot == Slot::Dict || none && slot == Slot::Null, Slot::Dict)
    }

    fn make_function(&mut self) -> Step {
        if self.version() <= Version::Py310 {
            self.pop()?; // the qualified name
        }
        let code = self.pop_any();
        let Slot::Code(mut callee) = code else {
            return Err(self.wrong("a code object", code));
        };
        if self.version() <= Version::Py312 {
            for (bit, expected) in
                [(8, Slot::Closure(callee.free)), (4, Slot::Value), (2, Slot::Dict), (1, Slot::Tuple)]
            {
                if self.instruction.arg & bit != 0 {
                    self.attribute(bit, expected)?;
                }
            }
            if self.instruction.arg & 8 != 0 {
                callee.free = 0;
            }
        }
        self.push(Slot::Function(callee));
        Ok(())
    }

    fn set_attribute(&mut self) -> Step {
        let function = self.pop_any();
        let Slot::Function(mut callee) = function else {
            return Err(self.wrong("a function just made", function));
        };
        let expected = match self.instruction.arg {
            8 => Slot::Closure(callee.free),
            2 => Slot::Dict,
            1 => Slot::Tuple,
            _ => Slot::Value,
        };
        self.attribute(self.instruction.arg, expected)?;
        if self.instruction.arg == 8 {
            callee.free = 0;
        }
        self.push(Slot::Function(callee));
        Ok(())
    }

    /// Takes off what `MAKE_FUNCTION` attaches. Empty closures are tuples without cells.
    fn attribute(&mut self, bit: u32, expected: Slot) -> Step {
        let found = self.pop_any();
        let fits = match bit {
            1 => matches!(found, Slot::Tuple | Slot::Closure(_)),
            2 | 8 => found == expected,
            _ => found.is_object(),
        };
        if fits { Ok(()) } else { Err(self.wrong(expected.describe(), found)) }
    }

    /// Making containers and adding to them, of which the interpreter does not check the type.
    fn containers(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        let count = u64::from(arg);
        Some(match opcode {
            Opcode::BUILD_LIST => self.build(count, Slot::List),
            Opcode::BUILD_SET => self.build(count, Slot::Set),
            Opcode::BUILD_MAP => self.build(2 * count, Slot::Dict),
            Opcode::BUILD_CONST_KEY_MAP => self.names().and_then(|()| self.build(count, Slot::Dict)),
            Opcode::BUILD_TUPLE => {
                let closure = arg == 0 || self.top(arg).iter().all(|&slot| slot == Slot::Cell);
                self.build(count, if closure { Slot::Closure(arg) } else { Slot::Tuple })
            }
            Opcode::LIST_APPEND | Opcode::LIST_EXTEND => self.add(1, Slot::List),
            Opcode::SET_ADD | Opcode::SET_UPDATE => self.add(1, Slot::Set),
            Opcode::MAP_ADD => self.add(2, Slot::Dict),
            Opcode::DICT_UPDATE | Opcode::DICT_MERGE => self.add(1, Slot::Dict),
            Opcode::LIST_TO_TUPLE => {
                let list = self.pop_any();
                self.push(Slot::Tuple);
                self.expect(list, |slot| slot == Slot::List, Slot::List)
            }
            Opcode::MATCH_KEYS => {
                let pushes = opcode.stack_effect(self.version(), arg).net();
                let keys = self.peek(1);
                (0..pushes).for_each(|_| self.push(Slot::Value));
                self.expect_tuple(keys)
            }
            Opcode::COPY_DICT_WITHOUT_KEYS => {
                let keys = self.pop_any();
                self.push(Slot::Value);
                self.expect_tuple(keys)
            }
            Opcode::MATCH_CLASS => self.names().and_then(|()| {
                self.pop_objects(2)?;
                let pushes = opcode.stack_effect(self.version(), arg).pushes;
                (0..pushes).for_each(|_| self.push(Slot::Value));
                Ok(())
            }),
            Opcode::BUILD_TEMPLATE => {
                self.names().and_then(|()| self.names()).map(|()| self.push(Slot::Value))
            }
            Opcode::CALL_INTRINSIC_1 if matches!(arg, SUBSCRIPT_GENERIC | TYPEALIAS) => {
                self.names().map(|()| self.push(Slot::Value))
            }
            Opcode::CALL_INTRINSIC_2 if arg == SET_FUNCTION_TYPE_PARAMS => {
                self.pop().and_then(|_| match self.peek(1) {
                    Slot::Function(_) => Ok(()),
                    found => Err(self.wrong("a function just made", found)),
                })
            }
            Opcode::CALL_INTRINSIC_1 if arg == LIST_TO_TUPLE => {
                let list = self.pop_any();
                self.push(Slot::Tuple);
                self.expect(list, |slot| slot == Slot::List, Slot::List)
            }
            _ => return None,
        })
    }

    fn build(&mut self, items: u64, made: Slot) -> Step {
        self.pop_objects(items)?;
        self.push(made);
        Ok(())
    }

    /// Takes off `items`, and adds them to the container that then lies as deep as the argument says.
    fn add(&mut self, items: u64, container: Slot) -> Step {
        self.pop_objects(items)?;
        let found = self.peek(self.instruction.arg);
        self.expect(found, |slot| slot == container, container)
    }

    /// Handlers up to 3.10, where each exception is three values.
    fn exceptions_in_three(&mut self) -> Option<Step> {
        match self.instruction.opcode {
            Opcode::POP_EXCEPT => Some(self.pop_three(Slot::Saved)),
            Opcode::RERAISE => Some(self.pop_three(Slot::Exception)),
            Opcode::END_ASYNC_FOR => {
                let popped = self.pop_three(Slot::Exception).and_then(|()| self.pop_three(Slot::Saved));
                Some(popped.and_then(|()| self.pop().map(drop)))
            }
            // The function to call lies beneath; what there is of exceptions stays.
            Opcode::WITH_EXCEPT_START => {
                let function = self.peek(7);
                self.push(Slot::Value);
                Some(self.expect(function, Slot::is_object, Slot::Value))
            }
            _ => None,
        }
    }

    fn pop_three(&mut self, expected: Slot) -> Step {
        for _ in 0..3 {
            let found = self.pop_any();
            self.expect(found, |found| found == expected, expected)?;
        }
        Ok(())
    }

    /// Handlers since 3.11.
    fn exceptions(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        if self.version() < Version::Py311 {
            return self.exceptions_in_three();
        }
        let exception = |slot| slot == Slot::Exception;
        Some(match opcode {
            Opcode::PUSH_EXC_INFO => {
                let raised = self.pop_any();
                self.state.stack.extend([Slot::Saved, Slot::Exception]);
                self.expect(raised, exception, Slot::Exception)
            }
            Opcode::POP_EXCEPT => {
                let saved = self.pop_any();
                self.expect(saved, |slot| slot == Slot::Saved, Slot::Saved)
            }
            Opcode::RERAISE => {
                let raised = self.pop_any();
                self.expect(raised, exception, Slot::Exception)
            }
            Opcode::CHECK_EXC_MATCH => {
                let kind = self.pop();
                self.push(Slot::Value);
                kind.and_then(|_| self.expect(self.peek(2), exception, Slot::Exception))
            }
            Opcode::CHECK_EG_MATCH => {
                let kind = self.pop();
                self.push(Slot::Exception);
                kind.and_then(|_| self.expect(self.peek(2), exception, Slot::Exception))
            }
            Opcode::PREP_RERAISE_STAR => self.prep_reraise_star(),
            Opcode::CALL_INTRINSIC_2 if arg == PREP_RERAISE_STAR => self.prep_reraise_star(),
            Opcode::CALL_INTRINSIC_1 if arg == STOPITERATION_ERROR => {
                self.expect(self.peek(1), exception, Slot::Exception)
            }
            Opcode::WITH_EXCEPT_START => {
                self.push(Slot::Value);
                self.expect(self.peek(2), exception, Slot::Exception)
            }
            _ => return None,
        })
    }

    /// Takes off the exceptions that the clauses of `except*` raised, and the one that they were given.
    fn prep_reraise_star(&mut self) -> Step {
        let raised = self.pop_any();
        self.expect(raised, |slot| slot == Slot::List, Slot::List)?;
        self.expect(self.peek(1), |slot| slot == Slot::Exception, Slot::Exception)
    }

    /// Iterators, which loops take for granted. Since 3.15 an index, or `NULL`, lies above each.
    fn iterators(&mut self, jump: bool) -> Option<Step> {
        let indexed = self.version() >= Version::Py315;
        let width = 1 + u32::from(indexed);
        Some(match self.instruction.opcode {
            Opcode::GET_ITER if indexed => {
                self.pop().map(|_| self.state.stack.extend([Slot::Iterator, Slot::Index]))
            }
            Opcode::GET_ITER | Opcode::GET_YIELD_FROM_ITER | Opcode::GET_AWAITABLE => {
                self.pop().map(|_| self.push(Slot::Iterator))
            }
            Opcode::GET_ANEXT => {
                self.push(Slot::Iterator);
                self.expect(self.peek(2), Slot::is_object, Slot::Value)
            }
            Opcode::FOR_ITER => self.iterator(width).map(|()| {
                if jump && self.version() <= Version::Py311 {
                    self.pop_any();
                } else {
                    self.push(Slot::Value);
                }
            }),
            Opcode::YIELD_FROM => self.send().map(|()| {
                self.pop_any();
                self.push(Slot::Value);
            }),
            Opcode::SEND => self.send().map(|()| {
                if jump && self.version() <= Version::Py311 {
                    self.pop_any();
                }
                self.push(Slot::Value);
            }),
            Opcode::END_SEND if indexed => self.pop().and_then(|_| {
                self.pop_any();
                self.pop().map(|_| self.push(Slot::Value))
            }),
            // The iterator becomes None, and what lies above it stays.
            Opcode::CLEANUP_THROW if indexed => self.pop_objects(2).map(|()| self.push(Slot::Value)),
            Opcode::POP_ITER if indexed => {
                self.pop_any();
                self.pop().map(drop)
            }
            _ => return None,
        })
    }

    /// Takes off the value that is sent to the iterator beneath it.
    fn send(&mut self) -> Step {
        self.pop()?;
        self.iterator(1 + u32::from(self.version() >= Version::Py315))
    }

    /// Demands an iterator `depth` slots from the top, and its index above.
    fn iterator(&self, depth: u32) -> Step {
        if depth == 2 {
            self.expect(self.peek(1), |slot| matches!(slot, Slot::Index | Slot::Null), Slot::Index)?;
        }
        self.expect(self.peek(depth), |slot| slot == Slot::Iterator, Slot::Iterator)
    }
}

/// Numbers of intrinsic functions whose values are of a known kind.
const STOPITERATION_ERROR: u32 = 3;
const LIST_TO_TUPLE: u32 = 6;
const SUBSCRIPT_GENERIC: u32 = 10;
const TYPEALIAS: u32 = 11;
const PREP_RERAISE_STAR: u32 = 1;
const SET_FUNCTION_TYPE_PARAMS: u32 = 4;
