//! Holds listings against `dis` of every interpreter found, over its standard library.
//!
//! Compared for every instruction: offset, name, argument, what the argument stands for, line, jump targets; positions
//! since 3.11; caches since 3.13. The library's own tests are compared too when `LANCEHEAD_FULL=1`.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lancehead_code::cfg::Cfg;
use lancehead_code::listing::print::{self, PlainText, PrintOptions};
use lancehead_code::{ArgValue, Listing, Row, code_tree};
use lancehead_isa::{Flow, Opcode, exception_table};
use lancehead_pyc::{CodeObject, Object, PyStr, Version};

#[test]
fn every_instruction_is_what_dis_says() {
    for (version, python) in support::interpreters::found() {
        let (mut modules, mut codes, mut instructions) = (0, 0, 0);
        support::for_each_module(version, &python, "rows", |name, code, theirs| {
            let (found, ours) = stream(code);
            if ours != theirs {
                report(version, name, &ours, theirs);
            }
            for (_, code) in code_tree(code) {
                check_blocks(code);
            }
            modules += 1;
            codes += found;
            instructions += ours.lines().count() - found;
        });
        println!("{version}: {modules} modules, {codes} code objects, {instructions} instructions equal");
        assert!(modules > 100, "{version}: only {modules} modules were seen");
    }
}

/// The printed listing is the version's own, but for the order of items in a set and what counts as printable.
#[test]
fn printed_listings_are_what_dis_prints() {
    for (version, python) in support::interpreters::found() {
        let mut lines = 0;
        support::for_each_module(version, &python, "text", |name, code, theirs| {
            let ours = printed(code);
            for (our, their) in ours.lines().zip(theirs.lines()) {
                if our != their && !may_differ(our, their) {
                    let same = our.chars().zip(their.chars()).take_while(|(our, their)| our == their).count();
                    let rest =
                        |line: &str| line.chars().skip(same.saturating_sub(60)).take(120).collect::<String>();
                    panic!("{version} {name}\n  ours: …{}\ntheirs: …{}", rest(our), rest(their));
                }
                lines += 1;
            }
            assert_eq!(ours.lines().count(), theirs.lines().count(), "{version} {name}: number of lines");
        });
        println!("{version}: {lines} lines equal");
    }
}

/// Blocks cover all instructions, and since 3.10, when the compiler began to remove dead code, each is reached: from the
/// entry, or as a handler around instructions that in truth never raise, or around none that are left.
fn check_blocks(code: &CodeObject) {
    let cfg = Cfg::of(code).unwrap_or_else(|e| panic!("{}: {e}", code.qualname));
    let mut next = 0;
    for block in &cfg.blocks {
        assert!(block.instructions.start == next && block.instructions.end > next);
        next = block.instructions.end;
    }
    assert_eq!(next, cfg.instructions.len());
    if code.version < Version::Py310 {
        return;
    }
    let table = exception_table(&code.exceptiontable).unwrap();
    let setups = cfg.instructions.iter().filter(|i| i.opcode.flow() == Flow::Setup);
    let handlers =
        table.iter().map(|entry| entry.target).chain(setups.filter_map(|i| i.jump_target(code.version)));
    let starts_handler = |number: &u32| {
        cfg.instructions[cfg.blocks[*number as usize].instructions.start].opcode == Opcode::PUSH_EXC_INFO
    };
    let unused = (0..cfg.blocks.len() as u32).filter(starts_handler);
    let graph = cfg.graph(true);
    let mut reached = BTreeSet::new();
    for root in handlers.filter_map(|offset| cfg.block_at(offset)).chain(unused).chain([0]) {
        if !reached.contains(&root) {
            reached.extend(graph.reverse_postorder(root));
        }
    }
    for number in (0..cfg.blocks.len() as u32).filter(|number| !reached.contains(number)) {
        // `except E as e: pass` may keep the handler that unbinds `e`, around nothing: it raises again, or within
        // `except*` puts the exception on the list of those to be raised.
        let instructions = &cfg.instructions[cfg.blocks[number as usize].instructions.clone()];
        let opcodes: Vec<Opcode> = instructions.iter().map(|instruction| instruction.opcode).collect();
        let unbinds = opcodes.ends_with(&[Opcode::RERAISE]) || opcodes.contains(&Opcode::LIST_APPEND);
        assert!(unbinds, "{} line {}: {opcodes:?}", code.qualname, code.firstlineno);
    }
}

/// Items of sets come in another order; some operands are told here that `dis` of 3.7 and 3.11 leaves out.
fn may_differ(our: &str, their: &str) -> bool {
    let more = our.contains("MAKE_FUNCTION") || our.contains("KW_NAMES");
    their.contains("frozenset({") || more && our.starts_with(their) || unescaped(our) == unescaped(their)
}

/// The line with escaped characters beyond ASCII as they are.
fn unescaped(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let length = match rest.as_bytes().first() {
            _ if c != '\\' => 0,
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => {
                // Whatever this escapes, it is no backslash that begins an escape.
                let escaped = rest.chars().next().map_or(0, char::len_utf8);
                out.push(c);
                out.push_str(&rest[..escaped]);
                rest = &rest[escaped..];
                continue;
            }
        };
        let point =
            rest.get(1..=length).filter(|_| length > 0).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match point.filter(|&point| point > 0x7F).and_then(char::from_u32) {
            Some(point) => {
                out.push(point);
                rest = &rest[1 + length..];
            }
            None => out.push(c),
        }
    }
    out
}

fn printed(code: &CodeObject) -> String {
    let mut out = PlainText(String::new());
    for (depth, code) in code_tree(code) {
        if depth > 0 {
            out.0.push('\n');
            print::print_heading(code, &mut out).unwrap();
        }
        let listing = Listing::of(code).unwrap();
        print::print(&listing, PrintOptions::default(), &mut out).unwrap();
    }
    out.0
}

fn report(version: Version, header: &str, ours: &str, theirs: &str) {
    for (number, (our, their)) in ours.lines().zip(theirs.lines()).enumerate() {
        assert_eq!(our, their, "{version} {header} row {number} (left: ours, right: theirs)");
    }
    panic!("{version} {header}: {} rows, not {}", ours.lines().count(), theirs.lines().count());
}

fn stream(code: &CodeObject) -> (usize, String) {
    let mut text = String::new();
    let tree = code_tree(code);
    for (_, code) in &tree {
        writeln!(text, "code {}", encode_str(&code.name)).unwrap();
        let listing = Listing::of(code).unwrap_or_else(|e| panic!("{}: {e}", code.qualname));
        for row in &listing.rows {
            text.push_str(&encode_row(code.version, row));
            text.push('\n');
        }
    }
    (tree.len(), text)
}

fn python<T: ToString>(value: Option<T>) -> String {
    value.map_or("None".to_owned(), |value| value.to_string())
}

fn encode_row(version: Version, row: &Row) -> String {
    let value = match &row.argval {
        ArgValue::Builtin(_) => row.argrepr.clone(),
        value => encode_value(value),
    };
    let mut text = format!("{} {} {} {value} ", row.offset, row.opname, python(row.arg));
    let p = row.position;
    if version < Version::Py313 {
        let line = p.line.filter(|_| row.starts_line);
        write!(text, "{} {}", python(line), u8::from(row.is_jump_target)).unwrap();
    } else {
        let caches: Vec<String> = row.caches.iter().map(|c| format!("{}:{}", c.name, hex(&c.data))).collect();
        let caches = if caches.is_empty() { "-".to_owned() } else { caches.join(",") };
        let [starts, target] = [row.starts_line, row.is_jump_target].map(u8::from);
        write!(text, "{starts}:{} {target} {} {caches}", python(p.line), row.start_offset).unwrap();
    }
    if version >= Version::Py311 {
        let parts = [p.line, p.end_line, p.col, p.end_col].map(python);
        write!(text, " {}", parts.join(" ")).unwrap();
    }
    text
}

fn encode_value(value: &ArgValue) -> String {
    let function = |name: &Option<&str>| name.map_or("None".to_owned(), |name| format!("type:{name}"));
    match value {
        ArgValue::None => "None".to_owned(),
        ArgValue::Int(value) => value.to_string(),
        ArgValue::Const(object) => encode(object),
        ArgValue::Builtin(text) => (*text).to_owned(),
        ArgValue::Name(name) => encode_str(name),
        ArgValue::Names(first, second) => format!("({},{})", encode_str(first), encode_str(second)),
        ArgValue::Target(offset) => offset.to_string(),
        ArgValue::Compare(operator) => encode_str(&PyStr::from(*operator)),
        ArgValue::Format(name, spec) => {
            format!("({},{})", function(name), if *spec { "True" } else { "False" })
        }
        ArgValue::Conversion(name) => function(name),
        ArgValue::OutOfRange(index) => format!("out of range: {index}"),
    }
}

fn encode_str(text: &PyStr) -> String {
    format!("s{}", hex(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn encode(object: &Object) -> String {
    let list = |items: &[lancehead_pyc::ObjectRef]| items.iter().map(|item| encode(item)).collect::<Vec<_>>();
    match object {
        Object::None => "None".to_owned(),
        Object::Bool(true) => "True".to_owned(),
        Object::Bool(false) => "False".to_owned(),
        Object::Ellipsis => "Ellipsis".to_owned(),
        Object::Int(value) if *value == i64::MIN => "-0x8000000000000000".to_owned(),
        Object::Int(value) => value.to_string(),
        Object::BigInt(value) => format!("{value:#x}"),
        Object::Float(value) => format!("f{}", hex(&value.to_be_bytes())),
        Object::Complex(real, imaginary) => {
            format!("c{}{}", hex(&real.to_be_bytes()), hex(&imaginary.to_be_bytes()))
        }
        Object::Str(text) => encode_str(text),
        Object::Bytes(bytes) => format!("b{}", hex(bytes)),
        Object::Tuple(items) => format!("({})", list(items).join(",")),
        Object::FrozenSet(items) => {
            let mut items = list(items);
            items.sort();
            format!("{{{}}}", items.join(","))
        }
        Object::Slice(start, stop, step) => {
            format!("slice({})", [start, stop, step].map(|part| encode(part)).join(","))
        }
        Object::FrozenDict(items) => {
            let pairs: Vec<_> = items.iter().map(|(k, v)| format!("{}:{}", encode(k), encode(v))).collect();
            format!("dict({})", pairs.join(","))
        }
        Object::Code(code) => format!("code:{}:{}", encode_str(&code.name), code.firstlineno),
        other => panic!("no compiler makes a constant of {other:?}"),
    }
}
