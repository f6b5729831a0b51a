//! What is said of each act, value and header.

use super::*;

/// The one name that the acts below have.
const X: Name = Name(0);

/// A row for each act: its pattern, one such act, and what is said of it. A new act without a row does not compile.
macro_rules! rows {
    ($($pattern:pat => $act:expr, $text:expr;)*) => {
        #[allow(unreachable_patterns)]
        fn is_listed(act: Act) {
            match act { $($pattern => {})* }
        }

        fn check(interner: &Interner) {
            $(
                assert!(matches!($act, $pattern));
                is_listed($act);
                assert_eq!($act.show(interner), $text);
            )*
        }
    };
}

rows! {
    Act::Pop => Act::Pop, "POP_TOP";
    Act::Copy(..) => Act::Copy(2), "COPY 2";
    Act::Swap(..) => Act::Swap(3), "SWAP 3";
    Act::Rotate(..) => Act::Rotate(3), "ROT_N 3";
    Act::PushNull => Act::PushNull, "PUSH_NULL";
    Act::Const(..) => Act::Const(Interner::TRUE), "LOAD_CONST True";
    Act::Code(..) => Act::Code(7), "LOAD_CONST <code object>";
    Act::Common(..) => Act::Common(X), "LOAD_COMMON_CONSTANT x";
    Act::Cell(..) => Act::Cell(X), "LOAD_CLOSURE x";
    Act::Negate => Act::Negate, "UNARY_NOT";
    Act::Load(..) => Act::Load(Variable::Name, X), "LOAD_NAME x";
    Act::Load(..) => Act::Load(Variable::Fast, X), "LOAD_FAST x";
    Act::Load(..) => Act::Load(Variable::ClassDeref, X), "LOAD_CLASSDEREF x";
    Act::Store(..) => Act::Store(Variable::Name, X), "STORE_NAME x";
    Act::Store(..) => Act::Store(Variable::Deref, X), "STORE_DEREF x";
    Act::Delete(..) => Act::Delete(Variable::Global, X), "DELETE_GLOBAL x";
    Act::LoadTemporary(..) => Act::LoadTemporary(X), "LOAD_FAST x";
    Act::StoreTemporary(..) => Act::StoreTemporary(X), "STORE_FAST x";
    Act::DeleteTemporary(..) => Act::DeleteTemporary(X), "DELETE_FAST x";
    Act::LoadAndClear(..) => Act::LoadAndClear(X), "LOAD_FAST_AND_CLEAR x";
    Act::LoadFromDict(..) => Act::LoadFromDict(Variable::Deref, X), "LOAD_FROM_DICT_OR_DEREF x";
    Act::LoadFromDict(..) => Act::LoadFromDict(Variable::Global, X), "LOAD_FROM_DICT_OR_GLOBALS x";
    Act::LoadLocals => Act::LoadLocals, "LOAD_LOCALS";
    Act::LoadBuildClass => Act::LoadBuildClass, "LOAD_BUILD_CLASS";
    Act::SetupAnnotations => Act::SetupAnnotations, "SETUP_ANNOTATIONS";
    Act::LoadAttr(..) => Act::LoadAttr(X), "LOAD_ATTR x";
    Act::LoadMethod(..) => Act::LoadMethod(X), "LOAD_METHOD x";
    Act::LoadSuper { .. } => Act::LoadSuper { name: X, method: false, two: true }, "LOAD_SUPER_ATTR x";
    Act::LoadSuper { .. } => Act::LoadSuper { name: X, method: true, two: false }, "LOAD_ZERO_SUPER_METHOD x";
    Act::StoreAttr(..) => Act::StoreAttr(X), "STORE_ATTR x";
    Act::DeleteAttr(..) => Act::DeleteAttr(X), "DELETE_ATTR x";
    Act::Subscript => Act::Subscript, "BINARY_SUBSCR";
    Act::StoreSubscript => Act::StoreSubscript, "STORE_SUBSCR";
    Act::DeleteSubscript => Act::DeleteSubscript, "DELETE_SUBSCR";
    Act::BinarySlice => Act::BinarySlice, "BINARY_SLICE";
    Act::StoreSlice => Act::StoreSlice, "STORE_SLICE";
    Act::Binary(..) => Act::Binary(Operator::Add), "BINARY_OP +";
    Act::Inplace(..) => Act::Inplace(Operator::FloorDivide), "BINARY_OP //=";
    Act::Unary(..) => Act::Unary(UnaryOperator::Invert), "UNARY_INVERT";
    Act::Compare(..) => Act::Compare(Comparison::LessEqual), "COMPARE_OP <=";
    Act::Is => Act::Is, "IS_OP is";
    Act::IsNot => Act::IsNot, "IS_OP is not";
    Act::Contains => Act::Contains, "CONTAINS_OP in";
    Act::NotContains => Act::NotContains, "CONTAINS_OP not in";
    Act::Build(..) => Act::Build(Collection::Map, 2), "BUILD_MAP 2";
    Act::BuildConstKeyMap(..) => Act::BuildConstKeyMap(1), "BUILD_CONST_KEY_MAP 1";
    Act::BuildUnpack(..) => Act::BuildUnpack(Collection::List, 2, false), "BUILD_LIST_UNPACK 2";
    Act::BuildUnpack(..) => Act::BuildUnpack(Collection::Tuple, 2, true), "BUILD_TUPLE_UNPACK_WITH_CALL 2";
    Act::BuildSlice(..) => Act::BuildSlice(3), "BUILD_SLICE 3";
    Act::BuildString(..) => Act::BuildString(2), "BUILD_STRING 2";
    Act::FormatValue { .. } => Act::FormatValue { conversion: 0, has_spec: false }, "FORMAT_VALUE";
    Act::FormatValue { .. } => Act::FormatValue { conversion: 2, has_spec: true }, "FORMAT_VALUE repr, with format";
    Act::Convert(..) => Act::Convert(1), "CONVERT_VALUE str";
    Act::BuildInterpolation { .. } => Act::BuildInterpolation { conversion: 3, has_spec: false }, "BUILD_INTERPOLATION ascii";
    Act::BuildTemplate => Act::BuildTemplate, "BUILD_TEMPLATE";
    Act::Grow(..) => Act::Grow(Grow::DictMerge, 1), "DICT_MERGE 1";
    Act::ListToTuple => Act::ListToTuple, "LIST_TO_TUPLE";
    Act::Unpack(..) => Act::Unpack(2), "UNPACK_SEQUENCE 2";
    Act::UnpackEx(..) => Act::UnpackEx(1, 2), "UNPACK_EX 1, 2";
    Act::Call { .. } => Act::Call { argc: 2, keywords: false, slots: 2 }, "CALL 2";
    Act::Call { .. } => Act::Call { argc: 2, keywords: true, slots: 2 }, "CALL_KW 2";
    Act::Call { .. } => Act::Call { argc: 1, keywords: false, slots: 1 }, "CALL_FUNCTION 1";
    Act::CallEx { .. } => Act::CallEx { keywords: true, slots: 2 }, "CALL_FUNCTION_EX 1";
    Act::MakeFunction(..) => Act::MakeFunction(0), "MAKE_FUNCTION";
    Act::MakeFunction(..) => Act::MakeFunction(9), "MAKE_FUNCTION defaults, closure";
    Act::SetFunctionAttribute(..) => Act::SetFunctionAttribute(4), "SET_FUNCTION_ATTRIBUTE annotations";
    Act::ImportName(..) => Act::ImportName(X, 0), "IMPORT_NAME x";
    Act::ImportName(..) => Act::ImportName(X, 1), "IMPORT_NAME x lazy";
    Act::ImportFrom(..) => Act::ImportFrom(X), "IMPORT_FROM x";
    Act::ImportStar => Act::ImportStar, "IMPORT_STAR";
    Act::Intrinsic1(..) => Act::Intrinsic1("INTRINSIC_TYPEVAR"), "CALL_INTRINSIC_1 INTRINSIC_TYPEVAR";
    Act::Intrinsic2(..) => Act::Intrinsic2("INTRINSIC_SET_TYPEPARAM_DEFAULT"), "CALL_INTRINSIC_2 INTRINSIC_SET_TYPEPARAM_DEFAULT";
    Act::PrintExpr => Act::PrintExpr, "PRINT_EXPR";
    Act::GetIter => Act::GetIter, "GET_ITER";
    Act::ForIter(..) => Act::ForIter(4), "FOR_ITER";
    Act::EndFor => Act::EndFor, "END_FOR";
    Act::PopIter => Act::PopIter, "POP_ITER";
    Act::GetAiter => Act::GetAiter, "GET_AITER";
    Act::GetAnext => Act::GetAnext, "GET_ANEXT";
    Act::EndAsyncFor => Act::EndAsyncFor, "END_ASYNC_FOR";
    Act::GetAwaitable => Act::GetAwaitable, "GET_AWAITABLE";
    Act::GetYieldFromIter => Act::GetYieldFromIter, "GET_YIELD_FROM_ITER";
    Act::Yield => Act::Yield, "YIELD_VALUE";
    Act::YieldFrom => Act::YieldFrom, "YIELD_FROM";
    Act::Send(..) => Act::Send(4), "SEND";
    Act::EndSend => Act::EndSend, "END_SEND";
    Act::CleanupThrow => Act::CleanupThrow, "CLEANUP_THROW";
    Act::AsyncGenWrap => Act::AsyncGenWrap, "ASYNC_GEN_WRAP";
    Act::GetLen => Act::GetLen, "GET_LEN";
    Act::MatchMapping => Act::MatchMapping, "MATCH_MAPPING";
    Act::MatchSequence => Act::MatchSequence, "MATCH_SEQUENCE";
    Act::MatchKeys => Act::MatchKeys, "MATCH_KEYS";
    Act::MatchClass(..) => Act::MatchClass(2), "MATCH_CLASS 2";
    Act::CopyDictWithoutKeys => Act::CopyDictWithoutKeys, "COPY_DICT_WITHOUT_KEYS";
    Act::BeforeWith => Act::BeforeWith, "BEFORE_WITH";
    Act::BeforeAsyncWith => Act::BeforeAsyncWith, "BEFORE_ASYNC_WITH";
    Act::LoadSpecial(..) => Act::LoadSpecial(1), "LOAD_SPECIAL __exit__";
    Act::WithExceptStart => Act::WithExceptStart, "WITH_EXCEPT_START";
    Act::WithCleanupStart => Act::WithCleanupStart, "WITH_CLEANUP_START";
    Act::WithCleanupFinish => Act::WithCleanupFinish, "WITH_CLEANUP_FINISH";
    Act::Setup(..) => Act::Setup(Setup::Finally, 4), "SETUP_FINALLY";
    Act::PopBlock => Act::PopBlock, "POP_BLOCK";
    Act::BeginFinally => Act::BeginFinally, "BEGIN_FINALLY";
    Act::CallFinally(..) => Act::CallFinally(4), "CALL_FINALLY";
    Act::PopFinally(..) => Act::PopFinally(true), "POP_FINALLY 1";
    Act::EndFinally => Act::EndFinally, "END_FINALLY";
    Act::PushExcInfo => Act::PushExcInfo, "PUSH_EXC_INFO";
    Act::PopExcept => Act::PopExcept, "POP_EXCEPT";
    Act::ExcMatch => Act::ExcMatch, "CHECK_EXC_MATCH";
    Act::ExcGroupMatch => Act::ExcGroupMatch, "CHECK_EG_MATCH";
    Act::PrepReraiseStar => Act::PrepReraiseStar, "PREP_RERAISE_STAR";
    Act::ToBool => Act::ToBool, "TO_BOOL";
    Act::Jump(..) => Act::Jump(4), "JUMP";
    Act::PopJump(..) => Act::PopJump(true, 4), "POP_JUMP_IF_TRUE";
    Act::PopJump(..) => Act::PopJump(false, 4), "POP_JUMP_IF_FALSE";
    Act::JumpOrPop(..) => Act::JumpOrPop(true, 4), "JUMP_IF_TRUE_OR_POP";
    Act::JumpOrPop(..) => Act::JumpOrPop(false, 4), "JUMP_IF_FALSE_OR_POP";
    Act::BreakLoop => Act::BreakLoop, "BREAK_LOOP";
    Act::ContinueLoop(..) => Act::ContinueLoop(4), "CONTINUE_LOOP";
    Act::Return => Act::Return, "RETURN_VALUE";
    Act::Raise(..) => Act::Raise(1), "RAISE_VARARGS 1";
    Act::Reraise(..) => Act::Reraise(0), "RERAISE 0";
    Act::Alien(..) => Act::Alien("CACHE"), "CACHE";
}

fn interner() -> Interner {
    let mut interner = Interner::new();
    assert_eq!(interner.text("x"), X);
    interner
}

#[test]
fn acts_are_told_as_instructions() {
    check(&interner());
}

#[test]
fn constants_are_told_as_python_writes_them() {
    let mut i = interner();
    let (text, number) = (i.string(&PyStr::from("it's")), i.int(-3));
    let (float, complex) = (i.float(1e100), i.complex(0.0, 2.0));
    let one = i.constant(Value::Tuple(vec![text]));
    let two = i.constant(Value::Tuple(vec![one, number]));
    let bytes = i.constant(Value::Bytes(vec![0, b'a']));
    let (set, empty) = (i.frozenset(vec![number]), i.frozenset(Vec::new()));
    let slice = i.constant(Value::Slice([Interner::NONE, number, Interner::NONE]));
    for (constant, shown) in [
        (Interner::NONE, "None"),
        (Interner::FALSE, "False"),
        (text, "\"it's\""),
        (number, "-3"),
        (float, "1e+100"),
        (complex, "2j"),
        (two, "((\"it's\",), -3)"),
        (bytes, "b'\\x00a'"),
        (set, "frozenset({-3})"),
        (empty, "frozenset()"),
        (slice, "slice(None, -3, None)"),
    ] {
        assert_eq!(i.show(constant), shown);
    }
}

#[test]
fn large_constants_are_cut_short() {
    let mut i = interner();
    let mut constant = i.int(0);
    // Written out in full, this would be longer than any memory.
    for _ in 0..200 {
        constant = i.constant(Value::Tuple(vec![constant; 100]));
    }
    assert_eq!(i.show(constant).chars().count(), SHOWN + 1);
    let long = i.string(&PyStr::from("é".repeat(1000).as_str()));
    assert_eq!(i.show(long), format!("'{}…", "é".repeat(SHOWN - 1)));
}

#[test]
fn values_are_told_without_numbers() {
    let i = interner();
    let values = [Val::Id(3), Val::Null, Val::Code(2), Val::Cell(X), Val::Common(X), Val::Why(Why::Break)];
    let shown = values.map(|value| value.show(&i));
    assert_eq!(shown, ["another value", "NULL", "a code object", "the cell of x", "x", "a break"]);
}

#[test]
fn headers_are_told_by_name() {
    let (x, y) = (PyStr::from("x"), PyStr::from("y"));
    assert_eq!(names("variables", [&x, &y]), "variables x, y");
    assert_eq!(names("variables", []), "no variables");
    assert_eq!(names("variables", [&PyStr::from("x\nimport os")]), "variables x\\nimport os");
    assert_eq!(flags(co_flags::NESTED | co_flags::GENERATOR, Version::LATEST), "flags NESTED, GENERATOR");
    assert_eq!(flags(0, Version::LATEST), "no flags");
    assert_eq!(argument_counts((2, 1, 0)), "argcount 2, posonlyargcount 1, kwonlyargcount 0");
    assert_eq!(docstring(Some(&x), &mut interner()), "docstring 'x'");
    assert_eq!(docstring(None, &mut interner()), "no docstring");
}
