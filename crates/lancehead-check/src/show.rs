//! How a difference is told: in CPython's names for instructions, with constants as Python writes them.
//!
//! Acts are finer and more general than instructions, and so is what is said of them: one name where versions have
//! several (`BINARY_OP +` for `BINARY_ADD` as well), the assembler's name where an instruction is a special case of
//! another (`LOAD_SUPER_METHOD`), no targets, which are indices of this crate's own.

use std::fmt::{self, Display, Formatter};

use lancehead_code::repr_within;
use lancehead_ir::{Collection, Comparison, Operator, UnaryOperator, Variable};
use lancehead_isa::operand::{CONVERSIONS, FUNCTION_ATTRIBUTES, SPECIAL_METHODS};
use lancehead_pyc::{Object, PyStr, Version, co_flags, tame};

use crate::act::{Act, Grow, Setup};
use crate::intern::{Const, Interner, Name, Value};
use crate::walk::value::{Val, Why};

/// How many characters of a constant are shown.
const SHOWN: usize = 80;

impl Act {
    /// The act as an instruction with its argument.
    pub fn show(self, interner: &Interner) -> String {
        Shown { act: self, interner }.to_string()
    }
}

impl Val {
    /// The value as one reads of it after "with".
    pub fn show(self, interner: &Interner) -> String {
        match self {
            Val::Const(constant) => interner.show(constant),
            Val::Id(_) | Val::Not(_) => "another value".to_owned(),
            Val::Null => "NULL".to_owned(),
            Val::Code(_) => "a code object".to_owned(),
            Val::Common(name) => one_line(interner.spell(name)),
            Val::Cell(name) => format!("the cell of {}", one_line(interner.spell(name))),
            Val::Return(_) => "CALL_FINALLY".to_owned(),
            Val::Why(Why::Return) => "a return".to_owned(),
            Val::Why(Why::Break) => "a break".to_owned(),
            Val::Why(Why::Continue) => "a continue".to_owned(),
            Val::Why(Why::Silenced) => "a suppressed exception".to_owned(),
        }
    }
}

impl Interner {
    /// A constant as Python's `repr` writes it, cut short.
    pub fn show(&self, constant: Const) -> String {
        let mut text = String::new();
        self.write(constant, &mut text);
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    /// Writes no more than is shown of what may be long: constants share parts, and may be far larger than their file.
    fn write(&self, constant: Const, text: &mut String) {
        if text.len() > SHOWN * 4 {
            return;
        }
        let (open, items, close) = match self.value(constant) {
            Value::Tuple(items) if items.len() == 1 => ("(", &items[..], ",)"),
            Value::Tuple(items) => ("(", &items[..], ")"),
            Value::FrozenSet(items) if items.is_empty() => ("frozenset(", &[][..], ")"),
            Value::FrozenSet(items) => ("frozenset({", &items[..], "})"),
            Value::Slice(items) => ("slice(", &items[..], ")"),
            Value::Other(_) => return text.push_str("another value"),
            leaf => {
                let object = match leaf {
                    Value::Bool(truth) => Object::Bool(*truth),
                    Value::Ellipsis => Object::Ellipsis,
                    Value::StopIteration => Object::StopIteration,
                    Value::Int(number) => Object::Int(*number),
                    Value::BigInt(number) => Object::BigInt(number.clone()),
                    Value::Float(bits) => Object::Float(f64::from_bits(*bits)),
                    Value::Complex(re, im) => Object::Complex(f64::from_bits(*re), f64::from_bits(*im)),
                    Value::Str(string) => Object::Str(string.clone()),
                    Value::Bytes(bytes) => Object::Bytes(bytes.clone()),
                    _ => Object::None,
                };
                return text.push_str(&repr_within(&object, SHOWN * 4));
            }
        };
        text.push_str(open);
        for (at, item) in items.iter().enumerate() {
            if text.len() > SHOWN * 4 {
                break;
            }
            text.push_str(if at > 0 { ", " } else { "" });
            self.write(*item, text);
        }
        text.push_str(close);
    }
}

/// A name as it can stand in a comment: some have line ends, and worse.
pub fn one_line(name: &PyStr) -> String {
    tame(&name.to_string_lossy()).into_owned()
}

/// The names of a header, after what they are the names of.
pub fn names<'n>(what: &str, names: impl IntoIterator<Item = &'n PyStr>) -> String {
    let names: Vec<String> = names.into_iter().map(one_line).collect();
    if names.is_empty() { format!("no {what}") } else { format!("{what} {}", names.join(", ")) }
}

/// The flags of a header.
pub fn flags(flags: u32, version: Version) -> String {
    let names = co_flags::flag_names(flags, version);
    if names.is_empty() { "no flags".to_owned() } else { format!("flags {}", names.join(", ")) }
}

/// How many arguments of each kind a header has.
pub fn argument_counts((all, positional_only, keyword_only): (u32, u32, u32)) -> String {
    format!("argcount {all}, posonlyargcount {positional_only}, kwonlyargcount {keyword_only}")
}

/// The docstring of a header.
pub fn docstring(text: Option<&PyStr>, interner: &mut Interner) -> String {
    text.map_or_else(
        || "no docstring".to_owned(),
        |text| {
            let constant = interner.string(text);
            format!("docstring {}", interner.show(constant))
        },
    )
}

struct Shown<'i> {
    act: Act,
    interner: &'i Interner,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let spell = |name: Name| one_line(self.interner.spell(name));
        match self.act {
            Act::Pop => f.write_str("POP_TOP"),
            Act::Copy(index) => write!(f, "COPY {index}"),
            Act::Swap(index) => write!(f, "SWAP {index}"),
            Act::Rotate(index) => write!(f, "ROT_N {index}"),
            Act::PushNull => f.write_str("PUSH_NULL"),
            Act::Const(constant) => write!(f, "LOAD_CONST {}", self.interner.show(constant)),
            Act::Code(_) => f.write_str("LOAD_CONST <code object>"),
            Act::Common(name) => write!(f, "LOAD_COMMON_CONSTANT {}", spell(name)),
            Act::Cell(name) => write!(f, "LOAD_CLOSURE {}", spell(name)),
            Act::Negate => f.write_str("UNARY_NOT"),
            Act::Load(variable, name) => write!(f, "{} {}", load(variable), spell(name)),
            Act::Store(variable, name) => write!(f, "STORE_{} {}", scope(variable), spell(name)),
            Act::Delete(variable, name) => write!(f, "DELETE_{} {}", scope(variable), spell(name)),
            Act::LoadTemporary(name) => write!(f, "LOAD_FAST {}", spell(name)),
            Act::StoreTemporary(name) => write!(f, "STORE_FAST {}", spell(name)),
            Act::DeleteTemporary(name) => write!(f, "DELETE_FAST {}", spell(name)),
            Act::LoadAndClear(name) => write!(f, "LOAD_FAST_AND_CLEAR {}", spell(name)),
            Act::LoadFromDict(Variable::Global, name) => {
                write!(f, "LOAD_FROM_DICT_OR_GLOBALS {}", spell(name))
            }
            Act::LoadFromDict(_, name) => write!(f, "LOAD_FROM_DICT_OR_DEREF {}", spell(name)),
            Act::LoadLocals => f.write_str("LOAD_LOCALS"),
            Act::LoadBuildClass => f.write_str("LOAD_BUILD_CLASS"),
            Act::SetupAnnotations => f.write_str("SETUP_ANNOTATIONS"),
            Act::LoadAttr(name) => write!(f, "LOAD_ATTR {}", spell(name)),
            Act::LoadMethod(name) => write!(f, "LOAD_METHOD {}", spell(name)),
            Act::LoadSuper { name, method, two } => {
                let zero = if two { "" } else { "ZERO_" };
                let kind = if method { "METHOD" } else { "ATTR" };
                write!(f, "LOAD_{zero}SUPER_{kind} {}", spell(name))
            }
            Act::StoreAttr(name) => write!(f, "STORE_ATTR {}", spell(name)),
            Act::DeleteAttr(name) => write!(f, "DELETE_ATTR {}", spell(name)),
            Act::Subscript => f.write_str("BINARY_SUBSCR"),
            Act::StoreSubscript => f.write_str("STORE_SUBSCR"),
            Act::DeleteSubscript => f.write_str("DELETE_SUBSCR"),
            Act::BinarySlice => f.write_str("BINARY_SLICE"),
            Act::StoreSlice => f.write_str("STORE_SLICE"),
            Act::Binary(operator) => write!(f, "BINARY_OP {}", symbol(operator)),
            Act::Inplace(operator) => write!(f, "BINARY_OP {}=", symbol(operator)),
            Act::Unary(operator) => f.write_str(unary(operator)),
            Act::Compare(comparison) => write!(f, "COMPARE_OP {}", compared(comparison)),
            Act::Is => f.write_str("IS_OP is"),
            Act::IsNot => f.write_str("IS_OP is not"),
            Act::Contains => f.write_str("CONTAINS_OP in"),
            Act::NotContains => f.write_str("CONTAINS_OP not in"),
            Act::Build(kind, count) => write!(f, "BUILD_{} {count}", collection(kind)),
            Act::BuildConstKeyMap(count) => write!(f, "BUILD_CONST_KEY_MAP {count}"),
            Act::BuildUnpack(kind, count, for_call) => {
                let suffix = if for_call { "_WITH_CALL" } else { "" };
                write!(f, "BUILD_{}_UNPACK{suffix} {count}", collection(kind))
            }
            Act::BuildSlice(count) => write!(f, "BUILD_SLICE {count}"),
            Act::BuildString(count) => write!(f, "BUILD_STRING {count}"),
            Act::FormatValue { conversion, has_spec } => formats(f, "FORMAT_VALUE", conversion, has_spec),
            Act::Convert(conversion) => formats(f, "CONVERT_VALUE", conversion, false),
            Act::BuildInterpolation { conversion, has_spec } => {
                formats(f, "BUILD_INTERPOLATION", conversion, has_spec)
            }
            Act::BuildTemplate => f.write_str("BUILD_TEMPLATE"),
            Act::Grow(kind, index) => write!(f, "{} {index}", grow(kind)),
            Act::ListToTuple => f.write_str("LIST_TO_TUPLE"),
            Act::Unpack(count) => write!(f, "UNPACK_SEQUENCE {count}"),
            Act::UnpackEx(before, after) => write!(f, "UNPACK_EX {before}, {after}"),
            Act::Call { argc, keywords, slots } => {
                let name = if slots < 2 { "CALL_FUNCTION" } else { "CALL" };
                write!(f, "{name}{} {argc}", if keywords { "_KW" } else { "" })
            }
            Act::CallEx { keywords, .. } => write!(f, "CALL_FUNCTION_EX {}", u8::from(keywords)),
            Act::MakeFunction(bits) => attributes(f, "MAKE_FUNCTION", bits),
            Act::SetFunctionAttribute(bits) => attributes(f, "SET_FUNCTION_ATTRIBUTE", bits),
            Act::ImportName(name, mode) => {
                write!(f, "IMPORT_NAME {}", spell(name))?;
                f.write_str(["", " lazy", " eager", " 3"].get(mode as usize).unwrap_or(&""))
            }
            Act::ImportFrom(name) => write!(f, "IMPORT_FROM {}", spell(name)),
            Act::ImportStar => f.write_str("IMPORT_STAR"),
            Act::Intrinsic1(name) => write!(f, "CALL_INTRINSIC_1 {name}"),
            Act::Intrinsic2(name) => write!(f, "CALL_INTRINSIC_2 {name}"),
            Act::PrintExpr => f.write_str("PRINT_EXPR"),
            Act::GetIter => f.write_str("GET_ITER"),
            Act::ForIter(_) => f.write_str("FOR_ITER"),
            Act::EndFor => f.write_str("END_FOR"),
            Act::PopIter => f.write_str("POP_ITER"),
            Act::GetAiter => f.write_str("GET_AITER"),
            Act::GetAnext => f.write_str("GET_ANEXT"),
            Act::EndAsyncFor => f.write_str("END_ASYNC_FOR"),
            Act::GetAwaitable => f.write_str("GET_AWAITABLE"),
            Act::GetYieldFromIter => f.write_str("GET_YIELD_FROM_ITER"),
            Act::Yield => f.write_str("YIELD_VALUE"),
            Act::YieldFrom => f.write_str("YIELD_FROM"),
            Act::Send(_) => f.write_str("SEND"),
            Act::EndSend => f.write_str("END_SEND"),
            Act::CleanupThrow => f.write_str("CLEANUP_THROW"),
            Act::AsyncGenWrap => f.write_str("ASYNC_GEN_WRAP"),
            Act::GetLen => f.write_str("GET_LEN"),
            Act::MatchMapping => f.write_str("MATCH_MAPPING"),
            Act::MatchSequence => f.write_str("MATCH_SEQUENCE"),
            Act::MatchKeys => f.write_str("MATCH_KEYS"),
            Act::MatchClass(count) => write!(f, "MATCH_CLASS {count}"),
            Act::CopyDictWithoutKeys => f.write_str("COPY_DICT_WITHOUT_KEYS"),
            Act::BeforeWith => f.write_str("BEFORE_WITH"),
            Act::BeforeAsyncWith => f.write_str("BEFORE_ASYNC_WITH"),
            Act::LoadSpecial(number) => match SPECIAL_METHODS.get(number as usize) {
                Some(name) => write!(f, "LOAD_SPECIAL {name}"),
                None => write!(f, "LOAD_SPECIAL {number}"),
            },
            Act::WithExceptStart => f.write_str("WITH_EXCEPT_START"),
            Act::WithCleanupStart => f.write_str("WITH_CLEANUP_START"),
            Act::WithCleanupFinish => f.write_str("WITH_CLEANUP_FINISH"),
            Act::Setup(kind, _) => f.write_str(set_up(kind)),
            Act::PopBlock => f.write_str("POP_BLOCK"),
            Act::BeginFinally => f.write_str("BEGIN_FINALLY"),
            Act::CallFinally(_) => f.write_str("CALL_FINALLY"),
            Act::PopFinally(keeps) => write!(f, "POP_FINALLY {}", u8::from(keeps)),
            Act::EndFinally => f.write_str("END_FINALLY"),
            Act::PushExcInfo => f.write_str("PUSH_EXC_INFO"),
            Act::PopExcept => f.write_str("POP_EXCEPT"),
            Act::ExcMatch => f.write_str("CHECK_EXC_MATCH"),
            Act::ExcGroupMatch => f.write_str("CHECK_EG_MATCH"),
            Act::PrepReraiseStar => f.write_str("PREP_RERAISE_STAR"),
            Act::ToBool => f.write_str("TO_BOOL"),
            Act::Jump(_) => f.write_str("JUMP"),
            Act::PopJump(true, _) => f.write_str("POP_JUMP_IF_TRUE"),
            Act::PopJump(false, _) => f.write_str("POP_JUMP_IF_FALSE"),
            Act::JumpOrPop(true, _) => f.write_str("JUMP_IF_TRUE_OR_POP"),
            Act::JumpOrPop(false, _) => f.write_str("JUMP_IF_FALSE_OR_POP"),
            Act::BreakLoop => f.write_str("BREAK_LOOP"),
            Act::ContinueLoop(_) => f.write_str("CONTINUE_LOOP"),
            Act::Return => f.write_str("RETURN_VALUE"),
            Act::Raise(count) => write!(f, "RAISE_VARARGS {count}"),
            Act::Reraise(depth) => write!(f, "RERAISE {depth}"),
            Act::Alien(name) => f.write_str(name),
        }
    }
}

/// The instruction that loads a variable.
fn load(variable: Variable) -> &'static str {
    match variable {
        Variable::Fast => "LOAD_FAST",
        Variable::Name => "LOAD_NAME",
        Variable::Global => "LOAD_GLOBAL",
        Variable::Deref => "LOAD_DEREF",
        Variable::ClassDeref => "LOAD_CLASSDEREF",
        Variable::ClassGlobal => "LOAD_FROM_DICT_OR_GLOBALS",
    }
}

/// How the instructions end that store or delete a variable.
fn scope(variable: Variable) -> &'static str {
    match variable {
        Variable::Fast => "FAST",
        Variable::Name => "NAME",
        Variable::Global | Variable::ClassGlobal => "GLOBAL",
        Variable::Deref | Variable::ClassDeref => "DEREF",
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::And => "&",
        Operator::FloorDivide => "//",
        Operator::LShift => "<<",
        Operator::MatrixMultiply => "@",
        Operator::Multiply => "*",
        Operator::Remainder => "%",
        Operator::Or => "|",
        Operator::Power => "**",
        Operator::RShift => ">>",
        Operator::Subtract => "-",
        Operator::TrueDivide => "/",
        Operator::Xor => "^",
    }
}

fn unary(operator: UnaryOperator) -> &'static str {
    match operator {
        UnaryOperator::Positive => "UNARY_POSITIVE",
        UnaryOperator::Negative => "UNARY_NEGATIVE",
        UnaryOperator::Not => "UNARY_NOT",
        UnaryOperator::Invert => "UNARY_INVERT",
    }
}

fn compared(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
    }
}

fn collection(kind: Collection) -> &'static str {
    match kind {
        Collection::Tuple => "TUPLE",
        Collection::List => "LIST",
        Collection::Set => "SET",
        Collection::Map => "MAP",
    }
}

fn grow(kind: Grow) -> &'static str {
    match kind {
        Grow::ListAppend => "LIST_APPEND",
        Grow::SetAdd => "SET_ADD",
        Grow::MapAdd => "MAP_ADD",
        Grow::ListExtend => "LIST_EXTEND",
        Grow::SetUpdate => "SET_UPDATE",
        Grow::DictUpdate => "DICT_UPDATE",
        Grow::DictMerge => "DICT_MERGE",
    }
}

fn set_up(kind: Setup) -> &'static str {
    match kind {
        Setup::Loop => "SETUP_LOOP",
        Setup::Except => "SETUP_EXCEPT",
        Setup::Finally => "SETUP_FINALLY",
        Setup::Cleanup => "SETUP_CLEANUP",
        Setup::With => "SETUP_WITH",
    }
}

/// An instruction that converts and formats, with what `dis` says of its argument.
fn formats(f: &mut Formatter<'_>, name: &str, conversion: u8, has_spec: bool) -> fmt::Result {
    let conversion = CONVERSIONS.get(usize::from(conversion)).copied().unwrap_or("?");
    let parts = [conversion, if has_spec { "with format" } else { "" }];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    f.write_str(name)?;
    if parts.is_empty() { Ok(()) } else { write!(f, " {}", parts.join(", ")) }
}

/// An instruction whose bits say what a function object is given.
fn attributes(f: &mut Formatter<'_>, name: &str, bits: u32) -> fmt::Result {
    let set = FUNCTION_ATTRIBUTES.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
    let set: Vec<&str> = set.map(|(_, attribute)| *attribute).collect();
    f.write_str(name)?;
    if set.is_empty() { Ok(()) } else { write!(f, " {}", set.join(", ")) }
}

#[cfg(test)]
mod tests;
