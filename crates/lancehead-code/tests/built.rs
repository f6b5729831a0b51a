//! Functions built the same way for every version run in their own interpreters.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::process::Command;

use lancehead_code::program::{BinaryOp, Builder, CompareOp};
use lancehead_code::verify::verify;
use lancehead_code::{StackDepths, asm};
use lancehead_pyc::{CodeObject, Object, ObjectRef, Version, write_marshal};

/// ```python
/// def f(count):
///     total = 0
///     for i in range(count):
///         if i % 2 == 0:
///             total += i
///     try:
///         int("no number")
///     except:
///         total += 100
///     return [total, str(total)[0], total is count]
/// ```
/// with a tuple made by calling what an attribute holds in place of the list.
fn build(version: Version) -> CodeObject {
    let mut build = Builder::function(version, "f", &["count"]);
    build.line(2);
    build.constant(Object::Int(0));
    build.store_local("total");
    build.line(3);
    build.global_to_call("range");
    build.load_local("count");
    build.call(1);
    build.for_each(|build| {
        let skip = build.label();
        build.store_local("i");
        build.load_local("i");
        build.constant(Object::Int(2));
        build.binary(BinaryOp::Remainder);
        build.constant(Object::Int(0));
        build.compare(CompareOp::Eq);
        build.jump_if(false, skip);
        add(build, |build| build.load_local("i"));
        build.place(skip);
    });
    let guarded = |build: &mut Builder| {
        build.global_to_call("int");
        build.constant(Object::Str("no number".into()));
        build.call(1);
        build.pop();
    };
    build.try_except(0, guarded, |build| add(build, |build| build.constant(Object::Int(100))));
    build.callable(|build| {
        build.constant(Object::Str("{} {} {}".into()));
        build.load_attribute("format");
    });
    build.load_local("total");
    build.global_to_call("str");
    build.load_local("total");
    build.call(1);
    build.constant(Object::Int(0));
    build.binary(BinaryOp::Subscript);
    build.load_local("total");
    build.load_local("count");
    build.compare(CompareOp::IsNot);
    build.call(3);
    build.return_value();
    build.finish().unwrap()
}

fn add(build: &mut Builder, value: impl FnOnce(&mut Builder)) {
    build.load_local("total");
    value(build);
    build.binary(BinaryOp::InplaceAdd);
    build.store_local("total");
}

#[test]
fn one_builder_for_all_versions() {
    for version in Version::ALL {
        let code = build(version);
        assert_eq!(verify(&code), Ok(()));
        assert_eq!(StackDepths::of(&code).unwrap().max, code.stacksize);
        assert_eq!(asm::parse(&asm::print(&code).unwrap()), Ok(code), "{version}");
    }
}

#[test]
fn built_functions_run() {
    for (version, python) in support::interpreters::found() {
        let object: ObjectRef = Object::Code(Box::new(build(version))).into();
        let data = write_marshal(&object, version).unwrap();
        let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
        let program = format!(
            "import marshal, types; f = types.FunctionType(marshal.loads(bytes.fromhex('{hex}')), globals()); \
             print([f(n) for n in (0, 1, 7)])"
        );
        let output = Command::new(python).args(["-S", "-c", &program]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let expected = "['100 1 True', '100 1 True', '112 1 True']";
        assert_eq!(text.trim(), expected, "{version}: {}", String::from_utf8_lossy(&output.stderr));
        println!("{version}: runs");
    }
}
