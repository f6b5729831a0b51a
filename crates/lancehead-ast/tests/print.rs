//! What each kind of node prints as.

use lancehead_ast::*;
use lancehead_pyc::Version;

fn name(id: &str) -> Expr {
    Expr::name(id)
}

fn new(kind: ExprKind) -> Expr {
    Expr::new(kind)
}

fn constant(constant: Constant) -> Expr {
    new(ExprKind::Constant(constant))
}

fn int(value: i64) -> Expr {
    constant(Constant::Int(value.into()))
}

fn string(text: &str) -> Expr {
    constant(Constant::Str(text.into()))
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    new(ExprKind::BinOp { left: left.into(), op, right: right.into() })
}

fn negative(operand: Expr) -> Expr {
    new(ExprKind::UnaryOp { op: UnaryOp::USub, operand: operand.into() })
}

fn attribute(value: Expr, attr: &str) -> Expr {
    new(ExprKind::Attribute { value: value.into(), attr: attr.into() })
}

fn check(expr: Expr, expected: &str) {
    check_for(expr, Version::Py313, expected);
}

fn check_for(expr: Expr, version: Version, expected: &str) {
    assert_eq!(print_expr(&expr, version), expected);
}

#[test]
fn operators_take_the_fewest_parentheses() {
    use Operator::*;
    check(binary(binary(name("a"), Add, name("b")), Sub, name("c")), "a + b - c");
    check(binary(name("a"), Sub, binary(name("b"), Add, name("c"))), "a - (b + c)");
    check(binary(binary(name("a"), Add, name("b")), Mult, name("c")), "(a + b) * c");
    check(negative(binary(int(1), Pow, int(2))), "-1 ** 2");
    check(binary(negative(int(1)), Pow, negative(int(2))), "(-1) ** -2");
    check(binary(binary(name("a"), Pow, name("b")), Pow, name("c")), "(a ** b) ** c");
    check(binary(name("a"), Pow, binary(name("b"), Pow, name("c"))), "a ** b ** c");
    check(attribute(int(1), "real"), "1 .real");
    check(attribute(negative(int(1)), "real"), "(-1).real");
    check(attribute(int(-1), "real"), "(-1).real");
}

#[test]
fn numbers_evaluate_to_themselves() {
    check(constant(Constant::Float(f64::INFINITY)), "1e309");
    check(constant(Constant::Float(-0.0)), "-0.0");
    check(constant(Constant::Float(1e16)), "1e+16");
    check(constant(Constant::Float(1e-5)), "1e-05");
    check(constant(Constant::Float(123456789012345.6)), "123456789012345.6");
    check(constant(Constant::Complex(0.0, 2.0)), "2j");
    check(constant(Constant::Complex(-0.0, -0.0)), "-0j");
    check(constant(Constant::Complex(1.0, 2.0)), "1.0 + 2j");
    check_for(constant(Constant::Complex(0.0, -0.0)), Version::Py314, "0.0 - 0j");
    check_for(constant(Constant::Complex(0.0, -0.0)), Version::Py38, "-(-0.0 - 0j)");
    let big = num_bigint::BigInt::from(1) << 20_000;
    check(constant(Constant::Int(big)), &format!("0x1{}", "0".repeat(5000)));
}

#[test]
fn strings_are_quoted_as_repr_does() {
    check(string("it's"), "\"it's\"");
    check(string("it's \"so\""), "'it\\'s \"so\"'");
    check(string("a\\b\n\t\r\0é\u{ad}"), "'a\\\\b\\n\\t\\r\\x00é\\xad'");
    let pair = lancehead_pyc::PyStr::from_wtf8(b"\xED\xA0\xBD\xED\xB8\x80").unwrap();
    check(constant(Constant::Str(pair)), "'\\ud83d\\ude00'");
    check(constant(Constant::Bytes(b"a'\xff\n".to_vec())), "b\"a'\\xff\\n\"");
}

fn interpolation(value: Expr) -> FStringPart {
    FStringPart::Interpolation { value: value.into(), text: None, conversion: None, spec: None }
}

fn item(key: &str) -> Expr {
    new(ExprKind::Subscript { value: name("d").into(), slice: string(key).into() })
}

#[test]
fn fstrings_find_quotes() {
    let fstring = |parts: Vec<FStringPart>| new(ExprKind::JoinedStr(parts));
    let nested = fstring(vec![FStringPart::Literal("{it's}".into()), interpolation(item("k"))]);
    check_for(nested.clone(), Version::Py38, "f\"{{it's}}{d['k']}\"");
    let both = fstring(vec![interpolation(item("it's")), interpolation(item("\"k\""))]);
    check_for(both.clone(), Version::Py312, "f'{d[\"it's\"]}{d['\"k\"']}'");
    check_for(both, Version::Py38, "f'''{d[\"it's\"]}{d['\"k\"']}'''");
    let lambda = new(ExprKind::Lambda { args: Box::default(), body: int(1).into() });
    check(fstring(vec![interpolation(lambda)]), "f'{(lambda: 1)}'");
    check(fstring(vec![interpolation(new(ExprKind::Set(vec![int(1)])))]), "f'{ {1}}'");
    let backslash = fstring(vec![interpolation(string("\\"))]);
    check_for(backslash.clone(), Version::Py312, "f'{\"\\\\\"}'");
    let module = Module { body: vec![Stmt::new(StmtKind::Expr(backslash))] };
    let printed = print_module(&module, &PrintOptions::new(Version::Py311));
    assert_eq!(printed.problems, [PrintProblem { line: 1, kind: ProblemKind::FString }]);
}

#[test]
fn percent_formats_stand_in_for_fstrings() {
    let part = FStringPart::Interpolation {
        value: string("\\").into(),
        text: None,
        conversion: Some('s'),
        spec: Some(vec![FStringPart::Literal(">5".into())]),
    };
    let fstring = new(ExprKind::JoinedStr(vec![FStringPart::Literal("100%".into()), part]));
    check_for(fstring, Version::Py311, "('100%%%5s' % ('\\\\',))");
}

#[test]
fn specifications_nest_twice_before_3_12() {
    let nest = |inner: FStringPart| FStringPart::Interpolation {
        value: name("a").into(),
        text: None,
        conversion: None,
        spec: Some(vec![inner]),
    };
    let module = |inner| {
        let fstring = new(ExprKind::JoinedStr(vec![nest(nest(inner))]));
        Module { body: vec![Stmt::new(StmtKind::Expr(fstring))] }
    };
    let options = PrintOptions::new(Version::Py38);
    assert_eq!(print_module(&module(FStringPart::Literal("x".into())), &options).source, "f'{a:{a:x}}'\n");
    assert_eq!(print_module(&module(interpolation(name("b"))), &options).problems.len(), 1);
}

#[test]
fn texts_of_interpolations_are_no_code() {
    for (text, is_well) in [(" a ", true), ("a} {b", false), ("a!r", false), ("a:b", false), ("", false)] {
        let part = FStringPart::Interpolation {
            value: name("a").into(),
            text: Some(text.into()),
            conversion: None,
            spec: None,
        };
        let body = vec![Stmt::new(StmtKind::Expr(new(ExprKind::TemplateStr(vec![part]))))];
        let printed = print_module(&Module { body }, &PrintOptions::new(Version::Py314));
        assert_eq!(printed.problems.is_empty(), is_well, "{}", printed.source);
    }
}

#[test]
fn deep_trees_need_no_stack() {
    let mut sum = name("a");
    for _ in 0..100_000 {
        sum = binary(sum, Operator::Add, name("a"));
    }
    let text = print_expr(&sum, Version::Py312);
    assert_eq!(text.len(), 1 + 4 * 100_000);
    // The tree itself is dropped by recursion.
    std::mem::forget(sum);
}
