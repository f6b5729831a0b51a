//! After the lift and after each pass, the graphs of what compilers made have all invariants, stack depths included.

use std::cell::RefCell;
use std::path::Path;

use lancehead_decompile::{Options, Stage, decompile_module};
use lancehead_ir::verify::{annotated, verify, verify_depths};
use lancehead_pyc::{Object, Version, read_pyc};

#[test]
fn graphs_of_all_fixtures_are_well_formed() {
    let (mut wrong, graphs) = (Vec::new(), RefCell::new(0));
    for version in Version::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/pyc/{version}"));
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
