//! Conditional jumps backwards, which 3.12 and later lack: a jump on the opposite across a plain jump back.

use lancehead_isa::Opcode;
use rustc_hash::FxHashSet;

use super::jumps::towards;
use super::{Code, Hint, Instr, Item, Label, Operand};

/// Jumps on opposite conditions.
const OPPOSITES: &[(Opcode, Opcode)] = &[
    (Opcode::POP_JUMP_IF_FALSE, Opcode::POP_JUMP_IF_TRUE),
    (Opcode::POP_JUMP_IF_NONE, Opcode::POP_JUMP_IF_NOT_NONE),
];

fn opposite(opcode: Opcode) -> Option<Opcode> {
    OPPOSITES.iter().find_map(|&(one, other)| match opcode {
        _ if opcode == one => Some(other),
        _ if opcode == other => Some(one),
        _ => None,
    })
}

/// Code without conditional jumps that its version cannot make, and where its instructions came from.
pub(crate) struct Expanded {
    pub code: Code,
    /// By instruction: its number in the code before.
    pub origins: Vec<usize>,
}

impl Code {
    /// Replaces conditional jumps that lead back, where the version has none; nothing when there are none such.
    pub(crate) fn expanded(&self) -> Option<Expanded> {
        let version = self.object.version;
        let lacks =
            |opcode: Opcode| opcode.number(version).is_some() && towards(version, opcode, false).is_none();
        if !OPPOSITES.iter().any(|&(opcode, _)| lacks(opcode)) {
            return None;
        }
        let backwards = self.conditional_jumps_back();
        if backwards.is_empty() {
            return None;
        }
        let unused = self.items.iter().filter_map(|item| match item {
            Item::Label(label) => Some(label.0 + 1),
            _ => None,
        });
        let mut next_label = unused.max().unwrap_or(0).max(self.next_label);
        let mut code = Code { items: Vec::with_capacity(self.items.len()), ..self.clone() };
        let mut origins = Vec::new();
        for item in &self.items {
            let Item::Instruction(instruction) = item else {
                code.items.push(item.clone());
                continue;
            };
            let index = origins.last().map_or(0, |last| last + 1);
            origins.push(index);
            let Some(opposite) = opposite(instruction.opcode).filter(|_| backwards.contains(&index)) else {
                code.items.push(item.clone());
                continue;
            };
            let skip = Label(next_label);
            next_label += 1;
            let across = Instr {
                opcode: opposite,
                operand: Operand::Label(skip),
                hint: Hint::default(),
                ..instruction.clone()
            };
            let back = Instr { opcode: Opcode::JUMP_BACKWARD, hint: Hint::default(), ..instruction.clone() };
            origins.push(index);
            code.items.extend([Item::Instruction(across), Item::Instruction(back), Item::Label(skip)]);
        }
        code.next_label = next_label;
        Some(Expanded { code, origins })
    }

    /// The numbers of the conditional jumps whose label lies behind them.
    fn conditional_jumps_back(&self) -> FxHashSet<usize> {
        let mut placed: FxHashSet<Label> = FxHashSet::default();
        let mut found = FxHashSet::default();
        let mut index = 0;
        for item in &self.items {
            match item {
                Item::Label(label) => {
                    placed.insert(*label);
                }
                Item::Instruction(Instr { opcode, operand, .. }) => {
                    if let Operand::Label(label) = operand
                        && opposite(*opcode).is_some()
                        && placed.contains(label)
                    {
                        found.insert(index);
                    }
                    index += 1;
                }
                Item::Line(_) => {}
            }
        }
        found
    }
}
