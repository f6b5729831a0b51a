//! Code that no compiler made: control flow at random, with values on the stack across branches, loops with several
//! entries, and handlers in between. What is said to be proven must behave alike in real interpreters, and most of it must
//! be proven.
//!
//! `LANCEHEAD_FUNCTIONS` says how many functions are tried for each interpreter.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod support;

#[path = "../../lancehead-check/tests/support/mutate.rs"]
mod mutate;

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use lancehead::{DecompileOptions, Fate, decompile_code, isolate};
use lancehead_ast::{PrintOptions, parse_module, print_module};
use lancehead_check::{CodeVerdict, check_function};
use lancehead_code::program::{BinaryOp, Builder, CompareOp, Label, Operand};
use lancehead_isa::Opcode;
use lancehead_pyc::{CodeObject, Object, ObjectRef, Version, write_marshal};
use support::interpreters;

/// A small generator of numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as u32 % sides.max(1)
    }

    fn local(&mut self) -> &'static str {
        ["a", "b", "c"][self.roll(3) as usize]
    }
}

/// How high the stack may grow.
const HIGHEST: u32 = 6;

/// Writes a function whose blocks lead to each other at random. It ends, because it counts its blocks.
struct Writer {
    build: Builder,
    dice: Dice,
    /// The blocks, and how many values each finds on the stack.
    blocks: Vec<(Label, u32)>,
    depth: u32,
}

impl Writer {
    fn function(version: Version, seed: u64) -> Option<CodeObject> {
        let mut dice = Dice(seed);
        let mut build = Builder::function(version, "tangled", &["a", "b"]);
        for (name, value) in [("c", 1), ("fuel", 12)] {
            build.constant(Object::Int(value));
            build.store_local(name);
        }
        let count = 2 + dice.roll(6);
        let blocks = (0..count).map(|n| (build.label(), if n == 0 { 0 } else { dice.roll(4) })).collect();
        let mut writer = Writer { build, dice, blocks, depth: 0 };
        for number in 0..count as usize {
            writer.block(number);
        }
        writer.build.finish().ok()
    }

    fn block(&mut self, number: usize) {
        let (label, depth) = self.blocks[number];
        self.build.place(label);
        self.depth = depth;
        self.count_down();
        for _ in 0..self.dice.roll(6) {
            self.step();
        }
        self.leave();
    }

    /// Returns when so many blocks have been run.
    fn count_down(&mut self) {
        let on = self.build.label();
        self.build.load_local("fuel");
        self.build.constant(Object::Int(1));
        self.build.binary(BinaryOp::Subtract);
        self.build.store_local("fuel");
        self.compare("fuel", 0);
        self.build.jump_if(false, on);
        self.give_back(self.depth);
        self.build.place(on);
    }

    fn compare(&mut self, local: &str, with: i64) {
        self.build.load_local(local);
        self.build.constant(Object::Int(with));
        self.build.compare(CompareOp::Lt);
    }

    fn give_back(&mut self, depth: u32) {
        (0..depth).for_each(|_| self.build.pop());
        let local = self.dice.local();
        self.build.load_local(local);
        self.build.return_value();
    }

    fn push(&mut self) {
        match self.dice.roll(3) {
            0 => {
                let value = i64::from(self.dice.roll(5));
                self.build.constant(Object::Int(value));
            }
            _ => {
                let local = self.dice.local();
                self.build.load_local(local);
            }
        }
        self.depth += 1;
    }

    fn step(&mut self) {
        let enough = self.depth < HIGHEST;
        match self.dice.roll(11) {
            0 | 1 if enough => self.push(),
            2 if enough => self.call("note"),
            3 if self.depth >= 2 => {
                self.build.binary(if self.dice.roll(2) == 0 { BinaryOp::Add } else { BinaryOp::Subtract });
                self.depth -= 1;
            }
            4 if self.depth >= 1 => {
                self.build.store_local(["a", "b", "c"][self.dice.roll(3) as usize]);
                self.depth -= 1;
            }
            5 if self.depth >= 1 => {
                self.build.pop();
                self.depth -= 1;
            }
            6 if self.depth >= 1 && enough => self.copy(),
            7 if self.depth >= 2 => self.exchange(),
            8 => self.protected(),
            9 => self.each(),
            _ => {}
        }
    }

    fn call(&mut self, name: &str) {
        self.build.global_to_call(name);
        let local = self.dice.local();
        self.build.load_local(local);
        self.build.call(1);
        self.depth += 1;
    }

    fn is_old(&self) -> bool {
        self.build.version() <= Version::Py310
    }

    fn copy(&mut self) {
        match self.is_old() {
            true => self.build.op(Opcode::DUP_TOP, Operand::None),
            false => {
                let index = 1 + self.dice.roll(self.depth);
                self.build.op(Opcode::COPY, Operand::Int(index));
            }
        }
        self.depth += 1;
    }

    fn exchange(&mut self) {
        match self.is_old() {
            true if self.depth >= 3 && self.dice.roll(2) == 0 => {
                self.build.op(Opcode::ROT_THREE, Operand::None);
            }
            true => self.build.op(Opcode::ROT_TWO, Operand::None),
            false => {
                let index = 2 + self.dice.roll(self.depth - 1);
                self.build.op(Opcode::SWAP, Operand::Int(index));
            }
        }
    }

    /// What may raise, and goes on either way, with values on the stack below.
    fn protected(&mut self) {
        let (local, target) = (self.dice.local(), self.dice.local());
        self.build.try_except(
            self.depth,
            |build| {
                build.global_to_call("maybe");
                build.load_local(local);
                build.call(1);
                build.pop();
            },
            |build| {
                build.constant(Object::Int(4));
                build.store_local(target);
            },
        );
    }

    fn each(&mut self) {
        let target = self.dice.local();
        let items = (1..=2).map(|n| ObjectRef::new(Object::Int(n))).collect();
        self.build.constant(Object::Tuple(items));
        self.build.for_each(|build| build.store_local(target));
    }

    /// Goes on to other blocks, or returns.
    fn leave(&mut self) {
        let next = self.dice.roll(self.blocks.len() as u32) as usize;
        let (label, depth) = self.blocks[next];
        match self.dice.roll(8) {
            0 => {
                let depth = self.depth;
                self.give_back(depth);
            }
            1 | 2 => {
                self.reach(depth);
                self.build.jump(label);
            }
            _ => {
                let alike: Vec<Label> =
                    self.blocks.iter().filter(|(_, other)| *other == depth).map(|block| block.0).collect();
                let other = alike[self.dice.roll(alike.len() as u32) as usize];
                self.reach(depth);
                let (local, with) = (self.dice.local(), i64::from(self.dice.roll(4)));
                self.compare(local, with);
                self.build.jump_if(self.dice.roll(2) == 0, label);
                self.build.jump(other);
            }
        }
    }

    fn reach(&mut self, depth: u32) {
        while self.depth > depth {
            self.build.pop();
            self.depth -= 1;
        }
        while self.depth < depth {
            self.push();
        }
    }
}

/// The numbers of the functions that behave otherwise than their source.
fn different(python: &std::path::Path, version: Version, functions: &[(CodeObject, String)]) -> Vec<String> {
    let mut data = Vec::new();
    for (code, source) in functions {
        let object: ObjectRef = Object::Code(Box::new(code.clone())).into();
        let code = write_marshal(&object, version).expect("code can be written");
        for part in [&code[..], source.as_bytes()] {
            data.extend_from_slice(&(part.len() as u32).to_le_bytes());
            data.extend_from_slice(part);
        }
    }
    // Tests of one process run at once.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("lancehead-tangled-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, data).expect("a temporary file");
    let script = support::root().join("crates/lancehead/tests/support/same.py");
    let output = Command::new(python).arg(script).arg(&path).output().expect("python runs");
    std::fs::remove_file(&path).expect("the temporary file is there");
    assert!(output.status.success(), "{version}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn what_is_proven_of_tangled_code_is_true() {
    let wanted = std::env::var("LANCEHEAD_FUNCTIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    for (version, python) in interpreters::found() {
        let (mut proven, mut all) = (Vec::new(), 0);
        for number in 1..=wanted {
            let seed = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(number);
            let Some(code) = Writer::function(version, seed) else { continue };
            all += 1;
            let done = isolate::on_big_stack(|| decompile_code(&code, &DecompileOptions::default()));
            let done = done.expect("no panic");
            let fates: Vec<&Fate> = done.functions.iter().map(|function| &function.fate).collect();
            if let [Fate::Proven | Fate::Emulated] = fates[..] {
                proven.push((code, done.source));
            } else if std::env::var("SHOW").is_ok() {
                println!("{version} {number}: {fates:?}\n{}", done.source);
            }
        }
        println!("{version}: {} of {all} proven", proven.len());
        let wrong = different(&python, version, &proven);
        for number in wrong.iter().take(3) {
            println!("--- {version}\n{}", proven[number.parse::<usize>().expect("a number")].1);
        }
        assert!(wrong.is_empty(), "{version}: {} of {} are wrong", wrong.len(), proven.len());
        assert!(proven.len() * 100 >= all * 99, "{version}: only {} of {all} are proven", proven.len());
        assert!(all as u64 * 9 >= wanted * 8, "{version}: only {all} functions could be built");
    }
}

/// What is changed and still accepted must not show.
#[test]
fn changes_of_meaning_are_refused() {
    let functions = std::env::var("LANCEHEAD_FUNCTIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    for (version, python) in interpreters::found() {
        let (mut accepted, mut refused) = (Vec::new(), 0);
        for number in 1..=functions {
            let seed = 0x2545_F491_4F6C_DD1D_u64.wrapping_mul(number);
            let Some(code) = Writer::function(version, seed) else { continue };
            let done = isolate::on_big_stack(|| decompile_code(&code, &DecompileOptions::default()));
            let source = done.expect("no panic").source;
            let module = parse_module(&source, version).expect("what is printed can be parsed");
            for change in 0.. {
                let mut changed = module.clone();
                if mutate::mutate(&mut changed, change).is_none() {
                    break;
                }
                let text = print_module(&changed, &PrintOptions::new(version)).source;
                let Ok(read) = parse_module(&text, version) else { continue };
                match check_function(&code, read).iter().all(CodeVerdict::does_the_same) {
                    true => accepted.push((code.clone(), text)),
                    false => refused += 1,
                }
            }
        }
        println!("{version}: {refused} changes refused, {} accepted", accepted.len());
        let wrong = different(&python, version, &accepted);
        for number in wrong.iter().take(3) {
            println!("--- {version}\n{}", accepted[number.parse::<usize>().expect("a number")].1);
        }
        assert!(wrong.is_empty(), "{version}: {} of {} show", wrong.len(), accepted.len());
        assert!(refused > 20 * functions, "{version}: only {refused} changes were refused");
    }
}
