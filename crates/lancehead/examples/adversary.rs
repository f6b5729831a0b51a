//! Edits a compiled module in every place, and hands out those edits that are still called proven.
//!
//!     adversary check MODULE.pyc SOURCE.py [STRIDE [OFFSET]]
//!     adversary decompile MODULE.pyc SOURCE.py [STRIDE [OFFSET]]
//!
//! `check` holds each edit against the source that the module was compiled from; `decompile` decompiles the edit. Records
//! on standard output: a line `ID LENGTH SOURCE_LENGTH DESCRIPTION`, the marshalled code of so many bytes, and for
//! `decompile` its source. The last line is `end EDITS`. `scripts/adversary.py` runs what comes out. Of the edits each
//! STRIDE-th is made, from OFFSET on.

use std::io::{self, BufWriter, Write};

use lancehead::{DecompileOptions, Fate, decompile_code, isolate};
use lancehead_ast::{Module, parse_module};
use lancehead_check::{Equality, check_module};
use lancehead_pyc::{CodeObject, Object, ObjectRef, read_pyc, write_marshal};

/// A change of one code object.
enum Edit {
    /// A byte of the bytecode.
    Code(usize, u8),
    /// A unit of the bytecode left out, put in twice, or exchanged with the next.
    Unit(usize, usize),
    /// A byte of the exception table.
    Table(usize, u8),
    /// The exception table cut or rotated here.
    TableOrder(usize),
    /// A field, by its number, and what it becomes.
    Field(usize, u32),
    /// Two entries of one of the lists exchanged: constants, names, variables, cells, free variables.
    Swap(usize, usize, usize),
    /// An entry of one of the lists dropped.
    Drop(usize, usize),
    /// The kind of a variable.
    Kind(usize, u8),
}

/// Values that matter for an argument.
fn arguments(old: u8) -> Vec<u8> {
    let mut values: Vec<u8> = (0..24).chain([31, 32, 48, 64, 127, 128, 254, 255]).collect();
    values.extend((0..8).map(|bit| old ^ 1 << bit));
    values.extend([old.wrapping_add(1), old.wrapping_sub(1), old.wrapping_add(2), old.wrapping_sub(2)]);
    values.sort_unstable();
    values.dedup();
    values.retain(|value| *value != old);
    values
}

fn edits(code: &CodeObject) -> Vec<Edit> {
    let mut all = Vec::new();
    for (at, old) in code.code.iter().enumerate() {
        let values =
            if at % 2 == 0 { (0..=255).filter(|value| value != old).collect() } else { arguments(*old) };
        all.extend(values.into_iter().map(|value| Edit::Code(at, value)));
    }
    for unit in 0..code.code.len() / 2 {
        all.extend((0..3).map(|how| Edit::Unit(unit, how)));
    }
    for (at, old) in code.exceptiontable.iter().enumerate() {
        all.extend((0..=255).filter(|value| value != old).map(|value| Edit::Table(at, value)));
        all.push(Edit::TableOrder(at));
    }
    for field in 0..6 {
        let mut values: Vec<u32> = (0..12).chain([100, u32::MAX]).collect();
        if field == 5 {
            values = (0..32).map(|bit| code.flags ^ 1 << bit).collect();
        }
        all.extend(values.into_iter().map(|value| Edit::Field(field, value)));
    }
    let lists =
        [code.consts.len(), code.names.len(), code.varnames.len(), code.cellvars.len(), code.freevars.len()];
    for (list, length) in lists.into_iter().enumerate() {
        for one in 0..length {
            all.push(Edit::Drop(list, one));
            all.extend((one + 1..length.min(one + 8)).map(|other| Edit::Swap(list, one, other)));
        }
    }
    for at in 0..code.localsplus.len() {
        all.extend((0..8).map(|bit| Edit::Kind(at, 1 << bit)));
    }
    all
}

/// Applies an edit; false for one that cannot be stored.
fn apply(code: &mut CodeObject, edit: &Edit) -> bool {
    match *edit {
        Edit::Code(at, value) => code.code[at] = value,
        Edit::Unit(unit, how) => {
            let unit = unit * 2;
            let bytes = [code.code[unit], code.code[unit + 1]];
            match how {
                0 => drop(code.code.drain(unit..unit + 2)),
                1 => drop(code.code.splice(unit..unit, bytes)),
                _ if unit + 4 <= code.code.len() => code.code[unit..unit + 4].rotate_left(2),
                _ => return false,
            }
        }
        Edit::Table(at, value) => code.exceptiontable[at] = value,
        Edit::TableOrder(at) => code.exceptiontable.rotate_left(at),
        Edit::Field(field, value) => {
            let place = match field {
                0 => &mut code.argcount,
                1 => &mut code.posonlyargcount,
                2 => &mut code.kwonlyargcount,
                3 => &mut code.nlocals,
                4 => &mut code.stacksize,
                _ => &mut code.flags,
            };
            if *place == value || i32::try_from(value).is_err() {
                return false;
            }
            *place = value;
        }
        Edit::Swap(list, one, other) => {
            match list {
                0 => code.consts.swap(one, other),
                1 => code.names.swap(one, other),
                2 => code.varnames.swap(one, other),
                3 => code.cellvars.swap(one, other),
                _ => code.freevars.swap(one, other),
            }
            refresh(code);
        }
        Edit::Drop(list, at) => {
            match list {
                0 => drop(code.consts.remove(at)),
                1 => drop(code.names.remove(at)),
                2 => drop(code.varnames.remove(at)),
                3 => drop(code.cellvars.remove(at)),
                _ => drop(code.freevars.remove(at)),
            }
            refresh(code);
        }
        Edit::Kind(at, bit) => {
            code.localsplus[at].1 ^= bit;
            code.set_variables_from_localsplus();
        }
    }
    true
}

fn refresh(code: &mut CodeObject) {
    if !code.localsplus.is_empty() {
        code.set_localsplus_from_variables();
    }
}

fn describe(code: &CodeObject, edit: &Edit) -> String {
    let what = match edit {
        Edit::Code(at, value) => format!("byte {at:#x} of the bytecode {} becomes {value}", code.code[*at]),
        Edit::Unit(unit, how) => format!("unit {unit} is {}", ["left out", "doubled", "exchanged"][*how]),
        Edit::Table(at, value) => {
            format!("byte {at} of the exception table {} becomes {value}", code.exceptiontable[*at])
        }
        Edit::TableOrder(at) => format!("exception table rotated by {at}"),
        Edit::Field(field, value) => {
            let names = ["argcount", "posonlyargcount", "kwonlyargcount", "nlocals", "stacksize", "flags"];
            format!("{} becomes {value:#x}", names[*field])
        }
        Edit::Swap(list, one, other) => format!("{} {one} and {other} exchanged", LISTS[*list]),
        Edit::Drop(list, at) => format!("{} {at} dropped", LISTS[*list]),
        Edit::Kind(at, bit) => format!("bit {bit:#x} of the kind of variable {at}"),
    };
    format!("{}: {what}", code.qualname.to_string_lossy().replace('\n', " "))
}

const LISTS: [&str; 5] = ["constants", "names", "variables", "cells", "free variables"];

/// The paths to all code objects below `code`: at each level the place among the constants.
fn paths(code: &CodeObject, path: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
    all.push(path.clone());
    for (at, constant) in code.consts.iter().enumerate() {
        if let Object::Code(inner) = &**constant {
            path.push(at);
            paths(inner, path, all);
            path.pop();
        }
    }
}

fn at<'a>(code: &'a CodeObject, path: &[usize]) -> Option<&'a CodeObject> {
    let Some((first, rest)) = path.split_first() else { return Some(code) };
    match code.consts.get(*first).map(|constant| &**constant) {
        Some(Object::Code(inner)) => at(inner, rest),
        _ => None,
    }
}

/// A copy of `code` in which `new` stands at `path`.
fn with(code: &CodeObject, path: &[usize], new: CodeObject) -> CodeObject {
    let Some((first, rest)) = path.split_first() else { return new };
    let mut copy = code.clone();
    if let Object::Code(inner) = &*code.consts[*first] {
        copy.consts[*first] = ObjectRef::new(Object::Code(Box::new(with(inner, rest, new))));
    }
    copy
}

/// The source that an edit is proven to do the same as.
fn proven(code: &CodeObject, source: Option<&Module>) -> Option<String> {
    if let Some(module) = source {
        let verdicts = isolate::catch(|| check_module(code, module)).ok()?;
        let belongs = verdicts.iter().all(|v| v.difference.is_none() && v.equality == Equality::Exact);
        return belongs.then(String::new);
    }
    let done = decompile_code(code, &DecompileOptions::default());
    let is_proven = |fate: &Fate| matches!(fate, Fate::Proven | Fate::Emulated);
    done.functions.iter().all(|function| is_proven(&function.fate)).then_some(done.source)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    isolate::quiet_panics();
    isolate::on_big_stack(|| run().map_err(|error| error.to_string()))??;
    Ok(())
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, pyc, source, rest @ ..] = arguments.as_slice() else {
        return Err("expected a mode, a .pyc and its source".into());
    };
    let number = |at: usize, default: usize| rest.get(at).map_or(Ok(default), |text| text.parse());
    let (stride, offset) = (number(0, 1)?.max(1), number(1, 0)?);
    let pyc = read_pyc(&std::fs::read(pyc)?)?;
    let module = pyc.code_object();
    let text = std::fs::read_to_string(source)?;
    let parsed = parse_module(&text, module.version).map_err(|error| error.to_string())?;
    let source = (mode == "check").then_some(&parsed);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut all = Vec::new();
    paths(module, &mut Vec::new(), &mut all);
    let (mut id, mut made) = (0_usize, 0_usize);
    for path in all {
        let Some(original) = at(module, &path) else { continue };
        for edit in edits(original) {
            id += 1;
            if id % stride != offset % stride {
                continue;
            }
            let mut edited = original.clone();
            if !apply(&mut edited, &edit) || edited == *original {
                continue;
            }
            made += 1;
            let edited = with(module, &path, edited);
            let Some(source) = proven(&edited, source) else { continue };
            let object: ObjectRef = Object::Code(Box::new(edited)).into();
            let Ok(bytes) = write_marshal(&object, module.version) else { continue };
            writeln!(out, "{id} {} {} {}", bytes.len(), source.len(), describe(original, &edit))?;
            out.write_all(&bytes)?;
            out.write_all(source.as_bytes())?;
        }
    }
    writeln!(out, "end {made}")?;
    out.flush()?;
    Ok(())
}
