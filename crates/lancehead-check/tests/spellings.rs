//! Spellings of what is nearly the same: one is accepted for the bytecode of another if, and only if, the interpreter
//! compiles both to equivalent code. What compilers make of them depends on lines, on constants, and on the version.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

#[path = "../../lancehead-isa/tests/support/interpreters.rs"]
mod interpreters;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use lancehead_ast::parse_module;
use lancehead_check::check_module;
use lancehead_pyc::{Object, ObjectRef, Version, read_marshal};

/// Since which version, and the spellings.
const GROUPS: &[(Version, &[&str])] = &[
    // Stores are exchanged rather than values, on one line.
    (
        Version::Py37,
        &[
            "def f(x, y):\n    a, a = x, y\n    return a\n",
            "def f(x, y):\n    x\n    a = y\n    return a\n",
            "def f(x, y):\n    (a,\n     a) = x, y\n    return a\n",
        ],
    ),
    (
        Version::Py37,
        &[
            "def f(x, y):\n    a, b = y, x\n    return a, b\n",
            "def f(x, y):\n    (a,\n     b) = y, x\n    return a, b\n",
        ],
    ),
    (
        Version::Py37,
        &[
            "def f(x, y, z):\n    a, b, c = y, x, z\n    return a\n",
            "def f(x, y, z):\n    (a, b,\n     c) = y, x, z\n    return a\n",
            "def f(x, y, z):\n    (a,\n     b, c) = y, x, z\n    return a\n",
        ],
    ),
    (
        Version::Py37,
        &["def f(x):\n    a, b = 1, x\n    return a\n", "def f(x):\n    b, a = x, 1\n    return a\n"],
    ),
    (Version::Py37, &["def f():\n    a, b = 1, 2\n", "def f():\n    b, a = 2, 1\n"]),
    (
        Version::Py37,
        &[
            "def f(y):\n    r = [x for x in y]\n    return r\n",
            "def f(y):\n    r = (\n        [x for x in y])\n    return r\n",
        ],
    ),
    (Version::Py37, &["def f(y):\n    [x for x in y]\n", "def f(y):\n    (\n    [x for x in y])\n"]),
    (
        Version::Py310,
        &[
            "def f(p):\n    match p:\n        case {'a': {'b': str(b), 'c': int(c), 'd': _}}:\n            return b, c\n",
            "def f(p):\n    match p:\n        case {'a': {'b': str(b), 'd': _, 'c': int(c)}}:\n            return b, c\n",
            "def f(p):\n    match p:\n        case {\n            'a': {'b': str(b),\n             'c': int(c), 'd': _}}:\n            return b, c\n",
        ],
    ),
    (
        Version::Py310,
        &[
            "def f(p):\n    match p:\n        case [a, (b, c, _) | (c, b, 1), d]:\n            return b, c\n",
            "def f(p):\n    match p:\n        case [a,\n              (b, c, _) | (c, b, 1), d]:\n            return b, c\n",
            "def f(p):\n    match p:\n        case [a, (b, c, _) | (c,\n b, 1), d]:\n            return b, c\n",
            "def f(p):\n    match p:\n        case [a, (b, c, _) | (c, b, 1),\n              d]:\n            return b, c\n",
            "def f(p):\n    match p:\n        case [a, (b, c, _) | (c, b, 1), P(x=1,\n              y=_)]:\n            return b, c\n",
        ],
    ),
    // Tests of constants.
    (
        Version::Py37,
        &[
            "def f(x):\n    if 1 and x: g()\n",
            "def f(x):\n    if x: g()\n",
            "def f(x):\n    if 0 or x: g()\n",
            "def f(x):\n    if not 1 or x: g()\n",
            "def f(x):\n    if x and 1: g()\n",
        ],
    ),
    (
        Version::Py37,
        &[
            "def f(x):\n    return x if 1 else 2\n",
            "def f(x):\n    return x\n",
            "def f(x):\n    return 2 if 0 else x\n",
        ],
    ),
    // Values that are folded late, and what is dropped when.
    (
        Version::Py37,
        &[
            "def f(x):\n    try: x()\n    except E: return -1\n",
            "def f(x):\n    try: x()\n    except E: return 1\n",
        ],
    ),
    (Version::Py37, &["x = ~True\n", "x = -2\n", "x = ~1\n", "x = -True\n", "x = -1\n"]),
    (Version::Py37, &["x = not ()\n", "x = True\n", "x = not 0\n", "x = not not 1\n"]),
    (Version::Py38, &["(x := 1 + 2)\n", "(x := 3)\n"]),
    (Version::Py38, &["(x := f(y, ()))\n", "x = f(y, ())\n", "(x := (1, ()))\n", "(x := ((), 1))\n"]),
    // Constants that are unpacked at once, on some of the ways only.
    (
        Version::Py37,
        &[
            "def f(x):\n    a, b = 1, 2 if x else x\n    return a\n",
            "def f(x):\n    a, b = 1, 2 if x is None else x\n    return a\n",
            "def f(x):\n    a, b = 1, 2\n    return a\n",
            "def f(x):\n    a, b = x or 0, x.y or 1\n    return a\n",
            "def f(x):\n    a, b, c = 0, x or 0, 1\n    return a\n",
        ],
    ),
    // Annotations that are text, of which constants were folded first.
    (
        Version::Py37,
        &[
            "from __future__ import annotations\nx: f[..., None]\n",
            "from __future__ import annotations\nx: f[(..., None)]\n",
            "from __future__ import annotations\nx: f[..., x]\n",
            "from __future__ import annotations\nx: f[(1, ...), 'a', 1e999]\n",
            "from __future__ import annotations\nx: f[1, ((2,), ...)]\n",
        ],
    ),
    (Version::Py37, &["class A(0, 1, 2, 3, 4, **d): pass\n", "class A(*(0, 1, 2, 3, 4), **d): pass\n"]),
    (
        Version::Py314,
        &["class C:\n    r = [__class__ for _ in [1]]\n", "class C:\n    r = [(lambda: y) for _ in [1]]\n"],
    ),
    (
        Version::Py311,
        &[
            "def f():\n    try: g()\n    except* E as e: h(e)\n    except* F: pass\n",
            "def f():\n    try: g()\n    except* E as e: h(e)\n    except* F: k()\n",
        ],
    ),
    (Version::Py312, &["def f():\n    type A[T] = lambda: T\n", "def f():\n    type A[T] = lambda: 1\n"]),
    // As many values as are kept on the stack, and one more.
    (
        Version::Py37,
        &[
            "def f(a): return (a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a)\n",
            "def f(a): return (a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a, a)\n",
            "def f(a): return [a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a]\n",
            "def f(a): return [a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a, a,a,a,a,a,a,a,a,a,a, a]\n",
        ],
    ),
    (Version::Py37, &["x = 3j ** 0j\n", "x = 1 + 0j\n", "x = 3j ** 0\n"]),
    (Version::Py37, &["x = (2 + 3j) ** 2\n", "x = -5 + 12j\n"]),
    (Version::Py37, &["x = (2 + 3j) ** -3\n", "x = (2 + 3j) ** 3\n"]),
    // Quotients that are rounded once, powers of negative numbers, and quotients of a real and a complex number.
    (
        Version::Py37,
        &["x = 946688461000500000 / 1000000000\n", "x = 946688461.0005\n", "x = 946688461.0006\n"],
    ),
    (Version::Py37, &["x = (2 ** 70 + 1) / (3 ** 40 + 2)\n", "x = 97.10676977362641\n"]),
    (Version::Py37, &["x = -(2 ** 54 + 1) / 3\n", "x = -6004799503160662.0\n"]),
    (Version::Py37, &["x = (-8) ** (1 / 3)\n", "x = (-8.0) ** (1 / 3)\n", "x = 2.0\n"]),
    (Version::Py37, &["x = (-2.0) ** -3\n", "x = -0.125\n", "x = (-2) ** -3\n", "x = 0.0 ** 0.5\n"]),
    (Version::Py37, &["x = 1 / 1j\n", "x = 1 / (1 + 0j)\n", "x = 3 / (1 + 2j)\n"]),
    (Version::Py37, &["x = 10 ** 18 / 8\n", "x = 1.25e17\n", "x = 2 ** 60 / 8\n"]),
];

/// What is told up to 3.10. Since 3.12 it depends on how blocks lie what becomes of constants that are dropped
/// at once, since 3.11 the exception table may leave out what cannot raise.
const EARLIER: &[(Version, &[&str])] = &[
    // What cannot raise, or hardly ever does, on either side of the end of a block.
    (
        Version::Py37,
        &[
            "def f(x):\n    try:\n        x()\n        return x\n    except E: pass\n",
            "def f(x):\n    try:\n        x()\n    except E: pass\n    else:\n        return x\n",
        ],
    ),
    (
        Version::Py37,
        &[
            "def f(x):\n    try:\n        x()\n        y = 1\n    except E: pass\n",
            "def f(x):\n    try:\n        x()\n    except E: pass\n    else: y = 1\n",
        ],
    ),
    (
        Version::Py37,
        &[
            "def f(x):\n    with x:\n        x()\n        y = x\n",
            "def f(x):\n    with x:\n        x()\n    y = x\n",
        ],
    ),
    // A constant that is dropped where ways meet.
    (Version::Py37, &["def f(x):\n    1 if 1 else 1\n    x()\n", "def f(x):\n    1\n    x()\n"]),
    (
        Version::Py37,
        &[
            "def f(x):\n    1 if x else 1\n",
            "def f(x):\n    1 if x else 2\n",
            "def f(x):\n    x or 1\n",
            "def f(x):\n    x\n",
        ],
    ),
];

/// Tests of what has been tested. In 3.12 and 3.13 it depends on the release what becomes of them.
const THREADED: &[(Version, &[&str])] = &[
    (
        Version::Py37,
        &[
            "def f(a, b, c):\n    return (a and b) and c\n",
            "def f(a, b, c):\n    return a and b and c\n",
            "def f(a, b, c):\n    return a and (b and c)\n",
        ],
    ),
    (
        Version::Py37,
        &["def f(a, b, c):\n    return a and b or c\n", "def f(a, b, c):\n    return b or c if a else c\n"],
    ),
];

/// Compiles each of some sources, and compares all with all. Gives, for each: its marshalled code object after its length
/// in four bytes, then whether it is equivalent to each.
const COMPARE: &str = "
import importlib.util, marshal, struct, sys, warnings
warnings.simplefilter('ignore')
spec = importlib.util.spec_from_file_location('equivalence', sys.argv[1])
equivalence = importlib.util.module_from_spec(spec)
spec.loader.exec_module(equivalence)
def differences(a, b):
    report = []
    equivalence.compare(a, b, report=report)
    return [row for row in report if row[1] is not None]
for group in sys.stdin.read().split('\x1d'):
    codes = [compile(source, 'spelling.py', 'exec', dont_inherit=True) for source in group.split('\x1e')]
    for code in codes:
        data = marshal.dumps(code)
        sys.stdout.buffer.write(struct.pack('<I', len(data)) + data)
        sys.stdout.buffer.write(bytes(not differences(code, other) for other in codes))
";

/// What the interpreter says of the groups: for each source its code object, and whether each of its group is equivalent.
fn compared(python: &Path, version: Version, groups: &[&[&str]]) -> Vec<Vec<(ObjectRef, Vec<bool>)>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../lancehead/src/equivalence.py");
    let mut child = Command::new(python)
        .args(["-c", COMPARE, script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input: Vec<String> = groups.iter().map(|group| group.join("\x1e")).collect();
    child.stdin.take().unwrap().write_all(input.join("\x1d").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{version}");
    let mut rest = &output.stdout[..];
    let mut take = |count: usize| {
        let (taken, behind) = rest.split_at(count);
        rest = behind;
        taken
    };
    let mut source = |spellings: usize| {
        let length = u32::from_le_bytes(take(4).try_into().unwrap());
        let code = read_marshal(take(length as usize), version).unwrap();
        (code, take(spellings).iter().map(|&byte| byte == 1).collect())
    };
    groups.iter().map(|group| group.iter().map(|_| source(group.len())).collect()).collect()
}

#[test]
fn accepted_if_and_only_if_they_compile_alike() {
    for (version, python) in interpreters::found() {
        let (mut alike, mut different) = (0, 0);
        let is_certain = !matches!(version, Version::Py312 | Version::Py313);
        let threaded = THREADED.iter().filter(|_| is_certain);
        let earlier = EARLIER.iter().filter(|_| version <= Version::Py310);
        let groups: Vec<&[&str]> = GROUPS
            .iter()
            .chain(threaded)
            .chain(earlier)
            .filter(|(since, _)| version >= *since)
            .map(|(_, spellings)| *spellings)
            .collect();
        for (spellings, found) in groups.iter().zip(compared(&python, version, &groups)) {
            for (original, (object, equivalent)) in spellings.iter().zip(found) {
                let Object::Code(bytecode) = &*object else { panic!("no code object") };
                for (source, expected) in spellings.iter().zip(equivalent) {
                    let module = parse_module(source, version).unwrap();
                    let verdicts = check_module(bytecode, &module);
                    let difference = verdicts.iter().find_map(|verdict| verdict.difference.as_ref());
                    assert_eq!(
                        difference.is_none(),
                        expected,
                        "{version}: for the bytecode of\n{original}\nthis is\n{source}\n{difference:?}"
                    );
                    if expected { alike += 1 } else { different += 1 }
                }
            }
        }
        println!("{version}: {alike} pairs alike, {different} different");
        assert!(alike > 30 && different > 10, "{version}: {alike} pairs alike, {different} different");
    }
}
