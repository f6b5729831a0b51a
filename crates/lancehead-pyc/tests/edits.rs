//! Code objects that were edited are written like their originals wherever they were not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

#[path = "support/files.rs"]
mod files;
#[path = "../../lancehead-isa/tests/support/interpreters.rs"]
mod interpreters;
#[path = "support/random.rs"]
mod random;

use std::sync::Arc;

use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, Pyc, Version, WriteError, read_pyc, write_pyc};

use random::Random;

/// A fixture with nested functions.
fn sample(version: Version, name: &str) -> (Vec<u8>, Pyc) {
    let files = files::fixtures(version);
    let file = files.iter().find(|file| file.ends_with(name)).unwrap();
    let bytes = std::fs::read(file).unwrap();
    let pyc = read_pyc(&bytes).unwrap();
    (bytes, pyc)
}

const CLOSURES: &str = "closures_over_loop_variables.pyc";

fn edit(pyc: &mut Pyc, change: impl FnOnce(&mut CodeObject)) {
    let Object::Code(code) = Arc::make_mut(&mut pyc.code) else { panic!("no code object") };
    change(code);
}

fn without_forms(object: &ObjectRef) -> ObjectRef {
    let Object::Code(code) = &**object else { return object.clone() };
    let mut code = code.clone();
    code.form = Default::default();
    code.consts = code.consts.iter().map(without_forms).collect();
    Object::Code(code).into()
}

/// What is written is read as the same value; returns the bytes.
fn assert_readable(pyc: &Pyc) -> Vec<u8> {
    let written = write_pyc(pyc).unwrap();
    let read = read_pyc(&written).unwrap();
    // By their text, in which NaN equals NaN.
    assert_eq!(format!("{:?}", without_forms(&read.code)), format!("{:?}", without_forms(&pyc.code)));
    assert_eq!(write_pyc(&read).unwrap(), written);
    written
}

#[test]
fn an_untouched_clone() {
    for version in Version::ALL {
        let (bytes, mut pyc) = sample(version, CLOSURES);
        edit(&mut pyc, |_| ());
        assert_eq!(write_pyc(&pyc).unwrap(), bytes);
    }
}

#[test]
fn an_appended_constant_changes_nothing_else() {
    for version in Version::ALL {
        let (bytes, mut pyc) = sample(version, CLOSURES);
        edit(&mut pyc, |code| code.consts.push(Object::Int(0x1234_5678).into()));
        let mut written = assert_readable(&pyc);
        let at = written.windows(5).position(|window| window == b"i\x78\x56\x34\x12").unwrap();
        written.drain(at..at + 5);
        assert_eq!(written.len(), bytes.len());
        let differences: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != written[*at]).collect();
        let [length_of_consts] = differences[..] else { panic!("{differences:?}") };
        assert_eq!(written[length_of_consts], bytes[length_of_consts] + 1);
    }
}

#[test]
fn a_renamed_global_changes_nothing_but_the_name() {
    for version in Version::ALL {
        let (_, mut pyc) = sample(version, CLOSURES);
        edit(&mut pyc, |code| code.names.insert(0, "old_name".into()));
        let before = assert_readable(&pyc);
        let mut pyc = read_pyc(&before).unwrap();
        edit(&mut pyc, |code| code.names[0] = "new_name".into());
        let after = assert_readable(&pyc);
        let at = before.windows(8).position(|window| window == b"old_name").unwrap();
        assert_eq!(after, [&before[..at], b"new_name", &before[at + 8..]].concat());
    }
}

/// A string that occurs twice, and whose first occurrence is edited away, is written in full at the second.
#[test]
fn a_removed_definition_moves_on() {
    let (_, mut pyc) = sample(Version::Py312, CLOSURES);
    let name = PyStr::from("first_of_its_name");
    edit(&mut pyc, |code| {
        code.consts.push(Object::Str(name.clone()).into());
        code.names.push(name.clone());
    });
    let twice = assert_readable(&pyc);
    let mut pyc = read_pyc(&twice).unwrap();
    edit(&mut pyc, |code| drop(code.consts.pop()));
    let once = assert_readable(&pyc);
    let count = |bytes: &[u8]| bytes.windows(17).filter(|window| *window == name.as_bytes()).count();
    assert_eq!((count(&twice), count(&once)), (1, 1));
    // The reference (5 bytes) is gone.
    assert_eq!(twice.len(), once.len() + 5);
}

/// A new function in an old module says its file name by reference.
#[test]
fn a_fresh_code_object_shares_what_it_can() {
    for version in Version::ALL {
        let (_, mut pyc) = sample(version, CLOSURES);
        let mut function = CodeObject::new(version);
        function.filename = pyc.code_object().filename.clone();
        function.name = "fresh".into();
        function.qualname = "fresh".into();
        edit(&mut pyc, |code| code.consts.push(Object::Code(Box::new(function)).into()));
        let filename = pyc.code_object().filename.as_bytes().to_vec();
        let written = assert_readable(&pyc);
        assert_eq!(written.windows(filename.len()).filter(|window| *window == filename).count(), 1);
    }
}

/// One random change to a code object; those of other files may move in.
fn change(code: &mut CodeObject, others: &[ObjectRef], random: &mut Random) {
    let text =
        |random: &mut Random| PyStr::from(["", "a", "a b", "é", "module", "__name__"][random.below(6)]);
    let (consts, names) = (code.consts.len(), code.names.len());
    match random.below(9) {
        0 if consts > 0 => drop(code.consts.remove(random.below(consts))),
        1 => code.consts.insert(random.below(consts + 1), others[random.below(others.len())].clone()),
        2 if consts > 1 => code.consts.swap(random.below(consts), random.below(consts)),
        3 if consts > 0 => code.consts.push(code.consts[random.below(consts)].clone()),
        4 => code.consts.insert(random.below(consts + 1), Object::Str(text(random)).into()),
        5 if names > 0 => drop(code.names.remove(random.below(names))),
        6 => code.names.insert(random.below(names + 1), text(random)),
        7 => code.name = text(random),
        _ => code.code.extend([random.next() as u8, 0]),
    }
    if code.localsplus.is_empty() {
        code.qualname = code.name.clone();
    }
    if let Some(nested) = code.consts.iter_mut().find(|item| matches!(***item, Object::Code(_)))
        && random.below(2) == 0
        && let Object::Code(nested) = Arc::make_mut(nested)
    {
        change(nested, others, random);
    }
}

#[test]
fn random_edits_are_read_as_they_are() {
    let mut random = Random(0x0dd_ba11);
    for version in Version::ALL {
        let files = files::fixtures(version);
        let pycs: Vec<Pyc> =
            files.iter().map(|file| read_pyc(&std::fs::read(file).unwrap()).unwrap()).collect();
        let consts = |pyc: &Pyc| pyc.code_object().consts.clone();
        let others: Vec<ObjectRef> = pycs.iter().flat_map(consts).collect();
        for round in 0..300 {
            let mut pyc = pycs[round % pycs.len()].clone();
            for _ in 0..=random.below(5) {
                edit(&mut pyc, |code| change(code, &others, &mut random));
            }
            // `qualname` is no field of its own before 3.11.
            if version < Version::Py311 {
                edit(&mut pyc, copy_names);
            }
            assert_readable(&pyc);
        }
    }
}

fn copy_names(code: &mut CodeObject) {
    code.qualname = code.name.clone();
    for item in &mut code.consts {
        if matches!(**item, Object::Code(_))
            && let Object::Code(nested) = Arc::make_mut(item)
        {
            copy_names(nested);
        }
    }
}

#[test]
fn interpreters_load_edited_files() {
    const LOAD: &str = "
import marshal, sys
with open(sys.argv[1], 'rb') as file:
    code = marshal.loads(file.read()[16:])
inner = [c for c in code.co_consts if hasattr(c, 'co_code')][-1]
print(code.co_consts[-1], code.co_names[-1], inner.co_name, inner.co_varnames, inner.co_cellvars, inner.co_freevars)
";
    for (version, python) in interpreters::found() {
        let (_, mut pyc) = sample(version, CLOSURES);
        let mut inner = CodeObject::new(version);
        inner.name = "inner".into();
        inner.qualname = "inner".into();
        inner.argcount = 1;
        inner.stacksize = 1;
        inner.varnames = vec!["cell".into(), "local".into()];
        inner.nlocals = 2;
        inner.cellvars = vec!["cell".into(), "other".into()];
        inner.freevars = vec!["free".into()];
        if version >= Version::Py311 {
            inner.set_localsplus_from_variables();
        }
        // Any bytecode will do: it is loaded, not run.
        inner.code = pyc.code_object().code.clone();
        inner.linetable = pyc.code_object().linetable.clone();
        edit(&mut pyc, |code| {
            code.consts.push(Object::Code(Box::new(inner)).into());
            code.consts.push(Object::Int(77).into());
            code.names.push("new_name".into());
        });
        let scratch = files::Scratch::new(&format!("edited-{version}"));
        let path = scratch.path().join("edited.pyc");
        std::fs::write(&path, assert_readable(&pyc)).unwrap();
        let printed = files::run(&python, &["-c", LOAD, &path.to_string_lossy()]);
        assert_eq!(printed, "77 new_name inner ('cell', 'local') ('cell', 'other') ('free',)\n");
    }
}

#[test]
fn what_would_be_lost_is_refused() {
    let (_, mut pyc) = sample(Version::Py312, CLOSURES);
    edit(&mut pyc, |code| code.varnames.push("forgotten".into()));
    assert!(matches!(write_pyc(&pyc), Err(WriteError::Variables { name }) if name == "<module>"));
    edit(&mut pyc, CodeObject::set_localsplus_from_variables);
    assert_readable(&pyc);

    let (_, mut pyc) = sample(Version::Py37, CLOSURES);
    edit(&mut pyc, |code| code.posonlyargcount = 1);
    assert!(matches!(write_pyc(&pyc), Err(WriteError::Unsupported { .. })));

    let (_, mut pyc) = sample(Version::Py310, CLOSURES);
    edit(&mut pyc, |code| code.exceptiontable.push(0));
    assert!(matches!(write_pyc(&pyc), Err(WriteError::Unsupported { .. })));

    let (_, mut pyc) = sample(Version::Py312, CLOSURES);
    let (_, other) = sample(Version::Py311, CLOSURES);
    edit(&mut pyc, |code| code.consts.push(other.code.clone()));
    assert!(matches!(write_pyc(&pyc), Err(WriteError::MixedVersions { found: Version::Py311, .. })));

    pyc.code = Object::None.into();
    assert_eq!(write_pyc(&pyc), Err(WriteError::NotCode));
}

/// Laying out variables anew gives what the compiler laid out.
#[test]
fn localsplus_from_variables() {
    fn check(object: &ObjectRef, count: &mut usize) {
        let Object::Code(code) = &**object else { return };
        let mut again = code.clone();
        again.set_localsplus_from_variables();
        assert_eq!(again.localsplus, code.localsplus, "{}", code.qualname);
        *count += 1;
        code.consts.iter().for_each(|item| check(item, count));
    }
    let mut count = 0;
    for version in Version::ALL.into_iter().filter(|version| *version >= Version::Py311) {
        for file in files::fixtures(version) {
            check(&read_pyc(&std::fs::read(file).unwrap()).unwrap().code, &mut count);
        }
    }
    assert!(count > 1000, "{count}");
}
