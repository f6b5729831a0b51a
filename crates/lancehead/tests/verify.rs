//! The second opinion of real interpreters, where there are any.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod support;

use lancehead::{
    DecompileOptions, Error, Fate, Format, Interpreter, Loaded, Version, decompile_code, isolate,
};
use support::{fixtures, interpreters};

/// The fixture `closures_over_loop_variables` of a version.
fn loaded(version: Version) -> Loaded {
    let fixture =
        fixtures(version).into_iter().find(|fixture| fixture.name == "closures_over_loop_variables");
    Loaded::read(&fixture.expect("the fixture").bytes(), Format::Pyc).expect("a good .pyc")
}

#[test]
fn what_is_proven_is_verified_and_what_is_altered_is_not() {
    for version in Version::ALL {
        let Some(python) = interpreters::find(version) else { continue };
        let interpreter = Interpreter::new(&python).expect("an interpreter");
        let loaded = loaded(version);
        let mut done = isolate::on_big_stack(|| decompile_code(loaded.code(), &DecompileOptions::default()))
            .expect("no panic");
        interpreter.verify(&loaded, &mut done).expect("a verdict");
        for function in &done.functions {
            assert_eq!(function.fate, Fate::Proven, "{version}: {function}");
            assert_eq!(function.verified, Some(true), "{version}: {function}");
        }
        done.source = done.source.replace("lambda", "lambda unexpected=1, *_: 0 and");
        interpreter.verify(&loaded, &mut done).expect("a verdict");
        assert!(done.functions.iter().any(|function| function.verified == Some(false)), "{version}");
        assert!(!done.is_complete());
    }
}

#[test]
fn an_interpreter_of_another_version_is_refused() {
    let Some(python) = interpreters::find(Version::Py312) else { return };
    let interpreter = Interpreter::new(&python).expect("an interpreter");
    let loaded = loaded(Version::Py38);
    let mut done = isolate::on_big_stack(|| decompile_code(loaded.code(), &DecompileOptions::default()))
        .expect("no panic");
    let error = interpreter.verify(&loaded, &mut done).expect_err("a refusal");
    assert!(matches!(error, Error::Interpreter { .. }), "{error}");
}
