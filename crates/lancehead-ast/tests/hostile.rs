//! Input that was made to hurt.

use lancehead_ast::*;
use lancehead_pyc::Version;

const NEWEST: Version = Version::Py315;

#[test]
fn deep_sources_are_refused() {
    for open in ["(", "[", "{", "-", "not ", "a if b else ", "lambda: ", "a.b(", "f(", "f'{", "a**", "*"] {
        let source = open.repeat(200_000);
        assert!(parse_module(&source, NEWEST).is_err(), "{open}");
    }
    for (unit, end) in [("a + ", "a"), ("a.", "b"), ("-", "a"), ("not ", "a"), ("x if y else ", "z")] {
        let error = parse_module(&(unit.repeat(100_000) + end), NEWEST).unwrap_err();
        assert_eq!(error.message, "too deeply nested", "{unit}");
    }
    let calls = format!("f{}", "()".repeat(100_000));
    assert_eq!(parse_module(&calls, NEWEST).unwrap_err().message, "too deeply nested");
    let broken = format!("{}a b", "a + ".repeat(100_000));
    assert!(parse_module(&broken, NEWEST).is_err());
    let chain = format!("if a: b\n{}", "elif a: b\n".repeat(10_000));
    assert_eq!(parse_module(&chain, NEWEST).unwrap_err().message, "too deeply nested");
}

#[test]
fn what_is_not_refused_can_be_walked() {
    let sum = format!("{}a", "a + ".repeat(MAX_DEPTH - 10));
    let module = parse_module(&sum, NEWEST).unwrap();
    assert_eq!(module, module.clone());
    let chain = format!("if a:\n    b\n{}", "elif a:\n    b\n".repeat(MAX_DEPTH - 10));
    let module = parse_module(&chain, NEWEST).unwrap();
    let printed = print_module(&module, &PrintOptions::new(NEWEST));
    assert_eq!(printed.source, chain);
}

#[test]
fn a_name_is_never_code() {
    for (name, expected) in [
        ("a\nimport os", "aimportos"),
        ("lambda", "lambda"),
        ("a b", "a b"),
        ("", ""),
        ("\u{fb01}", "\u{fb01}"),
    ] {
        let statement = Stmt::new(StmtKind::Expr(Expr::name(name)));
        let printed = print_module(&Module { body: vec![statement] }, &PrintOptions::new(NEWEST));
        assert_eq!(printed.source, format!("{expected}\n"));
        assert!(matches!(printed.problems[0].kind, ProblemKind::InvalidIdentifier(_)));
    }
}

#[test]
fn a_comment_is_never_code() {
    let comment = Stmt::new(StmtKind::Comment("coding: utf-7\nimport os\rimport sys\u{c}\0".to_owned()));
    let lost = StmtKind::Unrecovered { reason: "it's\nbad".to_owned(), listing: vec!["x\ny".to_owned()] };
    let body = vec![comment, Stmt::new(lost)];
    let printed = print_module(&Module { body }, &PrintOptions::new(NEWEST));
    let lines: Vec<&str> = printed.source.lines().collect();
    assert_eq!(lines[0], "# co-ding: utf-7");
    assert!(lines[..lines.len() - 1].iter().all(|line| line.starts_with('#')), "{}", printed.source);
    assert_eq!(lines[lines.len() - 1], "raise NotImplementedError(\"it's\\nbad\")");
}

fn nested_fstring(depth: usize) -> Module {
    let mut value = Expr::name("a");
    for _ in 0..depth {
        let part =
            FStringPart::Interpolation { value: value.into(), text: None, conversion: None, spec: None };
        value = Expr::new(ExprKind::JoinedStr(vec![part]));
    }
    Module { body: vec![Stmt::new(StmtKind::Expr(value))] }
}

#[test]
fn nested_fstrings_end() {
    let cases = [
        (Version::Py38, 4, None),
        (Version::Py38, 5, Some(ProblemKind::FString)),
        (Version::Py38, 1000, Some(ProblemKind::FStringTooDeep)),
        (NEWEST, 149, None),
        (NEWEST, 1000, Some(ProblemKind::FStringTooDeep)),
    ];
    for (version, depth, problem) in cases {
        let printed = print_module(&nested_fstring(depth), &PrintOptions::new(version));
        let expected: Vec<_> = problem.into_iter().map(|kind| PrintProblem { line: 1, kind }).collect();
        assert_eq!(printed.problems, expected, "{version} {depth}");
    }
}

#[test]
fn lines_that_cannot_be_are_not_believed() {
    let far = Stmt::at(StmtKind::Expr(Expr::at(ExprKind::Name("a".into()), u32::MAX)), u32::MAX);
    let mut options = PrintOptions::new(NEWEST);
    options.layout = Layout::Lines;
    let printed = print_module(&Module { body: vec![far.clone(), far] }, &options);
    assert_eq!(printed.source, "a\na\n");
}

#[test]
fn depth_costs_no_more_than_its_own() {
    let mut body = vec![Stmt::new(StmtKind::Pass)];
    let mut value = Expr::name("a");
    for _ in 0..20_000 {
        body = vec![Stmt::new(StmtKind::While { test: Expr::name("a"), body, orelse: vec![] })];
        value = Expr::new(ExprKind::List(vec![value, Expr::name("b")]));
    }
    body.push(Stmt::new(StmtKind::Expr(value)));
    let module = Module { body };
    for layout in [Layout::Pretty, Layout::Lines] {
        let mut options = PrintOptions::new(NEWEST);
        options.layout = layout;
        let printed = print_module(&module, &options);
        assert_eq!(printed.problems.len(), 2);
        assert!(printed.source.len() < 100_000_000);
    }
    // The tree itself is dropped by recursion.
    std::mem::forget(module);
}

#[test]
fn too_many_levels_are_reported() {
    let mut body = vec![Stmt::new(StmtKind::Pass)];
    for _ in 0..100 {
        let test = Expr::name("a");
        body = vec![Stmt::new(StmtKind::While { test, body, orelse: vec![] })];
    }
    let printed = print_module(&Module { body }, &PrintOptions::new(NEWEST));
    assert_eq!(printed.problems, [PrintProblem { line: 101, kind: ProblemKind::TooManyIndents }]);
    let mut value = Expr::name("a");
    for _ in 0..201 {
        value = Expr::new(ExprKind::List(vec![value]));
    }
    let body = vec![Stmt::new(StmtKind::Expr(value))];
    let printed = print_module(&Module { body }, &PrintOptions::new(NEWEST));
    assert_eq!(printed.problems, [PrintProblem { line: 1, kind: ProblemKind::TooManyBrackets }]);
}
