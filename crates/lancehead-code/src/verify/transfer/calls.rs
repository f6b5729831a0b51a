//! Making functions, and calling them.

use std::ops::Range;

use lancehead_isa::argument::{self, FlaggedName, SuperName};
use lancehead_isa::{Instruction, Opcode, OperandKind};

use super::{Machine, Step};
use crate::verify::slot::{Callee, Slot};

impl Machine<'_> {
    /// Loading what is to be called, and calling it. Up to 3.12 the slot that may be `NULL` lies under the callable,
    /// since then above it.
    pub(super) fn calls(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        let above = self.version().null_after();
        let count = u64::from(arg);
        if let Some(done) = self.comprehension() {
            return Some(done);
        }
        Some(match (opcode, opcode.operand(self.version())) {
            (Opcode::LOAD_GLOBAL, OperandKind::NameAndNull) if FlaggedName::of(arg).flag => {
                self.push_pair(above, Slot::Null)
            }
            (Opcode::LOAD_ATTR, OperandKind::NameAndMethod) if FlaggedName::of(arg).flag => {
                self.pop().map(drop).and_then(|()| self.push_pair(above, Slot::MaybeNull))
            }
            (Opcode::LOAD_SUPER_ATTR, _) if SuperName::of(arg).method => {
                self.pop_objects(3).and_then(|()| self.push_pair(above, Slot::MaybeNull))
            }
            (Opcode::LOAD_METHOD, _) => {
                self.pop().map(drop).and_then(|()| self.push_pair(false, Slot::MaybeNull))
            }
            (Opcode::LOAD_SPECIAL, _) => {
                self.pop().map(drop).and_then(|()| self.push_pair(true, Slot::MaybeNull))
            }
            (Opcode::CALL, _) if Opcode::PRECALL.is_in(self.version()) => self.call(0, false),
            (Opcode::CALL, _) => self.call(count, above),
            (Opcode::CALL_METHOD, _) => self.call(count, false),
            (Opcode::CALL_KW, _) => self.names().and_then(|()| self.call(count, above)),
            (Opcode::CALL_FUNCTION_KW, _) => {
                self.names().and_then(|()| self.pop_objects(count + 1)).map(|()| self.push(Slot::Value))
            }
            (Opcode::CALL_FUNCTION_EX, OperandKind::Integer) if self.version().has_self_slot() => {
                let keywords = if argument::has_mapping(arg) { self.keywords() } else { Ok(()) };
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

    pub(super) fn push_pair(&mut self, above: bool, beside: Slot) -> Step {
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

    /// Calling a comprehension's function, which takes for granted that its argument is an iterator. Called by others,
    /// it is theirs to know.
    fn comprehension(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        if matches!((opcode, arg), (Opcode::CALL, 0) | (Opcode::CALL_FUNCTION, 1)) {
            let callable = self.peek(2);
            if !matches!(callable, Slot::Function(Callee { free: 0, iterates: true, .. })) {
                return None;
            }
            let iterator = self.pop_any();
            self.pop_any();
            self.push_result_of(callable);
            return Some(self.expect(iterator, |slot| slot == Slot::Iterator, Slot::Iterator));
        }
        let (depth, arguments) = self.callable()?;
        let called = self.peek(depth);
        if !matches!(called, Slot::Function(Callee { iterates: true, .. })) {
            return None;
        }
        let given = |slot| matches!(slot, Slot::Iterator | Slot::Null);
        let sound = arguments.is_some_and(|mut lowest| {
            // What may lie between the callable and the arguments is the first argument, or nothing.
            lowest.end = depth;
            lowest.all(|depth| given(self.peek(depth)))
        });
        if sound { None } else { Some(Err(self.wrong(Slot::Iterator.describe(), called))) }
    }

    /// How deep a call finds its callable, and where its arguments begin, if they are on the stack one by one.
    fn callable(&self) -> Option<(u32, Option<Range<u32>>)> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        let above = self.version().null_after();
        let place = |names: u32, between: u32| (names + arg + between + 1, Some(names + 1..names + 1));
        Some(match opcode {
            Opcode::CALL_FUNCTION => place(0, 0),
            Opcode::CALL_FUNCTION_KW => place(1, 0),
            Opcode::CALL_KW => place(1, 1),
            Opcode::CALL if above => place(0, 1),
            // The arguments go with the instruction before it.
            Opcode::CALL if Opcode::PRECALL.is_in(self.version()) => return None,
            Opcode::CALL | Opcode::CALL_METHOD | Opcode::PRECALL => {
                place(0, u32::from(self.peek(arg + 2) != Slot::Null))
            }
            Opcode::CALL_FUNCTION_EX => match opcode.operand(self.version()) {
                OperandKind::None => (4, None),
                _ => (2 + u32::from(above) + u32::from(argument::has_mapping(arg)), None),
            },
            _ => return None,
        })
    }

    /// Names of keyword arguments, which the interpreter takes for a tuple.
    pub(super) fn names(&mut self) -> Step {
        let names = self.pop_any();
        self.expect_tuple(names)
    }

    pub(super) fn expect_tuple(&self, found: Slot) -> Step {
        self.expect(found, Slot::is_tuple, Slot::Tuple)
    }

    /// Keyword arguments, which the interpreter takes for a dict since 3.11.
    fn keywords(&mut self) -> Step {
        let found = self.pop_any();
        // Since 3.14 NULL stands for none.
        let none = self.version().call_ex_has_mapping();
        self.expect(found, |slot| slot == Slot::Dict || none && slot == Slot::Null, Slot::Dict)
    }

    fn make_function(&mut self) -> Step {
        if self.version().names_functions() {
            self.pop()?; // the qualified name
        }
        let code = self.pop_any();
        let Slot::Code(mut callee) = code else {
            return Err(self.wrong("a code object", code));
        };
        if !self.version().sets_function_attributes() {
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
            1 | 2 if found == Slot::Defaults => true,
            1 => found.is_tuple(),
            2 | 8 => found == expected,
            _ => found.is_object(),
        };
        if fits { Ok(()) } else { Err(self.wrong(expected.describe(), found)) }
    }
}
