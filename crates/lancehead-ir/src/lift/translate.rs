//! Instructions that only work on the stack, one by one.

use std::sync::{Arc, LazyLock};

use lancehead_isa::argument::{self, FlaggedName, Format, LazyName, LocalPair, SuperName};
use lancehead_isa::operand;
use lancehead_isa::{Instruction, Opcode, OperandKind};
use lancehead_pyc::{Object, ObjectRef, PyStr, co_fast};

use super::LiftError;
use super::leaders::Stream;
use crate::{Collection, Comparison, Inst, Op, Operator, UnaryOperator, Variable};

static NONE: LazyLock<ObjectRef> = LazyLock::new(|| Arc::new(Object::None));

/// The constant None.
pub fn none() -> ObjectRef {
    NONE.clone()
}

/// Whether an instruction pushes None.
pub fn is_none(stream: &Stream<'_>, instruction: &Instruction) -> bool {
    match instruction.opcode {
        Opcode::LOAD_CONST => {
            stream.code.consts.get(instruction.arg as usize).is_some_and(|c| **c == Object::None)
        }
        Opcode::LOAD_COMMON_CONSTANT => {
            operand::common_constant(stream.version, instruction.arg) == Some("None")
        }
        _ => false,
    }
}

/// Arguments of one instruction, resolved.
struct Operands<'s, 'c> {
    stream: &'s Stream<'c>,
    instruction: Instruction,
}

impl Operands<'_, '_> {
    fn error(&self) -> LiftError {
        let Instruction { offset, opcode, arg, .. } = self.instruction;
        LiftError::Operand { offset, opcode, arg }
    }

    fn constant(&self) -> Result<ObjectRef, LiftError> {
        self.stream.code.consts.get(self.instruction.arg as usize).cloned().ok_or_else(|| self.error())
    }

    fn name_at(&self, index: u32) -> Result<PyStr, LiftError> {
        self.stream.code.names.get(index as usize).cloned().ok_or_else(|| self.error())
    }

    fn name(&self) -> Result<PyStr, LiftError> {
        self.name_at(self.instruction.arg)
    }

    fn local(&self, slot: u32) -> Result<PyStr, LiftError> {
        self.stream.code.slot_name(slot).cloned().ok_or_else(|| self.error())
    }

    /// The name of a cell or free variable.
    fn cell(&self) -> Result<PyStr, LiftError> {
        let code = self.stream.code;
        if !code.localsplus.is_empty() {
            return self.local(self.instruction.arg);
        }
        let index = self.instruction.arg as usize;
        let cells = code.cellvars.len();
        let name = if index < cells { code.cellvars.get(index) } else { code.freevars.get(index - cells) };
        name.cloned().ok_or_else(|| self.error())
    }

    /// `LOAD_FAST`, which since 3.13 is also how a cell itself is pushed.
    fn load_fast(&self, slot: u32) -> Result<Op, LiftError> {
        const CELL_OR_FREE: u8 = co_fast::CELL | co_fast::FREE;
        let name = self.local(slot)?;
        let kind = self.stream.code.localsplus.get(slot as usize).map_or(0, |(_, kind)| *kind);
        Ok(if kind & CELL_OR_FREE != 0 { Op::LoadClosure(name) } else { Op::Load(Variable::Fast, name) })
    }

    fn local_pair(&self) -> (u32, u32) {
        let LocalPair { first, second } = LocalPair::of(self.instruction.arg);
        (first, second)
    }
}

/// A block under construction, and where the instruction stands whose operations are added to it.
pub struct Sink<'a> {
    pub insts: &'a mut Vec<Inst>,
    pub offset: u32,
    pub line: u32,
}

impl Sink<'_> {
    fn push(&mut self, op: Op) {
        self.insts.push(Inst { op, offset: self.offset, line: self.line });
    }
}

/// Appends what one instruction does.
pub fn translate(stream: &Stream<'_>, at: u32, ops: &mut Sink<'_>) -> Result<(), LiftError> {
    use Opcode::*;
    let instruction = *stream.get(at)?;
    let version = stream.version;
    let o = Operands { stream, instruction };
    let arg = instruction.arg;
    let op = match instruction.opcode {
        NOP | CACHE | RESUME | PRECALL | MAKE_CELL | COPY_FREE_VARS | NOT_TAKEN | TO_BOOL | END_SEND
        | GEN_START | ASYNC_GEN_WRAP | EXTENDED_ARG | END_FOR => return Ok(()),
        POP_TOP | POP_ITER => Op::Pop,
        DUP_TOP => Op::Copy(1),
        DUP_TOP_TWO => {
            ops.push(Op::Copy(2));
            ops.push(Op::Copy(2));
            return Ok(());
        }
        COPY => Op::Copy(arg),
        SWAP => Op::Swap(arg),
        ROT_TWO => Op::Swap(2),
        ROT_THREE => Op::Rotate(3),
        ROT_FOUR => Op::Rotate(4),
        ROT_N => Op::Rotate(arg),
        PUSH_NULL => Op::PushNull,
        LOAD_CONST | RETURN_CONST => Op::Const(o.constant()?),
        KW_NAMES => Op::Const(o.constant()?),
        LOAD_SMALL_INT => Op::Const(Arc::new(Object::Int(i64::from(arg)))),
        LOAD_COMMON_CONSTANT => match operand::common_constant(version, arg).ok_or_else(|| o.error())? {
            "AssertionError" => Op::LoadAssertionError,
            "None" => Op::Const(none()),
            "''" => Op::Const(Arc::new(Object::Str(PyStr::from("")))),
            "True" => Op::Const(Arc::new(Object::Bool(true))),
            "False" => Op::Const(Arc::new(Object::Bool(false))),
            "-1" => Op::Const(Arc::new(Object::Int(-1))),
            name => Op::LoadCommonConstant(name),
        },
        LOAD_ASSERTION_ERROR => Op::LoadAssertionError,
        LOAD_FAST | LOAD_FAST_CHECK | LOAD_FAST_BORROW => o.load_fast(arg)?,
        LOAD_FAST_LOAD_FAST | LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
            let (first, second) = o.local_pair();
            ops.push(o.load_fast(first)?);
            o.load_fast(second)?
        }
        STORE_FAST_LOAD_FAST => {
            let (first, second) = o.local_pair();
            ops.push(Op::Store(Variable::Fast, o.local(first)?));
            o.load_fast(second)?
        }
        STORE_FAST_STORE_FAST => {
            let (first, second) = o.local_pair();
            ops.push(Op::Store(Variable::Fast, o.local(first)?));
            Op::Store(Variable::Fast, o.local(second)?)
        }
        LOAD_FAST_AND_CLEAR => Op::LoadAndClear(o.local(arg)?),
        STORE_FAST => Op::Store(Variable::Fast, o.local(arg)?),
        DELETE_FAST => Op::Delete(Variable::Fast, o.local(arg)?),
        LOAD_NAME => Op::Load(Variable::Name, o.name()?),
        STORE_NAME => Op::Store(Variable::Name, o.name()?),
        DELETE_NAME => Op::Delete(Variable::Name, o.name()?),
        LOAD_GLOBAL => return load_global(&o, ops),
        STORE_GLOBAL => Op::Store(Variable::Global, o.name()?),
        DELETE_GLOBAL => Op::Delete(Variable::Global, o.name()?),
        LOAD_DEREF => Op::Load(Variable::Deref, o.cell()?),
        STORE_DEREF => Op::Store(Variable::Deref, o.cell()?),
        DELETE_DEREF => Op::Delete(Variable::Deref, o.cell()?),
        LOAD_CLASSDEREF => Op::Load(Variable::ClassDeref, o.cell()?),
        LOAD_FROM_DICT_OR_DEREF => {
            ops.push(Op::Pop);
            Op::Load(Variable::ClassDeref, o.cell()?)
        }
        LOAD_FROM_DICT_OR_GLOBALS => {
            ops.push(Op::Pop);
            Op::Load(Variable::ClassGlobal, o.name()?)
        }
        LOAD_CLOSURE => Op::LoadClosure(o.cell()?),
        LOAD_LOCALS => Op::LoadLocals,
        LOAD_BUILD_CLASS => Op::LoadBuildClass,
        LOAD_ATTR if instruction.operand(version) == OperandKind::NameAndMethod => {
            let FlaggedName { name, flag: is_method } = FlaggedName::of(arg);
            let name = o.name_at(name)?;
            if is_method { Op::LoadMethod(name) } else { Op::LoadAttr(name) }
        }
        LOAD_ATTR => Op::LoadAttr(o.name()?),
        LOAD_METHOD => Op::LoadMethod(o.name()?),
        LOAD_SUPER_ATTR => {
            let SuperName { name, method, two_arguments } = SuperName::of(arg);
            Op::LoadSuperAttr { name: o.name_at(name)?, method, two_argument: two_arguments }
        }
        STORE_ATTR => Op::StoreAttr(o.name()?),
        DELETE_ATTR => Op::DeleteAttr(o.name()?),
        BINARY_SUBSCR => Op::Subscript,
        STORE_SUBSCR => Op::StoreSubscript,
        DELETE_SUBSCR => Op::DeleteSubscript,
        BINARY_SLICE => Op::BinarySlice,
        STORE_SLICE => Op::StoreSlice,
        BINARY_OP => {
            binary_op(operand::binary_op(version, arg).ok_or_else(|| o.error())?).ok_or_else(|| o.error())?
        }
        COMPARE_OP => {
            let (operator, _) = operand::compare_op(version, arg).ok_or_else(|| o.error())?;
            comparison(operator).ok_or_else(|| o.error())?
        }
        IS_OP => Op::Is { invert: argument::is_inverted(arg) },
        CONTAINS_OP => Op::Contains { invert: argument::is_inverted(arg) },
        CHECK_EXC_MATCH => Op::ExceptionMatch { keeps_exception: true },
        CHECK_EG_MATCH => Op::ExceptionGroupMatch,
        GET_ITER if version.index_slot() && argument::delegates(arg) => Op::GetYieldFromIter,
        GET_ITER => Op::GetIter { index_slot: version.index_slot() },
        CALL => Op::Call { argc: arg, keywords: after_kw_names(stream, at), null_slot: true },
        CALL_KW => Op::Call { argc: arg, keywords: true, null_slot: true },
        CALL_FUNCTION => Op::Call { argc: arg, keywords: false, null_slot: false },
        CALL_FUNCTION_KW => Op::Call { argc: arg, keywords: true, null_slot: false },
        CALL_METHOD => Op::Call { argc: arg, keywords: false, null_slot: true },
        CALL_FUNCTION_EX => Op::CallEx {
            keywords: version.call_ex_has_mapping() || argument::has_mapping(arg),
            null_slot: version.has_self_slot(),
        },
        MAKE_FUNCTION => Op::MakeFunction {
            flags: if version.sets_function_attributes() { 0 } else { arg },
            has_qualname: version.names_functions(),
        },
        SET_FUNCTION_ATTRIBUTE => Op::SetFunctionAttribute(arg),
        IMPORT_NAME if version.lazy_imports() => {
            let LazyName { name, mode } = LazyName::of(arg);
            Op::ImportName { name: o.name_at(name)?, lazy: mode == 1 }
        }
        IMPORT_NAME => Op::ImportName { name: o.name()?, lazy: false },
        IMPORT_FROM => Op::ImportFrom(o.name()?),
        FORMAT_VALUE => {
            let format = Format::of_value(arg);
            Op::FormatValue { conversion: conversion(format.conversion), has_spec: format.has_spec }
        }
        FORMAT_SIMPLE => Op::FormatValue { conversion: None, has_spec: false },
        FORMAT_WITH_SPEC => Op::FormatValue { conversion: None, has_spec: true },
        CONVERT_VALUE => Op::ConvertValue(conversion(arg).ok_or_else(|| o.error())?),
        BUILD_INTERPOLATION => {
            let format = Format::of_interpolation(arg);
            Op::BuildInterpolation { conversion: conversion(format.conversion), has_spec: format.has_spec }
        }
        MATCH_KEYS => Op::MatchKeys { flag: version.match_flags() },
        MATCH_CLASS => Op::MatchClass { positional: arg, flag: version.match_flags() },
        MAP_ADD => Op::MapAdd { index: arg, value_first: version.map_add_takes_key_first() },
        CALL_INTRINSIC_1 => match operand::intrinsic_1(version, arg).ok_or_else(|| o.error())? {
            "INTRINSIC_PRINT" => Op::PrintExpr,
            "INTRINSIC_IMPORT_STAR" => Op::ImportStar,
            "INTRINSIC_UNARY_POSITIVE" => Op::Unary(UnaryOperator::Positive),
            "INTRINSIC_LIST_TO_TUPLE" => Op::ListToTuple,
            "INTRINSIC_ASYNC_GEN_WRAP" => return Ok(()),
            name => Op::Intrinsic1(name),
        },
        CALL_INTRINSIC_2 => match operand::intrinsic_2(version, arg).ok_or_else(|| o.error())? {
            "INTRINSIC_PREP_RERAISE_STAR" => Op::PrepReraiseStar,
            name => Op::Intrinsic2(name),
        },
        opcode => {
            let simple = arithmetic(opcode).or_else(|| build(opcode, arg)).or_else(|| fixed(opcode, arg));
            simple.ok_or(LiftError::Unexpected { offset: instruction.offset, opcode })?
        }
    };
    ops.push(op);
    Ok(())
}

/// `LOAD_GLOBAL`, whose lowest bit since 3.11 pushes NULL: before the value up to 3.12, after it since.
fn load_global(o: &Operands<'_, '_>, ops: &mut Sink<'_>) -> Result<(), LiftError> {
    let version = o.stream.version;
    let arg = o.instruction.arg;
    let has_bit = o.instruction.operand(version) == OperandKind::NameAndNull;
    let FlaggedName { name, flag: null } =
        if has_bit { FlaggedName::of(arg) } else { FlaggedName { name: arg, flag: false } };
    let load = Op::Load(Variable::Global, o.name_at(name)?);
    match (null, version.null_after()) {
        (false, _) => ops.push(load),
        (true, false) => {
            ops.push(Op::PushNull);
            ops.push(load);
        }
        (true, true) => {
            ops.push(load);
            ops.push(Op::PushNull);
        }
    }
    Ok(())
}

/// Whether a `CALL` of 3.11 or 3.12 follows a `KW_NAMES`, which the lift makes a constant on the stack.
fn after_kw_names(stream: &Stream<'_>, at: u32) -> bool {
    let before = |n: u32| at.checked_sub(n).and_then(|i| stream.opcode(i));
    match before(1) {
        Some(Opcode::KW_NAMES) => true,
        Some(Opcode::PRECALL) => before(2) == Some(Opcode::KW_NAMES),
        _ => false,
    }
}

fn conversion(code: u32) -> Option<char> {
    match code {
        1 => Some('s'),
        2 => Some('r'),
        3 => Some('a'),
        _ => None,
    }
}

fn comparison(operator: &str) -> Option<Op> {
    Some(match operator {
        "<" => Op::Compare(Comparison::Less),
        "<=" => Op::Compare(Comparison::LessEqual),
        "==" => Op::Compare(Comparison::Equal),
        "!=" => Op::Compare(Comparison::NotEqual),
        ">" => Op::Compare(Comparison::Greater),
        ">=" => Op::Compare(Comparison::GreaterEqual),
        "in" => Op::Contains { invert: false },
        "not in" => Op::Contains { invert: true },
        "is" => Op::Is { invert: false },
        "is not" => Op::Is { invert: true },
        "exception match" => Op::ExceptionMatch { keeps_exception: false },
        _ => return None,
    })
}

fn binary_op(operator: &str) -> Option<Op> {
    if operator == "[]" {
        return Some(Op::Subscript);
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
    Some(if inplace { Op::Inplace(operator) } else { Op::Binary(operator) })
}

/// The arithmetic that had an opcode per operator up to 3.10.
fn arithmetic(opcode: Opcode) -> Option<Op> {
    use Opcode::*;
    use Operator as O;
    Some(match opcode {
        BINARY_ADD => Op::Binary(O::Add),
        BINARY_AND => Op::Binary(O::And),
        BINARY_FLOOR_DIVIDE => Op::Binary(O::FloorDivide),
        BINARY_LSHIFT => Op::Binary(O::LShift),
        BINARY_MATRIX_MULTIPLY => Op::Binary(O::MatrixMultiply),
        BINARY_MULTIPLY => Op::Binary(O::Multiply),
        BINARY_MODULO => Op::Binary(O::Remainder),
        BINARY_OR => Op::Binary(O::Or),
        BINARY_POWER => Op::Binary(O::Power),
        BINARY_RSHIFT => Op::Binary(O::RShift),
        BINARY_SUBTRACT => Op::Binary(O::Subtract),
        BINARY_TRUE_DIVIDE => Op::Binary(O::TrueDivide),
        BINARY_XOR => Op::Binary(O::Xor),
        INPLACE_ADD => Op::Inplace(O::Add),
        INPLACE_AND => Op::Inplace(O::And),
        INPLACE_FLOOR_DIVIDE => Op::Inplace(O::FloorDivide),
        INPLACE_LSHIFT => Op::Inplace(O::LShift),
        INPLACE_MATRIX_MULTIPLY => Op::Inplace(O::MatrixMultiply),
        INPLACE_MULTIPLY => Op::Inplace(O::Multiply),
        INPLACE_MODULO => Op::Inplace(O::Remainder),
        INPLACE_OR => Op::Inplace(O::Or),
        INPLACE_POWER => Op::Inplace(O::Power),
        INPLACE_RSHIFT => Op::Inplace(O::RShift),
        INPLACE_SUBTRACT => Op::Inplace(O::Subtract),
        INPLACE_TRUE_DIVIDE => Op::Inplace(O::TrueDivide),
        INPLACE_XOR => Op::Inplace(O::Xor),
        UNARY_POSITIVE => Op::Unary(UnaryOperator::Positive),
        UNARY_NEGATIVE => Op::Unary(UnaryOperator::Negative),
        UNARY_NOT => Op::Unary(UnaryOperator::Not),
        UNARY_INVERT => Op::Unary(UnaryOperator::Invert),
        _ => return None,
    })
}

/// What builds a value out of `arg` others.
fn build(opcode: Opcode, arg: u32) -> Option<Op> {
    use Opcode::*;
    Some(match opcode {
        BUILD_TUPLE => Op::Build(Collection::Tuple, arg),
        BUILD_LIST => Op::Build(Collection::List, arg),
        BUILD_SET => Op::Build(Collection::Set, arg),
        BUILD_MAP => Op::Build(Collection::Map, arg),
        BUILD_CONST_KEY_MAP => Op::BuildConstKeyMap(arg),
        BUILD_TUPLE_UNPACK | BUILD_TUPLE_UNPACK_WITH_CALL => Op::BuildUnpack(Collection::Tuple, arg),
        BUILD_LIST_UNPACK => Op::BuildUnpack(Collection::List, arg),
        BUILD_SET_UNPACK => Op::BuildUnpack(Collection::Set, arg),
        BUILD_MAP_UNPACK | BUILD_MAP_UNPACK_WITH_CALL => Op::BuildUnpack(Collection::Map, arg),
        BUILD_SLICE => Op::BuildSlice(arg),
        BUILD_STRING => Op::BuildString(arg),
        BUILD_TEMPLATE => Op::BuildTemplate,
        LIST_EXTEND => Op::ListExtend(arg),
        SET_UPDATE => Op::SetUpdate(arg),
        DICT_UPDATE => Op::DictUpdate(arg),
        DICT_MERGE => Op::DictMerge(arg),
        LIST_APPEND => Op::ListAppend(arg),
        SET_ADD => Op::SetAdd(arg),
        LIST_TO_TUPLE => Op::ListToTuple,
        UNPACK_SEQUENCE => Op::Unpack(arg),
        UNPACK_EX => {
            let (before, after) = argument::unpack_ex(arg);
            Op::UnpackEx(before, after)
        }
        _ => return None,
    })
}

/// What means one thing on every version that has it.
fn fixed(opcode: Opcode, _arg: u32) -> Option<Op> {
    use Opcode::*;
    Some(match opcode {
        GET_AITER => Op::GetAiter,
        GET_AWAITABLE => Op::GetAwaitable,
        GET_YIELD_FROM_ITER => Op::GetYieldFromIter,
        YIELD_VALUE => Op::Yield,
        YIELD_FROM => Op::YieldFrom,
        BEFORE_WITH => Op::BeforeWith { is_async: false, null_slot: false },
        BEFORE_ASYNC_WITH => Op::BeforeWith { is_async: true, null_slot: false },
        WITH_EXCEPT_START => Op::WithExceptStart,
        PREP_RERAISE_STAR => Op::PrepReraiseStar,
        GET_LEN => Op::GetLen,
        MATCH_MAPPING => Op::MatchMapping,
        MATCH_SEQUENCE => Op::MatchSequence,
        COPY_DICT_WITHOUT_KEYS => Op::CopyDictWithoutKeys,
        SETUP_ANNOTATIONS => Op::SetupAnnotations,
        PRINT_EXPR => Op::PrintExpr,
        IMPORT_STAR => Op::ImportStar,
        _ => return None,
    })
}
