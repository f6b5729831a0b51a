//! Random edits of real code end in an error of the assembler or verifier, or in code that an interpreter runs without
//! crashing.
//!
//! `LANCEHEAD_EDITS` says how many edits are tried for each interpreter.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::process::Command;

use lancehead_code::Listing;
use lancehead_code::program::{Code, Instr, Item, Operand};
use lancehead_code::verify::verify;
use lancehead_isa::{Opcode, OperandKind};
use lancehead_pyc::{CodeObject, Object, ObjectRef, Version, write_marshal};

/// A small generator of numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.roll(items.len())) }
    }
}

#[test]
fn edited_code_never_crashes() {
    let number =
        |name: &str, default| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let wanted = number("LANCEHEAD_EDITS", 300);
    for (version, python) in support::interpreters::found() {
        let mut codes = support::some_code(version, &python, 200);
        codes.retain(|code| code.code.len() < 1500);
        let mut dice = Dice(number("LANCEHEAD_SEED", 0x9E37_79B9_7F4A_7C15));
        let mut accepted = Vec::new();
        for _ in 0..wanted {
            let code = dice.pick(&codes).unwrap();
            if let Some(edited) = edit(code, &mut dice).filter(|edited| verify(edited).is_ok()) {
                accepted.push((code, edited));
            }
        }
        println!("{version}: {wanted} edited, {} accepted", accepted.len());
        let crashed = run(version, &python, &accepted);
        for &index in crashed.iter().take(5) {
            let (before, after) = &accepted[index];
            println!("--- {version} crashes: {} line {}", after.qualname, after.firstlineno);
            println!("{}", difference(&lines(before), &lines(after)));
        }
        assert!(crashed.is_empty(), "{version}: {} of {} crash", crashed.len(), accepted.len());
    }
}

/// What instructions and handlers there are.
fn lines(code: &CodeObject) -> Vec<String> {
    let listing = Listing::of(code).unwrap();
    let rows = listing.rows.iter().map(|row| format!("{} {:?} {}", row.opname, row.arg, row.argrepr));
    let handlers = listing.exceptions.iter().map(|entry| format!("{entry:?}"));
    rows.chain(handlers).collect()
}

/// What two lists do not have in common at start and end, with some context.
fn difference(before: &[String], after: &[String]) -> String {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count().saturating_sub(3);
    let same_end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let cut = |list: &[String]| {
        let end = (list.len() + 3).saturating_sub(same_end).clamp(start, list.len());
        list[start..end].join("\n  ")
    };
    format!("before\n  {}\nafter\n  {}", cut(before), cut(after))
}

fn run(version: Version, python: &std::path::Path, codes: &[(&CodeObject, CodeObject)]) -> Vec<usize> {
    let mut data = Vec::new();
    for (_, code) in codes {
        let object: ObjectRef = Object::Code(Box::new(code.clone())).into();
        let blob = write_marshal(&object, version).unwrap();
        data.extend((blob.len() as u32).to_le_bytes());
        data.extend(blob);
    }
    let path = std::env::temp_dir().join(format!("lancehead-edits-{}-{version}", std::process::id()));
    std::fs::write(&path, data).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/run_code.py");
    let output =
        Command::new(python).args(["-S", "-X", "faulthandler=0", script]).arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&format!("ran {}", codes.len())), "{}", String::from_utf8_lossy(&output.stderr));
    let crashes = text.lines().filter_map(|line| line.strip_prefix("crash "));
    crashes.map(|rest| rest.split(' ').next().unwrap().parse().unwrap()).collect()
}

fn edit(code: &CodeObject, dice: &mut Dice) -> Option<CodeObject> {
    let mut edited = Code::of(code).ok()?;
    for _ in 0..=dice.roll(3) {
        edit_once(&mut edited, dice);
    }
    edited.assemble().ok().filter(|assembled| assembled.code != code.code || dice.roll(50) == 0)
}

fn edit_once(code: &mut Code, dice: &mut Dice) {
    let at = dice.roll(code.items.len());
    match dice.roll(7) {
        0 => {
            if matches!(code.items.get(at), Some(Item::Instruction(_))) {
                code.items.remove(at);
            }
        }
        1 => {
            if let Some(item @ Item::Instruction(_)) = dice.pick(&code.items).cloned() {
                code.items.insert(at, item);
            }
        }
        2 => {
            if let (Some(item @ Item::Instruction(_)), Some(Item::Instruction(_))) =
                (dice.pick(&code.items).cloned(), code.items.get(at))
            {
                code.items[at] = item;
            }
        }
        3 => retarget(code, at, dice),
        4 => {
            let count = code.regions.len();
            if let Some(region) = code.regions.get_mut(dice.roll(count)) {
                region.depth = (region.depth + 2 * dice.roll(2) as u32).saturating_sub(1);
            }
        }
        _ => {
            if let Some(instruction) = made_up(code, dice) {
                code.items.insert(at, Item::Instruction(instruction));
            }
        }
    }
}

/// Lets a jump lead to another place.
fn retarget(code: &mut Code, at: usize, dice: &mut Dice) {
    let label = code.new_label();
    let jumps: Vec<usize> = (0..code.items.len())
        .filter(|&index| matches!(&code.items[index], Item::Instruction(i) if matches!(i.operand, Operand::Label(_))))
        .collect();
    let Some(&jump) = dice.pick(&jumps) else { return };
    if let Item::Instruction(instruction) = &mut code.items[jump] {
        instruction.operand = Operand::Label(label);
    }
    code.items.insert(at, Item::Label(label));
}

/// Some instruction of the version, with an operand from the code.
fn made_up(code: &Code, dice: &mut Dice) -> Option<Instr> {
    let version = code.object.version;
    let &opcode = dice.pick(Opcode::ALL)?;
    opcode.number(version)?;
    let operand = match opcode.operand(version) {
        OperandKind::None => Operand::None,
        kind if kind.is_place() => Operand::Label(code.items.iter().find_map(|item| match item {
            Item::Label(label) => Some(*label),
            Item::Line(_) | Item::Instruction(_) => None,
        })?),
        kind => {
            // An operand of the same kind from elsewhere in the code, or some small number.
            let same: Vec<&Instr> =
                code.instructions().filter(|i| i.opcode.operand(version) == kind).collect();
            match dice.pick(&same) {
                Some(instruction) if dice.roll(3) > 0 => instruction.operand.clone(),
                _ => Operand::Int(dice.roll(6) as u32),
            }
        }
    };
    Some(Instr::new(opcode, operand))
}
