//! Making containers and what is built of them, adding to them.

use lancehead_isa::{Instruction, Opcode};

use super::{Machine, Step};
use crate::verify::slot::Slot;

/// Numbers of intrinsic functions that take objects of a kind for granted.
const LIST_TO_TUPLE: u32 = 6;
const TYPEVAR: u32 = 7;
const PARAMSPEC: u32 = 8;
const TYPEVARTUPLE: u32 = 9;
const TYPEVAR_WITH_BOUND: u32 = 2;
const TYPEVAR_WITH_CONSTRAINTS: u32 = 3;
const SUBSCRIPT_GENERIC: u32 = 10;
const TYPEALIAS: u32 = 11;
const SET_FUNCTION_TYPE_PARAMS: u32 = 4;

impl Machine<'_> {
    /// Making containers and adding to them, of which the interpreter does not check the type.
    pub(super) fn containers(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        let count = u64::from(arg);
        Some(match opcode {
            Opcode::BUILD_LIST if arg == 0 => self.build(0, Slot::Exceptions),
            Opcode::BUILD_LIST => self.build(count, Slot::List),
            Opcode::BUILD_SET => self.build(count, Slot::Set),
            Opcode::BUILD_MAP => self.build(2 * count, Slot::Dict),
            Opcode::BUILD_CONST_KEY_MAP => self.names().and_then(|()| self.build(count, Slot::Dict)),
            Opcode::BUILD_TUPLE => {
                let closure = arg == 0 || self.top(arg).iter().all(|&slot| slot == Slot::Cell);
                let made = match if closure { &mut [][..] } else { self.top(arg) } {
                    [] => Slot::Closure(arg),
                    [Slot::Str, parameters, Slot::Function(_)]
                        if parameters.is_tuple() || *parameters == Slot::NoneObject =>
                    {
                        Slot::AliasParts
                    }
                    _ => Slot::Tuple,
                };
                self.build(count, made)
            }
            Opcode::LIST_APPEND | Opcode::LIST_EXTEND => self.add_to_list(),
            Opcode::SET_ADD | Opcode::SET_UPDATE => self.add(1, Slot::Set),
            Opcode::MAP_ADD => self.add(2, Slot::Dict),
            Opcode::DICT_UPDATE | Opcode::DICT_MERGE => self.add(1, Slot::Dict),
            Opcode::LIST_TO_TUPLE => {
                let list = self.pop_any();
                self.push(Slot::Tuple);
                self.expect(list, Slot::is_list, Slot::List)
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
            Opcode::CALL_INTRINSIC_1 if arg == SUBSCRIPT_GENERIC => {
                self.names().map(|()| self.push(Slot::Value))
            }
            Opcode::CALL_INTRINSIC_1 if arg == TYPEALIAS => self.convert(Slot::AliasParts),
            Opcode::CALL_INTRINSIC_1 if matches!(arg, TYPEVAR | PARAMSPEC | TYPEVARTUPLE) => {
                self.convert(Slot::Str)
            }
            Opcode::CALL_INTRINSIC_2 if matches!(arg, TYPEVAR_WITH_BOUND | TYPEVAR_WITH_CONSTRAINTS) => {
                self.pop().and_then(|_| self.convert(Slot::Str))
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
                self.expect(list, Slot::is_list, Slot::List)
            }
            _ => return None,
        })
    }

    /// Makes some object of one that must be of this kind.
    fn convert(&mut self, expected: Slot) -> Step {
        let found = self.pop_any();
        self.push(Slot::Value);
        self.expect(found, |slot| slot == expected, expected)
    }

    fn build(&mut self, items: u64, made: Slot) -> Step {
        self.pop_objects(items)?;
        self.push(made);
        Ok(())
    }

    fn add_to_list(&mut self) -> Step {
        let exception = self.instruction.opcode == Opcode::LIST_APPEND && self.peek(1).is_exception_or_none();
        self.pop()?;
        let list = self.peek(self.instruction.arg);
        self.expect(list, Slot::is_list, Slot::List)?;
        if !exception {
            self.top(self.instruction.arg)[0] = Slot::List;
        }
        Ok(())
    }

    /// Takes off `items`, and adds them to the container that then lies as deep as the argument says.
    fn add(&mut self, items: u64, container: Slot) -> Step {
        self.pop_objects(items)?;
        let found = self.peek(self.instruction.arg);
        self.expect(found, |slot| slot == container, container)
    }
}
