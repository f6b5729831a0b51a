//! After the lift and after each pass, the graphs of what compilers made have all invariants, stack depths included.
//!
//! `LANCEHEAD_MODULES=FOLDER` looks at the `.pyc` files in a folder instead of the fixtures.

use std::cell::RefCell;
use std::path::Path;

use lancehead_decompile::{Options, Stage, decompile_module};
use lancehead_ir::verify::{annotated, verify, verify_depths};
use lancehead_pyc::{Object, Version, read_pyc};

#[test]
fn graphs_of_all_fixtures_are_well_formed() {
    let (mut wrong, graphs) = (Vec::new(), RefCell::new(0));
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pyc");
    let folders = match std::env::var_os("LANCEHEAD_MODULES") {
        Some(folder) => vec![folder.into()],
        None => Version::ALL.map(|version| fixtures.join(version.to_string())).to_vec(),
    };
    for folder in folders {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let pyc = read_pyc(&std::fs::read(&path).unwrap()).unwrap();
            let Object::Code(code) = &*pyc.code else { panic!("{}: no code", path.display()) };
            let found = RefCell::new(Vec::new());
            let dump = |of: &str, stage: &str, made: Stage<'_>| {
                let Stage::Graph(graph) = made else { return };
                *graphs.borrow_mut() += 1;
                let broken = [verify(graph), verify_depths(graph)].concat();
                if !broken.is_empty() {
                    found.borrow_mut().push(format!("{of}, after {stage}:\n{}", annotated(graph, &broken)));
                }
            };
            decompile_module(code, &Options { dump: Some(&dump), ..Options::default() });
            wrong.extend(found.into_inner().first().map(|first| format!("{}: {first}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{} files: {}", wrong.len(), wrong.join("\n"));
    assert!(*graphs.borrow() > 10_000, "only {} graphs were looked at", graphs.borrow());
}
