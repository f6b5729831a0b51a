//! Every fixture with `match` or `except*` is recovered whole, on every version that has them.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use lancehead_ast::{PrintOptions, print_module};
use lancehead_decompile::{Options, Status, decompile_module};

/// Decompiles one fixture. `None` when the version does not have it.
fn decompiled(version: &str, name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/pyc")
        .join(version)
        .join(name)
        .with_extension("pyc");
    let bytes = std::fs::read(path).ok()?;
    let pyc = lancehead_pyc::read_pyc(&bytes).expect("a fixture is a pyc file");
    let code = pyc.code_object();
    let listing = |_: &lancehead_pyc::CodeObject| Vec::new();
    let result = decompile_module(code, &Options { listing: &listing, ..Options::default() });
    for function in &result.functions {
        if let Status::NotRecovered { reason } = &function.status {
            panic!("{version} {name} {}: {reason}", function.path);
        }
    }
    Some(print_module(&result.module, &PrintOptions::new(code.version)).source.to_string())
}

#[test]
fn recovers_patterns() {
    let fixtures =
        ["match_sequence", "match_mapping", "match_class", "match_literals", "match_capture_and_guards"];
    for version in ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"] {
        for name in fixtures {
            let source = decompiled(version, name).expect("the version has the fixture");
            assert!(source.contains("        case "), "{version} {name}:\n{source}");
        }
    }
}

#[test]
fn orders_captures_of_alternatives() {
    for version in ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"] {
        let source = decompiled(version, "match_sequence").expect("the version has the fixture");
        assert!(source.contains("case [None, x] | [x, None]:"), "{version}:\n{source}");
        assert!(source.contains("case [a, [b, [c, *d]], *e]:"), "{version}:\n{source}");
        assert!(source.contains("case ['go' | 'move', 'north' | 'south' as where]:"), "{version}:\n{source}");
    }
}

#[test]
fn recovers_except_star() {
    for version in ["3.11", "3.12", "3.13", "3.14", "3.15"] {
        let source = decompiled(version, "exception_star").expect("the version has the fixture");
        assert!(source.contains("except* (TypeError, KeyError) as group:"), "{version}:\n{source}");
        assert!(!source.contains("group = None"), "{version}:\n{source}");
    }
}
