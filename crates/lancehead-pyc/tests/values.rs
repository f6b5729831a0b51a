//! What is read is what CPython's own `marshal` reads.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

#[path = "support/files.rs"]
mod files;
#[path = "../../lancehead-isa/tests/support/interpreters.rs"]
mod interpreters;

use std::path::{Path, PathBuf};

use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, Pyc, Validation, Version, read_pyc, write_pyc};

/// Prints a value as `support/dump.py` does.
fn show(object: &Object) -> String {
    match object {
        Object::None => "None".to_owned(),
        Object::Bool(true) => "True".to_owned(),
        Object::Bool(false) => "False".to_owned(),
        Object::Ellipsis => "Ellipsis".to_owned(),
        Object::StopIteration => "StopIteration".to_owned(),
        Object::Int(value) => format!("int {value}"),
        Object::BigInt(value) => format!("int {value}"),
        Object::Float(value) => format!("float {:016x}", value.to_bits()),
        Object::Complex(real, imaginary) => {
            format!("complex {:016x} {:016x}", real.to_bits(), imaginary.to_bits())
        }
        Object::Str(text) => show_str(text),
        Object::Bytes(bytes) => show_bytes(bytes),
        Object::Tuple(items) => show_items("tuple", items),
        Object::List(items) => show_items("list", items),
        Object::Set(items) => show_sorted("set", items),
        Object::FrozenSet(items) => show_sorted("frozenset", items),
        Object::Dict(pairs) => show_pairs("dict", pairs),
        Object::FrozenDict(pairs) => show_pairs("frozendict", pairs),
        Object::Slice(start, stop, step) => format!("slice[{}, {}, {}]", show(start), show(stop), show(step)),
        Object::Code(code) => show_code(code),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn show_str(text: &PyStr) -> String {
    format!("str {}", hex(text.as_bytes()))
}

fn show_bytes(bytes: &[u8]) -> String {
    format!("bytes {}", hex(bytes))
}

fn show_items(kind: &str, items: &[ObjectRef]) -> String {
    format!("{kind}[{}]", items.iter().map(|item| show(item)).collect::<Vec<_>>().join(", "))
}

fn show_sorted(kind: &str, items: &[ObjectRef]) -> String {
    let mut items: Vec<_> = items.iter().map(|item| show(item)).collect();
    items.sort();
    format!("{kind}[{}]", items.join(", "))
}

fn show_pairs(kind: &str, pairs: &[(ObjectRef, ObjectRef)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{}: {}", show(key), show(value))).collect();
    format!("{kind}[{}]", pairs.join(", "))
}

fn show_code(code: &CodeObject) -> String {
    let names =
        |names: &[PyStr]| format!("tuple[{}]", names.iter().map(show_str).collect::<Vec<_>>().join(", "));
    let minor = code.version.minor();
    let mut fields = vec![("argcount", format!("int {}", code.argcount))];
    if minor >= 8 {
        fields.push(("posonlyargcount", format!("int {}", code.posonlyargcount)));
    }
    fields.extend([
        ("kwonlyargcount", format!("int {}", code.kwonlyargcount)),
        ("nlocals", format!("int {}", code.nlocals)),
        ("stacksize", format!("int {}", code.stacksize)),
        ("flags", format!("int {}", code.flags)),
        ("code", show_bytes(&code.code)),
        ("consts", show_items("tuple", &code.consts)),
        ("names", names(&code.names)),
        ("varnames", names(&code.varnames)),
        ("freevars", names(&code.freevars)),
        ("cellvars", names(&code.cellvars)),
        ("filename", show_str(&code.filename)),
        ("name", show_str(&code.name)),
    ]);
    if minor >= 11 {
        fields.push(("qualname", show_str(&code.qualname)));
    }
    fields.push(("firstlineno", format!("int {}", code.firstlineno)));
    fields.push((if minor >= 10 { "linetable" } else { "lnotab" }, show_bytes(&code.linetable)));
    if minor >= 11 {
        fields.push(("exceptiontable", show_bytes(&code.exceptiontable)));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name} {value}")).collect();
    format!("code{{{}}}", fields.join("; "))
}

fn show_pyc(pyc: &Pyc) -> String {
    let (first, second) = match pyc.header.validation {
        Validation::Timestamp { mtime, source_size } => (mtime, source_size),
        Validation::Hash { source_hash: h, .. } => {
            (u32::from_le_bytes([h[0], h[1], h[2], h[3]]), u32::from_le_bytes([h[4], h[5], h[6], h[7]]))
        }
    };
    let header = &pyc.header;
    format!("header {} {} {first} {second}\n{}\n", header.magic, header.flags(), show(&pyc.code))
}

/// Holds what is read from files against what an interpreter reads from them.
fn compare(python: &Path, files: &[PathBuf], read: impl Fn(&Path) -> Pyc) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/dump.py");
    let mut arguments = vec![script.to_string_lossy().into_owned()];
    arguments.extend(files.iter().map(|file| file.to_string_lossy().into_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let theirs = files::run(python, &arguments);
    let mut theirs = theirs.lines();
    for file in files {
        let ours = show_pyc(&read(file));
        for line in ours.lines() {
            let their_line = theirs.next().unwrap();
            if line != their_line {
                let at = line.bytes().zip(their_line.bytes()).position(|(a, b)| a != b).unwrap_or(0);
                let part = |text: &str| text[at.saturating_sub(80)..(at + 40).min(text.len())].to_owned();
                panic!("{}: {} instead of {}", file.display(), part(line), part(their_line));
            }
        }
    }
    assert_eq!(theirs.next(), None);
}

fn read(file: &Path) -> Pyc {
    read_pyc(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn fixtures() {
    for (version, python) in interpreters::found() {
        compare(&python, &files::fixtures(version), read);
    }
}

#[test]
fn sample_of_the_standard_library() {
    for (version, python) in interpreters::found() {
        let scratch = files::Scratch::new(&format!("values-{version}"));
        let library = files::standard_library(&python, scratch.path());
        let sample: Vec<_> = library.into_iter().step_by(40).collect();
        compare(&python, &sample, read);
        println!("{version}: {} files read as CPython reads them", sample.len());
    }
}

/// Constants that no fixture has, made by `marshal` itself, and read back by it after we have written them afresh.
#[test]
fn constants() {
    for (version, python) in interpreters::found() {
        let scratch = files::Scratch::new(&format!("constants-{version}"));
        let made = scratch.path().join("made.pyc");
        files::run(&python, &["-c", MAKE_CONSTANTS, &made.to_string_lossy()]);
        compare(&python, std::slice::from_ref(&made), read);

        let mut pyc = read(&made);
        let mut code = pyc.code_object().clone();
        code.form = Default::default();
        pyc.code = Object::Code(Box::new(code)).into();
        let written = scratch.path().join("written.pyc");
        std::fs::write(&written, write_pyc(&pyc).unwrap()).unwrap();
        compare(&python, &[written], |_| pyc.clone());
        assert!(pyc.code_object().consts.len() >= if version >= Version::Py315 { 36 } else { 30 });
    }
}

const MAKE_CONSTANTS: &str = r"
import importlib.util, marshal, struct, sys
code = compile('def f(a, b=2, *c, d, **e):\n    x = 1\n    return lambda: (a, x, c)', 'made', 'exec')
values = [None, True, False, ..., StopIteration, 0, 1, -1, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**63 - 1, -2**63, 2**63,
    -2**63 - 1, 2**1000 + 12345, -3**500, 0.0, -0.0, 1e300, float('inf'), float('nan'), 1 + 2j, -0j, '', 'a', 'a b',
    '\xe9', '\u20ac', '\U0001f600', '\ud83d\ude00', 'x\udc80y', 'n' * 255, 'n' * 256, 'n n' * 256, b'', b'\0\xff', (), (1,),
    tuple(range(255)), tuple(range(256)), [], [1, [2]], {}, {'k': [1], 2: ()}, set(), {1, 'b'}, frozenset(),
    frozenset([1, (2, 3), 'c'])]
if sys.version_info >= (3, 14):
    values += [slice(1, 2, 3), slice(None), slice('a', (1,))]
if sys.version_info >= (3, 15):
    values += [frozendict(), frozendict(a=1, b=frozendict(c=(2,)))]
consts = tuple(values) + code.co_consts + (code,)
if hasattr(code, 'replace'):
    code = code.replace(co_consts=consts)
else:
    c = code
    code = type(c)(c.co_argcount, c.co_kwonlyargcount, c.co_nlocals, c.co_stacksize, c.co_flags, c.co_code, consts,
        c.co_names, c.co_varnames, c.co_filename, c.co_name, c.co_firstlineno, c.co_lnotab, c.co_freevars, c.co_cellvars)
with open(sys.argv[1], 'wb') as file:
    file.write(importlib.util.MAGIC_NUMBER + struct.pack('<III', 0, 1, 2) + marshal.dumps(code))
";
