//! Temporaries are taken for places of the bytecode's stack only where nobody sees them.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

#[path = "../../lancehead-isa/tests/support/interpreters.rs"]
mod interpreters;

use std::path::Path;
use std::process::Command;

use lancehead_ast::parse_module;
use lancehead_check::check_module;
use lancehead_pyc::{Object, ObjectRef, Version, read_marshal};

/// What is compiled, what source keeps in temporaries, and whether that does the same.
const EMULATIONS: &[(&str, &str, bool)] = &[
    ("def f(x):\n    return x()\n", "def f(x):\n    _stack_0 = x()\n    return _stack_0\n", true),
    // What is left behind becomes a global, or an attribute.
    ("y = x()\n", "_stack_0 = x()\ny = _stack_0\n", false),
    ("y = x()\n", "_stack_0 = x()\ny = _stack_0\ndel _stack_0\n", true),
    ("class C:\n    y = x()\n", "class C:\n    _stack_0 = x()\n    y = _stack_0\n", false),
    ("class C:\n    y = x()\n", "class C:\n    _stack_0 = x()\n    y = _stack_0\n    del _stack_0\n", true),
    // Left behind on one of two ways.
    (
        "class C:\n    if x(): y()\n",
        "class C:\n    _stack_0 = x()\n    if _stack_0:\n        del _stack_0\n        y()\n",
        false,
    ),
    (
        "class C:\n    if x(): y()\n",
        "class C:\n    _stack_0 = x()\n    if _stack_0:\n        del _stack_0\n        y()\n    else:\n        del _stack_0\n",
        true,
    ),
    // The namespace may look at what is stored.
    (
        "class C(B):\n    y = x()\n",
        "class C(B):\n    _stack_0 = x()\n    y = _stack_0\n    del _stack_0\n",
        false,
    ),
    (
        "class C(metaclass=M):\n    y = x()\n",
        "class C(metaclass=M):\n    _stack_0 = x()\n    y = _stack_0\n    del _stack_0\n",
        false,
    ),
    // What finds variables by name is called while there is one.
    (
        "def f(x):\n    y = x.a\n    return locals()\n",
        "def f(x):\n    _stack_0 = x.a\n    y = _stack_0\n    return locals()\n",
        false,
    ),
    (
        "def f(x):\n    y = x.a\n    return locals()\n",
        "def f(x):\n    _stack_0 = x.a\n    y = _stack_0\n    del _stack_0\n    return locals()\n",
        true,
    ),
    (
        "def f(x):\n    y = x.a\n    exec(y)\n",
        "def f(x):\n    _stack_0 = x.a\n    y = _stack_0\n    exec(y)\n",
        false,
    ),
    // A function that is called while a global is a temporary, and may see it or not.
    (
        "def f(): return 1\ny = x.a\nf()\n",
        "def f(): return 1\n_stack_0 = x.a\ny = _stack_0\nf()\ndel _stack_0\n",
        true,
    ),
    (
        "def f(): return globals()\ny = x.a\nf()\n",
        "def f(): return globals()\n_stack_0 = x.a\ny = _stack_0\nf()\ndel _stack_0\n",
        false,
    ),
    // A temporary that may not be there.
    (
        "class C:\n    y = x()\n",
        "class C:\n    _stack_0 = x()\n    y = _stack_0\n    del _stack_0\n    del _stack_0\n",
        false,
    ),
];

/// The code object that the interpreter makes of a source.
fn compiled(python: &Path, version: Version, source: &str) -> ObjectRef {
    let script =
        "import marshal, sys; sys.stdout.buffer.write(marshal.dumps(compile(sys.argv[1], 'm.py', 'exec')))";
    let output = Command::new(python).args(["-c", script, source]).output().unwrap();
    assert!(output.status.success(), "{version}: {source}");
    read_marshal(&output.stdout, version).unwrap()
}

#[test]
fn what_can_be_seen_is_not_proven() {
    for (version, python) in interpreters::found() {
        for (original, emulated, expected) in EMULATIONS {
            let object = compiled(&python, version, original);
            let Object::Code(code) = &*object else { panic!("no code object") };
            let verdicts = check_module(code, &parse_module(emulated, version).unwrap());
            let difference = verdicts.iter().find(|verdict| !verdict.does_the_same());
            let text = difference.and_then(|verdict| verdict.difference.as_ref()).map(ToString::to_string);
            assert_eq!(
                difference.is_none(),
                *expected,
                "{version}: for\n{original}\nthis is\n{emulated}\n{text:?}"
            );
        }
    }
}
