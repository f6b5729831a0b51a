//! What a code object costs grows in proportion to its size: counted in steps, not by the clock.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use lancehead_code::program::{Builder, Label, Operand};
use lancehead_decompile::{Definition, Driver, Form, Options, Status, decompile_function};
use lancehead_isa::Opcode;
use lancehead_pyc::{CodeIndex, CodeObject, CodeTree, Object, Version};

/// Versions whose bytecode differs most: with a block stack and with an exception table.
const VERSIONS: [Version; 2] = [Version::Py38, Version::Py312];

/// How much more than in proportion the cost may grow.
const TOLERANCE: f64 = 1.3;

/// As much as the decompiler asks for.
const STACK: usize = 1 << 30;

/// The steps that a function takes, with all that is nested in it.
fn steps(code: &CodeObject) -> u64 {
    let done = decompile_function(
        code,
        Definition { name: "f".into(), ..Definition::default() },
        &Options::default(),
    );
    for function in &done.functions {
        assert_eq!(function.status, Status::Recovered, "{}", function.path);
        assert!(function.budgets.is_empty(), "{}: {:?}", function.path, function.budgets);
    }
    done.functions.iter().map(|function| function.steps).sum()
}

/// Asserts that four times the size takes four times the steps, twice.
fn grows_linearly(what: &str, least: u32, build: impl Fn(Version, u32) -> CodeObject + Sync) {
    // Suites are walked by recursion.
    let measure = || measured(what, least, &build);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, measure);
        if let Err(panic) = thread.expect("a thread starts").join() {
            std::panic::resume_unwind(panic);
        }
    });
}

fn measured(what: &str, least: u32, build: &impl Fn(Version, u32) -> CodeObject) {
    for version in VERSIONS {
        let [small, middle, large] = [1, 4, 16].map(|times| steps(&build(version, least * times)) as f64);
        for (ratio, from) in [(middle / small, least), (large / middle, 4 * least)] {
            assert!(
                ratio <= 4.0 * TOLERANCE,
                "{what}, Python {version}: {ratio:.2} times the steps from {from} to {}",
                4 * from
            );
        }
    }
}

fn function(version: Version) -> Builder {
    Builder::function(version, "f", &["a"])
}

fn finish(mut builder: Builder) -> CodeObject {
    builder.constant(Object::None);
    builder.return_value();
    builder.finish().expect("it is well formed")
}

/// `name()`, as a statement on a line of its own.
fn call(builder: &mut Builder, line: u32, name: &str) {
    builder.line(line);
    builder.global_to_call(name);
    if !Opcode::CALL.is_in(builder.version()) {
        builder.op(Opcode::CALL_FUNCTION, Operand::Int(0));
    } else {
        builder.call(0);
    }
    builder.pop();
}

#[test]
fn straight_lines() {
    grows_linearly("statements", 1_600, |version, count| {
        let mut builder = function(version);
        for at in 0..count {
            call(&mut builder, at + 2, "g");
        }
        finish(builder)
    });
}

/// `if a0 and a1 and …: g()`.
#[test]
fn operands_of_a_condition() {
    grows_linearly("operands of a condition", 500, |version, count| {
        let mut builder = function(version);
        let end = builder.label();
        builder.line(2);
        for at in 0..count {
            builder.load_global(&format!("a{at}"));
            builder.jump_if(false, end);
        }
        call(&mut builder, 3, "g");
        builder.place(end);
        finish(builder)
    });
}

/// `x = a1 and a2 and … and a`.
#[test]
fn operands_of_a_value() {
    let keep_if_false = |builder: &mut Builder, end: Label| {
        if Opcode::JUMP_IF_FALSE_OR_POP.is_in(builder.version()) {
            return builder.op(Opcode::JUMP_IF_FALSE_OR_POP, Operand::Label(end));
        }
        builder.op(Opcode::COPY, Operand::Int(1));
        builder.jump_if(false, end);
        builder.pop();
    };
    grows_linearly("operands of a value", 500, |version, count| {
        let mut builder = function(version);
        let end = builder.label();
        builder.line(2);
        for at in 1..count {
            builder.load_global(&format!("a{at}"));
            keep_if_false(&mut builder, end);
        }
        builder.load_local("a");
        builder.place(end);
        builder.store_local("x");
        finish(builder)
    });
}

/// `if a: g()`, `elif a: g()`, ….
#[test]
fn elif_chains() {
    // Each is a suite within the one before.
    grows_linearly("elif", 200, |version, count| {
        let mut builder = function(version);
        let end = builder.label();
        for at in 0..count {
            let next = builder.label();
            builder.line(2 * at + 2);
            builder.load_local("a");
            builder.jump_if(false, next);
            call(&mut builder, 2 * at + 3, "g");
            builder.jump(end);
            builder.place(next);
        }
        call(&mut builder, 2 * count + 3, "h");
        builder.place(end);
        finish(builder)
    });
}

/// `try: g()`, `except: h()`, one after the other.
#[test]
fn tries_in_sequence() {
    grows_linearly("tries", 250, |version, count| {
        let mut builder = function(version);
        for at in 0..count {
            let line = 4 * at + 2;
            builder.line(line);
            builder.try_except(0, |body| call(body, line + 1, "g"), |handler| call(handler, line + 3, "h"));
        }
        finish(builder)
    });
}

/// `if a: raise E`, one after the other: as many ends of the function, all different.
#[test]
fn raises_in_sequence() {
    grows_linearly("raises", 250, |version, count| {
        let mut builder = function(version);
        for at in 0..count {
            let next = builder.label();
            builder.line(2 * at + 2);
            builder.load_local("a");
            builder.jump_if(false, next);
            builder.line(2 * at + 3);
            builder.load_global("E");
            builder.op(Opcode::RAISE_VARARGS, Operand::Int(1));
            builder.place(next);
        }
        finish(builder)
    });
}

/// Defines what is given as constants, in a function.
fn defines(version: Version, functions: Vec<CodeObject>) -> CodeObject {
    let mut builder = function(version);
    for (at, code) in functions.into_iter().enumerate() {
        builder.line(at as u32 + 2);
        builder.constant(Object::Code(Box::new(code)));
        if version == Version::Py38 {
            builder.constant(Object::Str("f".into()));
        }
        builder.op(Opcode::MAKE_FUNCTION, Operand::Int(0));
        builder.store_local("f");
    }
    finish(builder)
}

#[test]
fn nested_definitions() {
    grows_linearly("levels of definitions", 6, |version, depth| {
        (0..depth).fold(finish(function(version)), |inner, _| defines(version, vec![inner]))
    });
}

/// Another form for one function among 2,000 costs that function.
#[test]
fn one_of_many_again() {
    for version in VERSIONS {
        let one = |at: u32| {
            let mut builder = function(version);
            builder.object_mut().firstlineno = at as i32;
            call(&mut builder, at, "g");
            finish(builder)
        };
        let module = defines(version, (0..2_000).map(one).collect());
        let options = Options::default();
        let mut driver = Driver::new(CodeTree::of(&module), &options);
        let mut tree = driver.module();
        let cost = |driver: &Driver<'_>| driver.reports().map(|report| report.steps).sum::<u64>();
        let once = cost(&driver);
        assert!(driver.again(CodeIndex(1_000), Form::Temporaries, &mut tree).is_some());
        let again = cost(&driver);
        assert!(again > once, "trying a form counts");
        assert!(again as f64 <= 1.1 * once as f64, "Python {version}: {once} steps, then {again}");
    }
}
