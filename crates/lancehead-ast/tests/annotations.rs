//! Annotations as text, against every interpreter's own compiler.

mod support;

use lancehead_ast::{StmtKind, parse_module, unparse_annotation};
use std::process::Command;

/// What each annotation is stored as; those that a version cannot compile are printed as `-`.
const SCRIPT: &str = r#"
import sys
for text in sys.stdin.read().split('\n'):
    try:
        code = compile('from __future__ import annotations\nx: ' + text, '', 'exec')
    except SyntaxError:
        print('-')
        continue
    space = {}
    exec(code, space)
    print(ascii(space['__annotations__']['x']) if sys.version_info < (3, 14) else ascii(space['__annotations__']['x']))
"#;

const ANNOTATIONS: &[&str] = &[
    "int",
    "a.b.c",
    "(1, 2)",
    "x['a', -1, None]",
    "x[a, 'b']",
    "()",
    "(1,)",
    "x[1, 2]",
    "x[(1,)]",
    "x[()]",
    "x[1:2, ::3]",
    "x[:]",
    "x[a:b:c]",
    "x[(a, *b)]",
    "x[a, *b]",
    "x[*b]",
    "x[(a := 1)]",
    "(a := 1)",
    "(a := b + 1)",
    "[(a := 1)]",
    "lambda: 1",
    "lambda x, y=1: x",
    "lambda *a: a",
    "lambda **k: k",
    "lambda *, k=1: k",
    "lambda a, /, b: a",
    "lambda a, *b, c=1, **d: (a, b)",
    "lambda: (1, 2)",
    "1 if 2 else 3",
    "a if (b if c else d) else e",
    "a if b else c if d else e",
    "(a if b else c) if d else e",
    "lambda: a if b else c",
    "not a",
    "not (not a)",
    "not a == b",
    "(not a) == b",
    "a and b or c",
    "a and (b or c)",
    "a or (b or c)",
    "a < b == c",
    "(a < b) == c",
    "a is not b",
    "a not in b",
    "a | b",
    "a | b ^ c & d",
    "(a | b) & c",
    "a << b + c",
    "a + b - c",
    "a - (b - c)",
    "a * b @ c",
    "a // b % c",
    "-1",
    "--1",
    "-1 ** 2",
    "(-1) ** 2",
    "2 ** -1",
    "2 ** 3 ** 4",
    "(2 ** 3) ** 4",
    "~(a + b)",
    "+a",
    "-a.b",
    "(-a).b",
    "1 .real",
    "1.5.real",
    "1e309",
    "-1e309",
    "1e16",
    "1e-5",
    "1j",
    "1e309j",
    "1.5j",
    "0x10",
    "...",
    "None",
    "True",
    "1_000",
    "'it\\'s'",
    "'a\"b'",
    "'it\\'s \"so\"'",
    "'\\u1234\\x00\\n\\\\'",
    "'a' 'b'",
    "b'abc\\'\"'",
    "b'\\xff'",
    "'\\ud800'",
    "'\\xad\\u0301\\u200b\\U0001f600'",
    "f'a{b}c'",
    "f'{a!r:>{c}}'",
    "f\"{a['k']}\"",
    "f'{{}}{a}'",
    "f'{ {1: 2} }'",
    "f'{a if b else c}'",
    "f'{(lambda: 1)}'",
    "f'{a, b}'",
    "f'{a:x}'",
    "f'{a=}'",
    "f'a' 'b'",
    "f''",
    "f'''{a['k']}{b[\"l\"]}'''",
    "f'{a:{b}{c}}'",
    "f'{(a, b)}'",
    "f'{a + b}'",
    "[1, 2]",
    "[]",
    "{1, 2}",
    "{1: 2, **a}",
    "{**(a or b)}",
    "{}",
    "[x for x in y if z if w]",
    "[x for x, y in z for w in x]",
    "(x for x in y)",
    "f(x for x in y)",
    "f((x for x in y), 1)",
    "{x: y for x in z}",
    "{x for x in y}",
    "[x for x in (a if b else c)]",
    "[x for x in y if (a if b else c)]",
    "[x for x in y if (lambda: 1)]",
    "[(a, b) for a in b]",
    "f(a, *b, c=1, **d)",
    "f(*(a or b))",
    "f(**(a or b))",
    "f(**a | b)",
    "f()",
    "f(a)(b)[c].d",
    "(a + b)(c)",
    "(lambda: 1)()",
    "(a, b)[0]",
    "[a][0]",
    "'a'.b",
    "f((a, b))",
    "f(*a if b else c)",
    "f(**a if b else c)",
    "x[lambda: 1]",
    "x[a if b else c]",
    "x[a][b]",
    "x['a']",
    "{(a, b): c}",
    "{a if b else c: d}",
    "a[b, (c, d)]",
    "a[b, c:d]",
    "a[(b, c):d]",
];

/// Python 3.7 and 3.8 fold constants before they write the annotation down, and have no literal for infinity.
const FOLDED_TO_3_8: &[&str] = &[
    "--1",
    "-1 ** 2",
    "(-1) ** 2",
    "2 ** -1",
    "2 ** 3 ** 4",
    "(2 ** 3) ** 4",
    "1.5.real",
    "1e309",
    "-1e309",
    "1e309j",
];

#[test]
fn annotations_are_stored_as_the_compiler_stores_them() {
    let mut faults = Vec::new();
    for (version, python) in support::interpreters() {
        let path =
            std::env::temp_dir().join(format!("lancehead-annotations-{}-{version}", std::process::id()));
        std::fs::write(&path, ANNOTATIONS.join("\n")).expect("a temporary file");
        let input = std::fs::File::open(&path).expect("a temporary file");
        let output =
            Command::new(python).args(["-I", "-c", SCRIPT]).stdin(input).output().expect("python runs");
        std::fs::remove_file(&path).expect("a temporary file");
        let expected = String::from_utf8(output.stdout).expect("ASCII");
        assert_eq!(
            expected.lines().count(),
            ANNOTATIONS.len(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mut wrong = Vec::new();
        for (text, expected) in
            ANNOTATIONS.iter().zip(expected.lines()).filter(|(_, expected)| *expected != "-")
        {
            if version <= lancehead_pyc::Version::Py38 && FOLDED_TO_3_8.contains(text) {
                continue;
            }
            let ours = unparse(text, version);
            if ours != *expected {
                wrong.push(format!("{text}: {ours}, expected {expected}"));
            }
        }
        if !wrong.is_empty() {
            faults.push(format!("{version}:\n{}", wrong.join("\n")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The stored text, as `ascii` shows it.
fn unparse(text: &str, version: lancehead_pyc::Version) -> String {
    let module = match parse_module(&format!("x: {text}"), version) {
        Ok(module) => module,
        Err(e) => return e.to_string(),
    };
    let StmtKind::AnnAssign { annotation, .. } = &module.body[0].kind else {
        return "no annotation".to_owned();
    };
    let Some(text) = unparse_annotation(annotation, version) else { return "no text".to_owned() };
    let quote = if text.as_bytes().contains(&b'\'') && !text.as_bytes().contains(&b'"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for point in text.code_points() {
        match char::from_u32(point) {
            Some('\\') => out.push_str("\\\\"),
            Some(c) if c == quote => out.extend(['\\', c]),
            Some(c @ ' '..='~') => out.push(c),
            _ if point < 0x100 => out.push_str(&format!("\\x{point:02x}")),
            _ if point < 0x1_0000 => out.push_str(&format!("\\u{point:04x}")),
            _ => out.push_str(&format!("\\U{point:08x}")),
        }
    }
    out.push(quote);
    out
}
