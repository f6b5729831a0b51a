//! Instructions that do not jump, one by one.

use lancehead_ir::{Collection, Comparison, Operator, UnaryOperator, Variable};
use lancehead_isa::argument::{self, FlaggedName, Format, LazyName, LocalPair, SuperName};
use lancehead_isa::operand;
use lancehead_isa::{Instruction, Opcode, OperandKind};
use lancehead_pyc::{Object, PyStr};

use super::{ReadFault, Reader};
use crate::act::{Act, Grow};
use crate::intern::{Interner, Name, Value};

impl Reader<'_> {
    pub(super) fn plain(&mut self, index: usize) -> Result<(), ReadFault> {
        use Opcode::*;
        let instruction = self.instructions[index];
        let (at, arg, version) = (instruction.offset, instruction.arg, self.code.version);
        let d = self.dialect;
        let act = match instruction.opcode {
            NOP | CACHE | RESUME | PRECALL | MAKE_CELL | COPY_FREE_VARS | NOT_TAKEN | GEN_START
            | EXTENDED_ARG => return Ok(()),
            // What it pushes is always popped by the next instruction.
            RETURN_GENERATOR => Act::PushNull,
            POP_TOP => Act::Pop,
            POP_ITER => Act::PopIter,
            END_FOR => Act::EndFor,
            DUP_TOP => Act::Copy(1),
            DUP_TOP_TWO => {
                self.push(at, Act::Copy(2));
                Act::Copy(2)
            }
            COPY => Act::Copy(arg),
            SWAP => Act::Swap(arg),
            ROT_TWO => Act::Swap(2),
            ROT_THREE => Act::Rotate(3),
            ROT_FOUR => Act::Rotate(4),
            ROT_N => Act::Rotate(arg),
            PUSH_NULL => Act::PushNull,
            LOAD_CONST | KW_NAMES => self.constant(at, arg)?,
            LOAD_SMALL_INT => Act::Const(self.interner.int(i64::from(arg))),
            LOAD_COMMON_CONSTANT => {
                let name = operand::common_constant(version, arg).ok_or(ReadFault::Operand(at))?;
                self.common_constant(name)
            }
            LOAD_ASSERTION_ERROR => Act::Common(self.interner.text("AssertionError")),
            LOAD_FAST | LOAD_FAST_CHECK | LOAD_FAST_BORROW => self.load_fast(at, arg)?,
            LOAD_FAST_LOAD_FAST | LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                let LocalPair { first, second } = LocalPair::of(arg);
                let load = self.load_fast(at, first)?;
                self.push(at, load);
                self.load_fast(at, second)?
            }
            STORE_FAST_LOAD_FAST => {
                let LocalPair { first, second } = LocalPair::of(arg);
                let store = Act::Store(Variable::Fast, self.local(at, first)?);
                self.push(at, store);
                self.load_fast(at, second)?
            }
            STORE_FAST_STORE_FAST => {
                let LocalPair { first, second } = LocalPair::of(arg);
                let store = Act::Store(Variable::Fast, self.local(at, first)?);
                self.push(at, store);
                Act::Store(Variable::Fast, self.local(at, second)?)
            }
            LOAD_FAST_AND_CLEAR => Act::LoadAndClear(self.local(at, arg)?),
            STORE_FAST => Act::Store(Variable::Fast, self.local(at, arg)?),
            DELETE_FAST => Act::Delete(Variable::Fast, self.local(at, arg)?),
            LOAD_NAME => Act::Load(Variable::Name, self.name(at, arg)?),
            STORE_NAME => Act::Store(Variable::Name, self.name(at, arg)?),
            DELETE_NAME => Act::Delete(Variable::Name, self.name(at, arg)?),
            LOAD_GLOBAL => return self.load_global(instruction),
            STORE_GLOBAL => Act::Store(Variable::Global, self.name(at, arg)?),
            DELETE_GLOBAL => Act::Delete(Variable::Global, self.name(at, arg)?),
            LOAD_DEREF => Act::Load(Variable::Deref, self.cell(at, arg)?),
            STORE_DEREF => Act::Store(Variable::Deref, self.cell(at, arg)?),
            DELETE_DEREF => Act::Delete(Variable::Deref, self.cell(at, arg)?),
            LOAD_CLASSDEREF => Act::Load(Variable::ClassDeref, self.cell(at, arg)?),
            LOAD_FROM_DICT_OR_DEREF => Act::LoadFromDict(Variable::Deref, self.cell(at, arg)?),
            LOAD_FROM_DICT_OR_GLOBALS => Act::LoadFromDict(Variable::Global, self.name(at, arg)?),
            LOAD_CLOSURE => Act::Cell(self.cell(at, arg)?),
            LOAD_ATTR if instruction.operand(version) == OperandKind::NameAndMethod => {
                let FlaggedName { name, flag: is_method } = FlaggedName::of(arg);
                let name = self.name(at, name)?;
                if is_method { Act::LoadMethod(name) } else { Act::LoadAttr(name) }
            }
            LOAD_ATTR => Act::LoadAttr(self.name(at, arg)?),
            LOAD_METHOD => Act::LoadMethod(self.name(at, arg)?),
            LOAD_SUPER_ATTR => {
                let SuperName { name, method, two_arguments } = SuperName::of(arg);
                Act::LoadSuper { name: self.name(at, name)?, method, two: two_arguments }
            }
            STORE_ATTR => Act::StoreAttr(self.name(at, arg)?),
            DELETE_ATTR => Act::DeleteAttr(self.name(at, arg)?),
            BINARY_OP => binary(version, arg).ok_or(ReadFault::Operand(at))?,
            COMPARE_OP => {
                let (operator, converts) = operand::compare_op(version, arg).ok_or(ReadFault::Operand(at))?;
                let act = comparison(operator).ok_or(ReadFault::Operand(at))?;
                if converts && !self.is_tested(index) {
                    // `not not (a < b)`, as where `TO_BOOL` stands alone.
                    self.push(at, act);
                    self.push(at, Act::Unary(UnaryOperator::Not));
                    Act::Negate
                } else {
                    act
                }
            }
            IS_OP if !argument::is_inverted(arg) => Act::Is,
            // Jumps know no more which of the two tests for None they were.
            IS_OP if d.jumps_on_none() && self.follows_none(index) => {
                self.push(at, Act::Is);
                Act::Negate
            }
            IS_OP => Act::IsNot,
            CONTAINS_OP if !argument::is_inverted(arg) => Act::Contains,
            CONTAINS_OP => Act::NotContains,
            GET_ITER if d.index_slot && argument::delegates(arg) => Act::GetYieldFromIter,
            CALL => Act::Call { argc: arg, keywords: self.after_kw_names(index), slots: 2 },
            CALL_KW => Act::Call { argc: arg, keywords: true, slots: 2 },
            CALL_FUNCTION => Act::Call { argc: arg, keywords: false, slots: 1 },
            CALL_FUNCTION_KW => Act::Call { argc: arg, keywords: true, slots: 1 },
            CALL_METHOD => Act::Call { argc: arg, keywords: false, slots: 2 },
            CALL_FUNCTION_EX => Act::CallEx {
                keywords: d.call_ex_has_mapping() || argument::has_mapping(arg),
                slots: d.call_slots,
            },
            MAKE_FUNCTION => Act::MakeFunction(if d.sets_function_attributes() { 0 } else { arg }),
            SET_FUNCTION_ATTRIBUTE => Act::SetFunctionAttribute(arg),
            IMPORT_NAME if d.lazy_imports() => {
                let LazyName { name, mode } = LazyName::of(arg);
                Act::ImportName(self.name(at, name)?, mode as u8)
            }
            IMPORT_NAME => Act::ImportName(self.name(at, arg)?, 0),
            IMPORT_FROM => Act::ImportFrom(self.name(at, arg)?),
            FORMAT_VALUE => {
                let Format { conversion, has_spec } = Format::of_value(arg);
                Act::FormatValue { conversion: conversion as u8, has_spec }
            }
            FORMAT_SIMPLE => Act::FormatValue { conversion: 0, has_spec: false },
            FORMAT_WITH_SPEC => Act::FormatValue { conversion: 0, has_spec: true },
            CONVERT_VALUE => Act::Convert(arg as u8),
            BUILD_INTERPOLATION => {
                let Format { conversion, has_spec } = Format::of_interpolation(arg);
                Act::BuildInterpolation { conversion: conversion as u8, has_spec }
            }
            CALL_INTRINSIC_1 => match operand::intrinsic_1(version, arg).ok_or(ReadFault::Operand(at))? {
                "INTRINSIC_PRINT" => Act::PrintExpr,
                "INTRINSIC_IMPORT_STAR" => Act::ImportStar,
                "INTRINSIC_UNARY_POSITIVE" => Act::Unary(UnaryOperator::Positive),
                "INTRINSIC_LIST_TO_TUPLE" => Act::ListToTuple,
                "INTRINSIC_ASYNC_GEN_WRAP" => Act::AsyncGenWrap,
                name => Act::Intrinsic1(name),
            },
            CALL_INTRINSIC_2 => match operand::intrinsic_2(version, arg).ok_or(ReadFault::Operand(at))? {
                "INTRINSIC_PREP_RERAISE_STAR" => Act::PrepReraiseStar,
                name => Act::Intrinsic2(name),
            },
            opcode => arithmetic(opcode)
                .or_else(|| build(opcode, arg))
                .or_else(|| fixed(opcode, arg))
                .unwrap_or(Act::Alien(opcode.name())),
        };
        self.push(at, act);
        Ok(())
    }

    /// Whether `None` was pushed right before.
    fn follows_none(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1).map(|i| &self.instructions[i]) else { return false };
        let constant = || self.code.consts.get(before.arg as usize);
        match before.opcode {
            Opcode::LOAD_CONST => constant().is_some_and(|constant| matches!(**constant, Object::None)),
            Opcode::LOAD_COMMON_CONSTANT => {
                operand::common_constant(self.code.version, before.arg) == Some("None")
            }
            _ => false,
        }
    }

    fn intern(&mut self, at: u32, name: Option<&PyStr>) -> Result<Name, ReadFault> {
        name.map(|name| self.interner.name(name)).ok_or(ReadFault::Operand(at))
    }

    fn name(&mut self, at: u32, index: u32) -> Result<Name, ReadFault> {
        let code = self.code;
        self.intern(at, code.names.get(index as usize))
    }

    fn local(&mut self, at: u32, slot: u32) -> Result<Name, ReadFault> {
        let code = self.code;
        self.intern(at, code.slot_name(slot))
    }

    /// The name of a cell or free variable.
    fn cell(&mut self, at: u32, arg: u32) -> Result<Name, ReadFault> {
        let code = self.code;
        if !code.localsplus.is_empty() {
            return self.local(at, arg);
        }
        let cells = code.cellvars.len();
        let name = code.cellvars.get(arg as usize);
        self.intern(at, name.or_else(|| code.freevars.get((arg as usize).checked_sub(cells)?)))
    }

    /// `LOAD_FAST`, which since 3.13 is also how a cell itself is pushed.
    fn load_fast(&mut self, at: u32, slot: u32) -> Result<Act, ReadFault> {
        Ok(Act::Load(Variable::Fast, self.local(at, slot)?))
    }

    /// `LOAD_GLOBAL`, whose lowest bit since 3.11 pushes NULL: before the value up to 3.12, after it since.
    fn load_global(&mut self, instruction: Instruction) -> Result<(), ReadFault> {
        let (at, arg) = (instruction.offset, instruction.arg);
        let has_bit = instruction.operand(self.code.version) == OperandKind::NameAndNull;
        let FlaggedName { name, flag: null } =
            if has_bit { FlaggedName::of(arg) } else { FlaggedName { name: arg, flag: false } };
        let load = Act::Load(Variable::Global, self.name(at, name)?);
        if null && !self.dialect.null_after {
            self.push(at, Act::PushNull);
        }
        self.push(at, load);
        if null && self.dialect.null_after {
            self.push(at, Act::PushNull);
        }
        Ok(())
    }

    fn common_constant(&mut self, name: &'static str) -> Act {
        Act::Const(match name {
            "None" => Interner::NONE,
            "True" => Interner::TRUE,
            "False" => Interner::FALSE,
            "''" => self.interner.constant(Value::Str(PyStr::default())),
            "-1" => self.interner.int(-1),
            name => return Act::Common(self.interner.text(name)),
        })
    }

    /// Whether a `CALL` of 3.11 or 3.12 follows a `KW_NAMES`, which is read as a constant on the stack.
    fn after_kw_names(&self, index: usize) -> bool {
        let before = |n: usize| index.checked_sub(n).map(|i| self.instructions[i].opcode);
        match before(1) {
            Some(Opcode::KW_NAMES) => true,
            Some(Opcode::PRECALL) => before(2) == Some(Opcode::KW_NAMES),
            _ => false,
        }
    }
}

/// The act of a comparison.
fn comparison(operator: &str) -> Option<Act> {
    Some(match operator {
        "<" => Act::Compare(Comparison::Less),
        "<=" => Act::Compare(Comparison::LessEqual),
        "==" => Act::Compare(Comparison::Equal),
        "!=" => Act::Compare(Comparison::NotEqual),
        ">" => Act::Compare(Comparison::Greater),
        ">=" => Act::Compare(Comparison::GreaterEqual),
        "in" => Act::Contains,
        "not in" => Act::NotContains,
        "is" => Act::Is,
        "is not" => Act::IsNot,
        "exception match" => Act::ExcMatch,
        _ => return None,
    })
}

fn binary(version: lancehead_pyc::Version, arg: u32) -> Option<Act> {
    let operator = operand::binary_op(version, arg)?;
    if operator == "[]" {
        return Some(Act::Subscript);
    }
    let (symbol, inplace) = match operator.strip_suffix('=') {
        Some(symbol) => (symbol, true),
        None => (operator, false),
    };
    let operator = match symbol {
        "+" => Operator::Add,
        "&" => Operator::And,
        "//" => Operator::FloorDivide,
        "<<" => Operator::LShift,
        "@" => Operator::MatrixMultiply,
        "*" => Operator::Multiply,
        "%" => Operator::Remainder,
        "|" => Operator::Or,
        "**" => Operator::Power,
        ">>" => Operator::RShift,
        "-" => Operator::Subtract,
        "/" => Operator::TrueDivide,
        "^" => Operator::Xor,
        _ => return None,
    };
    Some(if inplace { Act::Inplace(operator) } else { Act::Binary(operator) })
}

/// The arithmetic that had an opcode per operator up to 3.10.
fn arithmetic(opcode: Opcode) -> Option<Act> {
    use Opcode::*;
    use Operator as O;
    Some(match opcode {
        BINARY_ADD => Act::Binary(O::Add),
        BINARY_AND => Act::Binary(O::And),
        BINARY_FLOOR_DIVIDE => Act::Binary(O::FloorDivide),
        BINARY_LSHIFT => Act::Binary(O::LShift),
        BINARY_MATRIX_MULTIPLY => Act::Binary(O::MatrixMultiply),
        BINARY_MULTIPLY => Act::Binary(O::Multiply),
        BINARY_MODULO => Act::Binary(O::Remainder),
        BINARY_OR => Act::Binary(O::Or),
        BINARY_POWER => Act::Binary(O::Power),
        BINARY_RSHIFT => Act::Binary(O::RShift),
        BINARY_SUBTRACT => Act::Binary(O::Subtract),
        BINARY_TRUE_DIVIDE => Act::Binary(O::TrueDivide),
        BINARY_XOR => Act::Binary(O::Xor),
        INPLACE_ADD => Act::Inplace(O::Add),
        INPLACE_AND => Act::Inplace(O::And),
        INPLACE_FLOOR_DIVIDE => Act::Inplace(O::FloorDivide),
        INPLACE_LSHIFT => Act::Inplace(O::LShift),
        INPLACE_MATRIX_MULTIPLY => Act::Inplace(O::MatrixMultiply),
        INPLACE_MULTIPLY => Act::Inplace(O::Multiply),
        INPLACE_MODULO => Act::Inplace(O::Remainder),
        INPLACE_OR => Act::Inplace(O::Or),
        INPLACE_POWER => Act::Inplace(O::Power),
        INPLACE_RSHIFT => Act::Inplace(O::RShift),
        INPLACE_SUBTRACT => Act::Inplace(O::Subtract),
        INPLACE_TRUE_DIVIDE => Act::Inplace(O::TrueDivide),
        INPLACE_XOR => Act::Inplace(O::Xor),
        UNARY_POSITIVE => Act::Unary(UnaryOperator::Positive),
        UNARY_NEGATIVE => Act::Unary(UnaryOperator::Negative),
        UNARY_NOT => Act::Unary(UnaryOperator::Not),
        UNARY_INVERT => Act::Unary(UnaryOperator::Invert),
        _ => return None,
    })
}

/// What builds a value out of `arg` others.
fn build(opcode: Opcode, arg: u32) -> Option<Act> {
    use Opcode::*;
    Some(match opcode {
        BUILD_TUPLE => Act::Build(Collection::Tuple, arg),
        BUILD_LIST => Act::Build(Collection::List, arg),
        BUILD_SET => Act::Build(Collection::Set, arg),
        BUILD_MAP => Act::Build(Collection::Map, arg),
        BUILD_CONST_KEY_MAP => Act::BuildConstKeyMap(arg),
        BUILD_TUPLE_UNPACK => Act::BuildUnpack(Collection::Tuple, arg, false),
        BUILD_TUPLE_UNPACK_WITH_CALL => Act::BuildUnpack(Collection::Tuple, arg, true),
        BUILD_LIST_UNPACK => Act::BuildUnpack(Collection::List, arg, false),
        BUILD_SET_UNPACK => Act::BuildUnpack(Collection::Set, arg, false),
        BUILD_MAP_UNPACK => Act::BuildUnpack(Collection::Map, arg, false),
        BUILD_MAP_UNPACK_WITH_CALL => Act::BuildUnpack(Collection::Map, arg, true),
        BUILD_SLICE => Act::BuildSlice(arg),
        BUILD_STRING => Act::BuildString(arg),
        BUILD_TEMPLATE => Act::BuildTemplate,
        LIST_APPEND => Act::Grow(Grow::ListAppend, arg),
        SET_ADD => Act::Grow(Grow::SetAdd, arg),
        MAP_ADD => Act::Grow(Grow::MapAdd, arg),
        LIST_EXTEND => Act::Grow(Grow::ListExtend, arg),
        SET_UPDATE => Act::Grow(Grow::SetUpdate, arg),
        DICT_UPDATE => Act::Grow(Grow::DictUpdate, arg),
        DICT_MERGE => Act::Grow(Grow::DictMerge, arg),
        LIST_TO_TUPLE => Act::ListToTuple,
        UNPACK_SEQUENCE => Act::Unpack(arg),
        UNPACK_EX => {
            let (before, after) = argument::unpack_ex(arg);
            Act::UnpackEx(before, after)
        }
        _ => return None,
    })
}

/// What means one thing on every version that has it.
fn fixed(opcode: Opcode, arg: u32) -> Option<Act> {
    use Opcode::*;
    Some(match opcode {
        BINARY_SUBSCR => Act::Subscript,
        STORE_SUBSCR => Act::StoreSubscript,
        DELETE_SUBSCR => Act::DeleteSubscript,
        BINARY_SLICE => Act::BinarySlice,
        STORE_SLICE => Act::StoreSlice,
        LOAD_LOCALS => Act::LoadLocals,
        LOAD_BUILD_CLASS => Act::LoadBuildClass,
        SETUP_ANNOTATIONS => Act::SetupAnnotations,
        PRINT_EXPR => Act::PrintExpr,
        IMPORT_STAR => Act::ImportStar,
        GET_ITER => Act::GetIter,
        GET_AITER => Act::GetAiter,
        GET_ANEXT => Act::GetAnext,
        END_ASYNC_FOR => Act::EndAsyncFor,
        GET_AWAITABLE => Act::GetAwaitable,
        GET_YIELD_FROM_ITER => Act::GetYieldFromIter,
        YIELD_VALUE => Act::Yield,
        YIELD_FROM => Act::YieldFrom,
        END_SEND => Act::EndSend,
        CLEANUP_THROW => Act::CleanupThrow,
        ASYNC_GEN_WRAP => Act::AsyncGenWrap,
        BEFORE_WITH => Act::BeforeWith,
        BEFORE_ASYNC_WITH => Act::BeforeAsyncWith,
        LOAD_SPECIAL => Act::LoadSpecial(arg),
        WITH_EXCEPT_START => Act::WithExceptStart,
        WITH_CLEANUP_START => Act::WithCleanupStart,
        WITH_CLEANUP_FINISH => Act::WithCleanupFinish,
        POP_BLOCK => Act::PopBlock,
        BEGIN_FINALLY => Act::BeginFinally,
        POP_FINALLY => Act::PopFinally(arg != 0),
        END_FINALLY => Act::EndFinally,
        PUSH_EXC_INFO => Act::PushExcInfo,
        POP_EXCEPT => Act::PopExcept,
        CHECK_EXC_MATCH => Act::ExcMatch,
        CHECK_EG_MATCH => Act::ExcGroupMatch,
        PREP_RERAISE_STAR => Act::PrepReraiseStar,
        GET_LEN => Act::GetLen,
        MATCH_MAPPING => Act::MatchMapping,
        MATCH_SEQUENCE => Act::MatchSequence,
        MATCH_KEYS => Act::MatchKeys,
        MATCH_CLASS => Act::MatchClass(arg),
        COPY_DICT_WITHOUT_KEYS => Act::CopyDictWithoutKeys,
        RETURN_VALUE => Act::Return,
        BREAK_LOOP => Act::BreakLoop,
        RAISE_VARARGS => Act::Raise(arg),
        RERAISE => Act::Reraise(arg),
        _ => return None,
    })
}
