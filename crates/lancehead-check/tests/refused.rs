//! Source that parsers take and compilers refuse belongs to no bytecode. Found by `scripts/adversary.py --mode decompile`.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use std::path::Path;

use lancehead_ast::parse_module;
use lancehead_check::{DifferenceKind, check_module};
use lancehead_pyc::read_pyc;

const REFUSED: &[&str] = &[
    "return\n",
    "class A:\n    return 1\n",
    "yield\n",
    "class A:\n    yield 1\n",
    "await x\n",
    "def f():\n    await x\n",
    "f = lambda: await x\n",
    "async def f():\n    yield 1\n    return 2\n",
    "async def f():\n    yield from x\n",
    "def f():\n    async with x: pass\n",
    "def f():\n    async for y in x: pass\n",
    "def f():\n    return [y async for y in x]\n",
    "async for y in x: pass\n",
];

const TAKEN: &[&str] = &[
    "def f():\n    return\n",
    "async def f():\n    yield 1\n    return\n",
    "async def f():\n    return [await y async for y in x]\n",
    "def f():\n    return (y async for y in x)\n",
    "f = lambda: (yield)\n",
    "async def f():\n    async with x: await y\n    return 1\n",
];

#[test]
fn what_no_compiler_takes() {
    for version in ["3.8", "3.12", "3.14"] {
        let path = format!("../../fixtures/pyc/{version}/only_docstring.pyc");
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let pyc = read_pyc(&bytes).unwrap();
        let code = pyc.code_object();
        for (sources, refused) in [(REFUSED, true), (TAKEN, false)] {
            for source in sources {
                // What the parser refuses need not be refused again.
                let Ok(module) = parse_module(source, code.version) else { continue };
                let verdicts = check_module(code, &module);
                let found = verdicts[0].difference.as_ref().map(|difference| difference.kind);
                assert_eq!(found == Some(DifferenceKind::Unsupported), refused, "{version}: {source}");
            }
        }
    }
}
