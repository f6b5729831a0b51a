//! Constants and docstrings, as each interpreter's compiler sees what was printed.

// A test that cannot do its work has failed.
#![allow(clippy::expect_used)]

mod support;

use lancehead_ast::*;
use lancehead_pyc::{PyStr, Version};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Prints what each line of the input, which must compile to one constant, evaluates to, bit by bit.
const CONSTANTS: &str = r#"
import dis, struct, sys
def show(value):
    if isinstance(value, complex):
        return show(value.real) + ' ' + show(value.imag)
    if isinstance(value, float):
        return 'nan' if value != value else struct.pack('>d', value).hex()
    if isinstance(value, str):
        return value.encode('utf-8', 'surrogatepass').hex()
    return value.hex() if isinstance(value, bytes) else format(value, 'x')
for line in sys.stdin.buffer.read().split(b'\n'):
    if line:
        code = compile(line, '', 'eval')
        # All is folded: nothing but loading and returning is left.
        rest = {dis.opname[op] for op in code.co_code[::2]}
        folded = rest <= {'CACHE', 'RESUME', 'LOAD_CONST', 'LOAD_SMALL_INT', 'LOAD_COMMON_CONSTANT', 'RETURN_VALUE', 'RETURN_CONST'}
        print(show(eval(code)), 'folded' if folded else 'not folded')
"#;

/// Prints the docstring of each function in the module on standard input.
const DOCSTRINGS: &str = r#"
import sys
code = compile(sys.stdin.buffer.read(), '', 'exec')
for const in code.co_consts:
    if hasattr(const, 'co_code'):
        print(const.co_consts[0].encode('utf-8', 'surrogatepass').hex())
"#;

fn run(python: &Path, script: &str, input: &str) -> Vec<String> {
    let mut child = Command::new(python)
        .args(["-I", "-W", "ignore", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("a pipe");
    let output = child.wait_with_output().expect("python runs");
    String::from_utf8(output.stdout).expect("ASCII").lines().map(str::to_owned).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn float_bits(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{:016x}", value.to_bits()) }
}

fn texts() -> Vec<PyStr> {
    let mut texts: Vec<PyStr> = [
        "",
        "'",
        "\"",
        "'\"",
        "\\",
        "\\'",
        "\n\r\t\x0b\x0c\0\x1b\x7f",
        "é\u{ad}\u{a0}\u{301}\u{feff}\u{2028}😀",
        "{}",
        "#",
        "%s",
        "\"\"\"",
        "'''",
        "a\\",
        "\\N{BULLET}",
        "\\u1234",
    ]
    .into_iter()
    .map(PyStr::from)
    .collect();
    for bytes in [&b"\xED\xA0\xBD\xED\xB8\x80"[..], b"a\xED\xB0\x80b"] {
        texts.push(PyStr::from_wtf8(bytes).expect("WTF-8"));
    }
    texts
}

#[test]
fn constants_fold_to_themselves() {
    let floats = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1.5,
        1e16,
        1e15,
        1e-4,
        1e-5,
        5e-324,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        0.1,
        123456789.123,
    ];
    let mut constants = Vec::new();
    for re in floats {
        constants.push((Constant::Float(re), float_bits(re)));
        for im in floats {
            constants.push((Constant::Complex(re, im), format!("{} {}", float_bits(re), float_bits(im))));
        }
    }
    for shift in [0_u32, 1, 63, 64, 14_280, 14_300, 20_000] {
        let value = num_bigint::BigInt::from(1) << shift;
        constants.push((Constant::Int(value.clone()), format!("{value:x}")));
        constants.push((Constant::Int(-value.clone()), format!("{:x}", -value)));
    }
    for text in texts() {
        constants.push((Constant::Bytes(text.as_bytes().to_vec()), hex(text.as_bytes())));
        constants.push((Constant::Str(text.clone()), hex(text.as_bytes())));
    }
    for (version, python) in support::interpreters() {
        let print =
            |constant: &Constant| print_expr(&Expr::new(ExprKind::Constant(constant.clone())), version);
        let lines: Vec<String> = constants.iter().map(|(constant, _)| print(constant)).collect();
        let values = run(&python, CONSTANTS, &lines.join("\n"));
        assert_eq!(values.len(), lines.len());
        for ((line, value), (_, expected)) in lines.iter().zip(&values).zip(&constants) {
            assert_eq!(*value, format!("{expected} folded"), "{version}: {line:.200}");
        }
    }
}

#[test]
fn docstrings_come_out_of_the_compiler_as_they_were() {
    let mut docs = texts();
    docs.extend(
        [
            "one\ntwo",
            "one\n\n    two\n  \n    ",
            "one\n  two\nthree",
            "a\n",
            "a\n\n",
            "\n",
            "\na\n",
            "a\n\tb",
            "\\\n\"",
            "a\n\"\"\"\"",
        ]
        .map(PyStr::from),
    );
    for (version, python) in support::interpreters() {
        let mut body = Vec::new();
        let mut expected = Vec::new();
        for doc in &docs {
            let docstring =
                Stmt::new(StmtKind::Expr(Expr::new(ExprKind::Constant(Constant::Str(doc.clone())))));
            let def = Stmt::new(StmtKind::FunctionDef(Box::new(FunctionDef {
                name: "f".into(),
                type_params: Vec::new(),
                args: Arguments::default(),
                body: vec![docstring, Stmt::new(StmtKind::Return(Some(Expr::name("a"))))],
                decorators: Vec::new(),
                returns: None,
                is_async: false,
                code: None,
            })));
            let module = Module { body: vec![def.clone()] };
            let printed = print_module(&module, &PrintOptions::new(version));
            // What the compiler changes is said to be changed.
            if printed.problems.is_empty() {
                body.push(def);
                expected.push(hex(doc.as_bytes()));
            } else {
                assert!(version >= Version::Py313, "{doc:?}: {:?}", printed.problems);
            }
        }
        assert!(expected.len() > docs.len() / 2);
        let printed = print_module(&Module { body }, &PrintOptions::new(version));
        assert_eq!(run(&python, DOCSTRINGS, &printed.source), expected, "{version}\n{}", printed.source);
    }
}
