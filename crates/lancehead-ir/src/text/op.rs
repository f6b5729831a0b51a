//! The text of operations: one table for both directions.

use super::literal::{Words, write_object, write_text};
use crate::{Collection, Comparison, Op, Operator, RegionId, UnaryOperator, Variable};
use lancehead_isa::operand;
use lancehead_pyc::{ObjectRef, PyStr};

/// Something that operands are.
pub(super) trait Operand: Sized {
    fn write(&self, text: &mut String);
    fn read(words: &mut Words<'_>) -> Result<Self, String>;
}

macro_rules! operations {
    ($($name:literal => $variant:ident $(($($at:ident),+))? $({$($field:ident),+})?;)*) => {
        /// Writes an operation and its operands.
        pub(super) fn write_op(op: &Op, text: &mut String) {
            match op {
                $(Op::$variant $(($($at),+))? $({$($field),+})? => {
                    *text += $name;
                    $($(*text += " "; $at.write(text);)+)?
                    $($(*text += concat!(" ", stringify!($field), "="); $field.write(text);)+)?
                })*
            }
        }

        /// Reads what [`write_op`] wrote; `name` is the first word.
        pub(super) fn read_op(name: &str, words: &mut Words<'_>) -> Result<Op, String> {
            match name {
                $($name => {
                    $($(let $at = Operand::read(words)?;)+)?
                    $($(
                        words.exactly(stringify!($field))?;
                        words.exactly("=")?;
                        let $field = Operand::read(words)?;
                    )+)?
                    Ok(Op::$variant $(($($at),+))? $({$($field),+})?)
                })*
                _ => Err(format!("there is no operation {name}")),
            }
        }
    };
}

operations! {
    "POP" => Pop;
    "COPY" => Copy(index);
    "SWAP" => Swap(index);
    "ROTATE" => Rotate(index);
    "PUSH_NULL" => PushNull;
    "LOAD_CONST" => Const(object);
    "LOAD" => Load(variable, name);
    "LOAD_AND_CLEAR" => LoadAndClear(name);
    "STORE" => Store(variable, name);
    "DELETE" => Delete(variable, name);
    "LOAD_CLOSURE" => LoadClosure(name);
    "LOAD_CELL" => LoadCell(name);
    "LOAD_LOCALS" => LoadLocals;
    "LOAD_BUILD_CLASS" => LoadBuildClass;
    "LOAD_ASSERTION_ERROR" => LoadAssertionError;
    "LOAD_COMMON_CONSTANT" => LoadCommonConstant(name);
    "LOAD_ATTR" => LoadAttr(name);
    "LOAD_METHOD" => LoadMethod(name);
    "LOAD_SUPER_ATTR" => LoadSuperAttr { name, method, two_argument };
    "STORE_ATTR" => StoreAttr(name);
    "DELETE_ATTR" => DeleteAttr(name);
    "SUBSCRIPT" => Subscript;
    "STORE_SUBSCRIPT" => StoreSubscript;
    "DELETE_SUBSCRIPT" => DeleteSubscript;
    "BINARY_SLICE" => BinarySlice;
    "STORE_SLICE" => StoreSlice;
    "BINARY" => Binary(operator);
    "INPLACE" => Inplace(operator);
    "UNARY" => Unary(operator);
    "COMPARE" => Compare(comparison);
    "IS" => Is { invert };
    "CONTAINS" => Contains { invert };
    "EXCEPTION_MATCH" => ExceptionMatch { keeps_exception };
    "EXCEPTION_GROUP_MATCH" => ExceptionGroupMatch;
    "BUILD" => Build(collection, count);
    "BUILD_CONST_KEY_MAP" => BuildConstKeyMap(count);
    "BUILD_UNPACK" => BuildUnpack(collection, count);
    "BUILD_SLICE" => BuildSlice(count);
    "BUILD_STRING" => BuildString(count);
    "FORMAT_VALUE" => FormatValue { conversion, has_spec };
    "CONVERT_VALUE" => ConvertValue(conversion);
    "BUILD_INTERPOLATION" => BuildInterpolation { conversion, has_spec };
    "BUILD_TEMPLATE" => BuildTemplate;
    "LIST_EXTEND" => ListExtend(index);
    "SET_UPDATE" => SetUpdate(index);
    "DICT_UPDATE" => DictUpdate(index);
    "DICT_MERGE" => DictMerge(index);
    "LIST_APPEND" => ListAppend(index);
    "SET_ADD" => SetAdd(index);
    "MAP_ADD" => MapAdd { index, value_first };
    "LIST_TO_TUPLE" => ListToTuple;
    "CALL" => Call { argc, keywords, null_slot };
    "CALL_EX" => CallEx { keywords, null_slot };
    "MAKE_FUNCTION" => MakeFunction { flags, has_qualname };
    "SET_FUNCTION_ATTRIBUTE" => SetFunctionAttribute(flag);
    "IMPORT_NAME" => ImportName { name, lazy };
    "IMPORT_FROM" => ImportFrom(name);
    "IMPORT_STAR" => ImportStar;
    "UNPACK" => Unpack(count);
    "UNPACK_EX" => UnpackEx(before, after);
    "GET_ITER" => GetIter { index_slot };
    "GET_AITER" => GetAiter;
    "GET_AWAITABLE" => GetAwaitable;
    "GET_YIELD_FROM_ITER" => GetYieldFromIter;
    "YIELD" => Yield;
    "YIELD_FROM" => YieldFrom;
    "BEFORE_WITH" => BeforeWith { is_async, null_slot };
    "WITH_EXIT" => WithExit;
    "WITH_EXCEPT_START" => WithExceptStart;
    "SUPPRESS_EXCEPTION" => SuppressException;
    "ENTER_HANDLER" => EnterHandler(slots);
    "POP_EXCEPT" => PopExcept(slots);
    "LEAVE_HANDLER" => LeaveHandler { keeps_top };
    "FALLS_OUT" => FallsOut;
    "JUMPS_OUT" => JumpsOut;
    "NOP" => Nop;
    "BREAK" => Break;
    "CONTINUE" => Continue;
    "LEAVE_LOOP" => LeaveLoop;
    "PREP_RERAISE_STAR" => PrepReraiseStar;
    "GET_LEN" => GetLen;
    "MATCH_MAPPING" => MatchMapping;
    "MATCH_SEQUENCE" => MatchSequence;
    "MATCH_KEYS" => MatchKeys { flag };
    "MATCH_CLASS" => MatchClass { positional, flag };
    "COPY_DICT_WITHOUT_KEYS" => CopyDictWithoutKeys;
    "SETUP_ANNOTATIONS" => SetupAnnotations;
    "PRINT_EXPR" => PrintExpr;
    "INTRINSIC_1" => Intrinsic1(name);
    "INTRINSIC_2" => Intrinsic2(name);
    "LEAVE_FINALLY" => LeaveFinally(region);
}

macro_rules! words {
    ($type:ident, $what:literal: $($variant:ident $word:literal),*) => {
        impl Operand for $type {
            fn write(&self, text: &mut String) {
                *text += match self { $($type::$variant => $word),* };
            }

            fn read(words: &mut Words<'_>) -> Result<Self, String> {
                match words.next() {
                    $($word => Ok($type::$variant),)*
                    other => Err(format!(concat!("expected ", $what, ", found `{}`"), other)),
                }
            }
        }
    };
}

words!(Variable, "a kind of variable": Fast "fast", Name "name", Global "global", Deref "deref",
    ClassDeref "class_deref", ClassGlobal "class_global");
words!(Collection, "a collection": Tuple "tuple", List "list", Set "set", Map "map");
words!(UnaryOperator, "an operator": Positive "+", Negative "-", Not "not", Invert "~");
words!(Comparison, "a comparison": Less "<", LessEqual "<=", Equal "==", NotEqual "!=", Greater ">", GreaterEqual ">=");
words!(Operator, "an operator": Add "+", And "&", FloorDivide "//", LShift "<<", MatrixMultiply "@", Multiply "*",
    Remainder "%", Or "|", Power "**", RShift ">>", Subtract "-", TrueDivide "/", Xor "^");

impl Operand for u32 {
    fn write(&self, text: &mut String) {
        *text += &self.to_string();
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        words.number("")
    }
}

impl Operand for bool {
    fn write(&self, text: &mut String) {
        *text += if *self { "true" } else { "false" };
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        match words.next() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(format!("expected true or false, found `{other}`")),
        }
    }
}

impl Operand for char {
    fn write(&self, text: &mut String) {
        *text += &format!("'{self}'");
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        let word = words.next();
        let inner = word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        match inner.map(|inner| (inner.chars().next(), inner.chars().count())) {
            Some((Some(only), 1)) => Ok(only),
            _ => Err(format!("expected a character, found `{word}`")),
        }
    }
}

impl Operand for Option<char> {
    fn write(&self, text: &mut String) {
        match self {
            Some(conversion) => conversion.write(text),
            None => *text += "none",
        }
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        match words.peek() {
            "none" => {
                words.next();
                Ok(None)
            }
            _ => char::read(words).map(Some),
        }
    }
}

impl Operand for PyStr {
    fn write(&self, text: &mut String) {
        write_text(self, text);
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        words.text()
    }
}

impl Operand for ObjectRef {
    fn write(&self, text: &mut String) {
        write_object(self, text);
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        words.object(0)
    }
}

impl Operand for RegionId {
    fn write(&self, text: &mut String) {
        *text += &format!("{self:?}");
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        words.number("r").map(RegionId)
    }
}

/// Names that tables of the instruction set hold.
impl Operand for &'static str {
    fn write(&self, text: &mut String) {
        write_text(&PyStr::from(*self), text);
    }

    fn read(words: &mut Words<'_>) -> Result<Self, String> {
        let name = words.text()?;
        let known = operand::INTRINSICS_1.into_iter().chain(operand::INTRINSICS_2);
        let mut known = known.chain(operand::COMMON_CONSTANTS);
        known.find(|known| name == **known).ok_or_else(|| format!("there is no {name}"))
    }
}
