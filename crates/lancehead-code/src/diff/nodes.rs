//! The instructions of a code object as nodes of a graph, in a form that leaves out how they are encoded.

use std::collections::hash_map::Entry;

use lancehead_isa::{Flow, Opcode};
use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, Version};
use rustc_hash::FxHashMap;

use crate::program::{Code, Instr, Item, Label, Operand, ReadCodeError, Variable};
use crate::repr;
use crate::stack::{find, innermost};

/// What an instruction does, and where control goes then.
pub(super) struct Node {
    /// The same for two instructions that do the same.
    pub text: String,
    /// The line of the source.
    pub line: Option<u32>,
    /// Where control goes, by node: for a test first where it is true.
    pub next: Vec<usize>,
    /// Whether it only goes on, so that it does not count.
    pub skipped: bool,
    /// What catches its exceptions: node, depth, and whether `lasti` is pushed.
    pub handler: Option<(usize, u32, bool)>,
}

/// A code object as a graph. The entry is node 0; the last node stands for the end of the bytecode.
pub(super) struct Nodes<'a> {
    pub nodes: Vec<Node>,
    /// By node: where control ends up, past jumps and no-ops.
    resolved: Vec<usize>,
    /// Code objects among the constants, in the order of their use: by name and number.
    pub nested: Vec<(String, &'a CodeObject)>,
}

impl<'a> Nodes<'a> {
    pub fn of(object: &'a CodeObject) -> Result<Nodes<'a>, ReadCodeError> {
        let code = Code::of(object)?;
        let names = Nested::of(object, &code);
        let mut reader = Reader { names: &names, nodes: Vec::new(), targets: Vec::new() };
        let mut places = FxHashMap::default();
        for item in &code.items {
            match item {
                Item::Label(label) => {
                    places.insert(*label, reader.nodes.len());
                }
                Item::Instruction(instruction) => reader.instruction(instruction),
                Item::Line(_) => {}
            }
        }
        reader.push("the end of the bytecode".to_owned(), None, Next::Nothing, true);
        let Reader { mut nodes, targets, .. } = reader;
        let place = |label: Label| places.get(&label).copied().unwrap_or(0);
        for (at, label, first) in targets {
            let next = &mut nodes[at].next;
            next.insert(if first { 0 } else { next.len() }, place(label));
        }
        // Those that begin last hold.
        let mut regions = code.regions.clone();
        regions.sort_by_key(|region| place(region.start));
        let ranges: Vec<_> = regions.iter().map(|region| place(region.start)..place(region.end)).collect();
        let count = nodes.len();
        for (node, region) in nodes.iter_mut().zip(innermost(&ranges, count)) {
            let handler = region.map(|index| regions[index]);
            node.handler = handler.map(|region| (place(region.handler), region.depth, region.lasti));
        }
        for node in &mut nodes {
            node.handler = node.handler.filter(|_| !node.skipped && !is_quiet(&node.text));
        }
        let resolved = resolved(&nodes);
        Ok(Nodes { nodes, resolved, nested: names.in_order })
    }

    /// What counts, in the order of the bytecode.
    pub fn texts(&self) -> Vec<&str> {
        self.nodes.iter().filter(|node| !node.skipped).map(|node| node.text.as_str()).collect()
    }

    /// The node that counts where control gets to at `at`: behind jumps and no-ops.
    pub fn resolve(&self, at: usize) -> usize {
        self.resolved.get(at).copied().unwrap_or(at)
    }
}

/// By node: the one behind jumps and no-ops. A jump that leads to itself stands for itself.
fn resolved(nodes: &[Node]) -> Vec<usize> {
    let mut towards: Vec<usize> = (0..nodes.len()).collect();
    for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.skipped) {
        if let [next] = node.next[..]
            && next < nodes.len()
            && find(&mut towards, next) != at
        {
            towards[at] = next;
        }
    }
    (0..nodes.len()).map(|at| find(&mut towards, at)).collect()
}

/// Whether what this node does never raises.
fn is_quiet(text: &str) -> bool {
    let name = text.split(' ').next().unwrap_or(text);
    Opcode::from_name(name).is_some_and(|opcode| !opcode.may_raise(Version::LATEST)) || name == "if"
}

/// Code objects among constants, with names for them that do not depend on the order of constants.
struct Nested<'a> {
    keys: FxHashMap<*const Object, String>,
    in_order: Vec<(String, &'a CodeObject)>,
}

impl<'a> Nested<'a> {
    fn of(object: &'a CodeObject, code: &Code) -> Nested<'a> {
        let mut nested = Nested { keys: FxHashMap::default(), in_order: Vec::new() };
        let mut counts: FxHashMap<&PyStr, usize> = FxHashMap::default();
        let owned: FxHashMap<*const Object, &'a CodeObject> =
            object.consts.iter().filter_map(|constant| Some((address(constant), inner(constant)?))).collect();
        for instruction in code.instructions() {
            let Operand::Const(constant) = &instruction.operand else { continue };
            let address = address(&constant.0);
            let Some(&inner) = owned.get(&address) else { continue };
            if let Entry::Vacant(vacant) = nested.keys.entry(address) {
                let count = counts.entry(&inner.name).or_default();
                *count += 1;
                let key = format!("code {} {count}", inner.name.to_string_lossy());
                nested.in_order.push((vacant.insert(key).clone(), inner));
            }
        }
        nested
    }

    fn text(&self, constant: &ObjectRef) -> String {
        match self.keys.get(&address(constant)) {
            Some(key) => key.clone(),
            None => constant_text(constant),
        }
    }
}

fn address(object: &ObjectRef) -> *const Object {
    std::sync::Arc::as_ptr(object)
}

fn inner(object: &ObjectRef) -> Option<&CodeObject> {
    match &**object {
        Object::Code(code) => Some(code),
        _ => None,
    }
}

/// A constant, the order of sets left out: it differs from run to run of the compiler.
fn constant_text(object: &Object) -> String {
    let all = |items: &[ObjectRef]| items.iter().map(|item| constant_text(item)).collect::<Vec<_>>();
    match object {
        Object::Tuple(items) => format!("({})", all(items).join(", ")),
        Object::FrozenSet(items) => {
            let mut items = all(items);
            items.sort();
            format!("frozenset({})", items.join(", "))
        }
        other => repr(other),
    }
}

/// Where control goes after a node, labels aside.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Following,
    Nothing,
}

struct Reader<'a, 'b> {
    names: &'b Nested<'a>,
    nodes: Vec<Node>,
    /// By node: a label among its successors, and whether that comes first.
    targets: Vec<(usize, Label, bool)>,
}

impl Reader<'_, '_> {
    fn push(&mut self, text: String, line: Option<u32>, next: Next, skipped: bool) {
        let following = self.nodes.len() + 1;
        let next = if next == Next::Following { vec![following] } else { Vec::new() };
        self.nodes.push(Node { text, line, next, skipped, handler: None });
    }

    fn instruction(&mut self, instruction: &Instr) {
        let Instr { opcode, ref operand, position, .. } = *instruction;
        let line = position.line;
        let plain = |name: &str, operand: String| match operand.is_empty() {
            true => name.to_owned(),
            false => format!("{name} {operand}"),
        };
        if let Some(halves) = halves(opcode) {
            let Operand::Variables(first, second) = operand else { return };
            for (name, variable) in halves.iter().zip([first, second]) {
                self.push(plain(name, variable_text(variable)), line, Next::Following, false);
            }
            return;
        }
        match (opcode, operand) {
            (Opcode::NOP | Opcode::NOT_TAKEN | Opcode::PRECALL, _) => {
                self.push(String::new(), line, Next::Following, true);
            }
            (Opcode::RETURN_CONST, Operand::Const(constant)) => {
                self.push(plain("LOAD_CONST", self.names.text(&constant.0)), line, Next::Following, false);
                self.push("RETURN_VALUE".to_owned(), line, Next::Nothing, false);
            }
            (Opcode::LOAD_SMALL_INT, Operand::Int(number)) => {
                self.push(plain("LOAD_CONST", number.to_string()), line, Next::Following, false);
            }
            (_, Operand::Label(label)) => self.jump(opcode, *label, line),
            _ => {
                let flow = opcode.flow();
                let next = if flow.falls_through() || flow == Flow::CallFinally {
                    Next::Following
                } else {
                    Next::Nothing
                };
                let text = plain(same_as(opcode).name(), self.operand(operand));
                self.push(text, line, next, false);
            }
        }
    }

    fn jump(&mut self, opcode: Opcode, label: Label, line: Option<u32>) {
        let at = self.nodes.len();
        let flow = opcode.flow();
        let (text, jump_first) = match condition(opcode) {
            Some((text, when)) => (text.to_owned(), when),
            None => (opcode.name().to_owned(), false),
        };
        let skipped = flow == Flow::Jump && opcode != Opcode::CONTINUE_LOOP;
        let falls = flow.falls_through() || flow == Flow::CallFinally || flow == Flow::Next;
        let next = if falls { Next::Following } else { Next::Nothing };
        self.push(text, line, next, skipped);
        // END_ASYNC_FOR names where its loop began, which nothing goes to.
        if flow != Flow::Next {
            self.targets.push((at, label, jump_first));
        }
    }

    fn operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::None | Operand::Label(_) => String::new(),
            Operand::Int(number) => number.to_string(),
            Operand::Const(constant) => self.names.text(&constant.0),
            Operand::Name(name) => name.to_string_lossy().into_owned(),
            Operand::Global { name, push_null } => with(name, &[(*push_null, "NULL")]),
            Operand::Attribute { name, method } => with(name, &[(*method, "self")]),
            Operand::SuperAttribute { name, method, two_arguments } => {
                with(name, &[(*method, "self"), (*two_arguments, "two")])
            }
            Operand::Import { name, mode } => with(name, &mode.flags()),
            Operand::Variable(variable) => variable_text(variable),
            Operand::Variables(first, second) => {
                format!("{}, {}", variable_text(first), variable_text(second))
            }
            Operand::Compare { op, to_bool } => with(&op.text().into(), &[(*to_bool, "bool")]),
            Operand::Binary(op) => op.text().to_owned(),
            Operand::Intrinsic1(function) => function.text().to_owned(),
            Operand::Intrinsic2(function) => function.text().to_owned(),
            Operand::Special(method) => method.text().to_owned(),
        }
    }
}

fn with(name: &PyStr, flags: &[(bool, &str)]) -> String {
    let set = flags.iter().filter(|(set, _)| *set).map(|(_, flag)| format!(" + {flag}"));
    name.to_string_lossy().into_owned() + &set.collect::<String>()
}

fn variable_text(variable: &Variable) -> String {
    variable.name().to_string_lossy().into_owned()
}

/// The two instructions that one stands for.
fn halves(opcode: Opcode) -> Option<[&'static str; 2]> {
    Some(match opcode {
        Opcode::LOAD_FAST_LOAD_FAST | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => ["LOAD_FAST", "LOAD_FAST"],
        Opcode::STORE_FAST_LOAD_FAST => ["STORE_FAST", "LOAD_FAST"],
        Opcode::STORE_FAST_STORE_FAST => ["STORE_FAST", "STORE_FAST"],
        _ => return None,
    })
}

/// The opcode that does the same, of several.
fn same_as(opcode: Opcode) -> Opcode {
    match opcode {
        Opcode::LOAD_FAST_CHECK | Opcode::LOAD_FAST_BORROW => Opcode::LOAD_FAST,
        other => other,
    }
}

/// What a conditional jump tests, and whether it jumps when that is true.
fn condition(opcode: Opcode) -> Option<(&'static str, bool)> {
    use Opcode::*;
    Some(match opcode {
        POP_JUMP_IF_TRUE | POP_JUMP_FORWARD_IF_TRUE | POP_JUMP_BACKWARD_IF_TRUE => ("if true", true),
        POP_JUMP_IF_FALSE | POP_JUMP_FORWARD_IF_FALSE | POP_JUMP_BACKWARD_IF_FALSE => ("if true", false),
        POP_JUMP_IF_NONE | POP_JUMP_FORWARD_IF_NONE | POP_JUMP_BACKWARD_IF_NONE => ("if None", true),
        POP_JUMP_IF_NOT_NONE | POP_JUMP_FORWARD_IF_NOT_NONE | POP_JUMP_BACKWARD_IF_NOT_NONE => {
            ("if None", false)
        }
        _ => return None,
    })
}
