//! What is read and written again is the same file, byte for byte.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

#[path = "support/files.rs"]
mod files;
#[path = "../../lancehead-isa/tests/support/interpreters.rs"]
mod interpreters;

use std::path::Path;

use lancehead_pyc::{Validation, Version, read_marshal, read_pyc, write_marshal, write_pyc};

/// Reads a file and writes it again.
fn check(path: &Path, version: Version) {
    let bytes = std::fs::read(path).unwrap();
    let pyc = read_pyc(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(pyc.header.version, version, "{}", path.display());
    assert!(pyc.warnings.is_empty(), "{}: {:?}", path.display(), pyc.warnings);
    let written = write_pyc(&pyc).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if written != bytes {
        let at =
            written.iter().zip(&bytes).position(|(a, b)| a != b).unwrap_or(written.len().min(bytes.len()));
        panic!("{} differs from byte {at} on", path.display());
    }
}

#[test]
fn fixtures() {
    for version in Version::ALL {
        files::fixtures(version).iter().for_each(|file| check(file, version));
    }
}

#[test]
fn standard_libraries() {
    for (version, python) in interpreters::found() {
        let scratch = files::Scratch::new(&format!("library-{version}"));
        let library = files::standard_library(&python, scratch.path());
        assert!(library.len() > 500, "only {} files of {version}", library.len());
        library.iter().for_each(|file| check(file, version));
        println!("{version}: {} files are written as they were", library.len());
    }
}

#[test]
fn every_kind_of_validation() {
    const COMPILE: &str = "
import py_compile, sys
for mode in py_compile.PycInvalidationMode:
    py_compile.compile(sys.argv[1], sys.argv[2] + '/' + mode.name + '.pyc', doraise=True, invalidation_mode=mode)
";
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/closures_over_loop_variables.py");
    for (version, python) in interpreters::found() {
        let scratch = files::Scratch::new(&format!("validation-{version}"));
        files::run(&python, &["-c", COMPILE, &source.to_string_lossy(), &scratch.path().to_string_lossy()]);
        let mut kinds = Vec::new();
        for file in files::pyc_files(scratch.path()) {
            check(&file, version);
            let header = read_pyc(&std::fs::read(&file).unwrap()).unwrap().header;
            kinds.push((file.file_stem().unwrap().to_owned(), header.validation));
        }
        let source_size = std::fs::metadata(&source).unwrap().len() as u32;
        match &kinds[..] {
            [
                (checked, Validation::Hash { source_hash: first, check_source: true }),
                (timestamp, Validation::Timestamp { source_size: size, .. }),
                (unchecked, Validation::Hash { source_hash: second, check_source: false }),
            ] => {
                assert_eq!([checked, timestamp, unchecked], ["CHECKED_HASH", "TIMESTAMP", "UNCHECKED_HASH"]);
                assert_eq!(first, second);
                assert_eq!(*size, source_size);
            }
            other => panic!("{version}: {other:?}"),
        }
    }
}

/// Without forms, the file is another, but stands for the same.
#[test]
fn without_forms() {
    for (version, path) in
        Version::ALL.into_iter().flat_map(|v| files::fixtures(v).into_iter().map(move |f| (v, f)))
    {
        let pyc = read_pyc(&std::fs::read(&path).unwrap()).unwrap();
        let fresh = without_form(&pyc.code);
        let written = write_marshal(&fresh, version).unwrap();
        let read = read_marshal(&written, version).unwrap();
        // By their text, in which NaN equals NaN.
        assert_eq!(format!("{:?}", without_form(&read)), format!("{fresh:?}"), "{}", path.display());
        assert_eq!(write_marshal(&read, version).unwrap(), written, "{}", path.display());
    }
}

fn without_form(object: &lancehead_pyc::ObjectRef) -> lancehead_pyc::ObjectRef {
    use lancehead_pyc::Object;
    match &**object {
        Object::Code(code) => {
            let mut code = code.clone();
            code.form = Default::default();
            code.consts = code.consts.iter().map(without_form).collect();
            Object::Code(code).into()
        }
        _ => object.clone(),
    }
}
