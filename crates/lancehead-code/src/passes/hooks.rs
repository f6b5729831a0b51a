//! Calls of a hook at lines, branches and starts of functions.

use lancehead_isa::{Flow, Opcode, Position};
use lancehead_pyc::{CodeObject, Object, PyStr, Version};

use super::{PassError, for_tree};
use crate::cfg::EdgeKind;
use crate::flow::{BlockId, FlowBlock, FlowGraph};
use crate::program::{Builder, Constant, Instr, Operand};

/// Which calls to put in.
///
/// A call is `name(number)`: a global or built-in name, and the number of the [`Site`]. The hook may do what it likes but
/// touch the locals of the frame; what it returns is dropped, what it raises is raised at that place.
#[derive(Debug, Clone)]
pub struct Hooks {
    /// The hook.
    pub name: PyStr,
    /// Call it before each line: whenever control comes to a line from another one, or back to it. Where control comes to
    /// a block both from the same line and from others, it is called for all.
    pub lines: bool,
    /// Call it on both ways out of each conditional jump and loop.
    pub branches: bool,
    /// Call it at the start of each code object: module, class or function; of a generator when it first runs.
    pub starts: bool,
}

/// What [`add_hooks`] gives.
#[derive(Debug, Clone)]
pub struct Instrumented {
    /// The code, with calls.
    pub code: CodeObject,
    /// What the hook's argument means: an index into this.
    pub sites: Vec<Site>,
}

/// A place where the hook is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The code object, by the names of those around it: `<module>.Class.method`.
    pub path: String,
    /// The line of the code object, as `co_firstlineno` says.
    pub first_line: i32,
    /// The line of the source; of a branch, that of its test.
    pub line: Option<u32>,
    /// Why it is called.
    pub kind: SiteKind,
}

/// Why a hook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SiteKind {
    /// A code object starts.
    Start,
    /// A line begins.
    Line,
    /// A test was made, or a loop asked for its next item.
    Branch {
        /// Whether control jumps: a loop is over, a condition goes the way that its instruction names.
        jumps: bool,
    },
}

/// Puts calls of a hook into `code` and all code objects within it.
///
/// # Errors
/// When a code object is malformed; see [`PassError`].
pub fn add_hooks(code: &CodeObject, hooks: &Hooks) -> Result<Instrumented, PassError> {
    let mut sites = Vec::new();
    let code = for_tree(code, &mut |code, path| {
        let graph = FlowGraph::of(code);
        let mut work = Work { hooks, path, first_line: code.object.firstlineno, graph, sites: &mut sites };
        work.instrument();
        Ok(work.graph.to_code().assemble()?)
    })?;
    Ok(Instrumented { code, sites })
}

/// What must directly follow what stands before it, so that no call may be put in between.
///
/// The interpreter looks at, or skips, the instruction behind a `YIELD_VALUE` or at the end of a loop without executing
/// it, and a handler must first put its exception in its place.
const BOUND: &[Opcode] = &[
    Opcode::RESUME,
    Opcode::END_FOR,
    Opcode::END_SEND,
    Opcode::CLEANUP_THROW,
    Opcode::PUSH_EXC_INFO,
    Opcode::NOT_TAKEN,
    Opcode::GEN_START,
];
/// What must directly stand before what follows it.
const BINDING: &[Opcode] = &[Opcode::KW_NAMES, Opcode::PRECALL, Opcode::YIELD_VALUE];

/// The most instructions of a call.
const CALL_LENGTH: usize = 5;

struct Work<'a> {
    hooks: &'a Hooks,
    path: &'a str,
    first_line: i32,
    graph: FlowGraph,
    sites: &'a mut Vec<Site>,
}

impl Work<'_> {
    fn instrument(&mut self) {
        let start = self.start();
        // Calls at lines and starts are put in block by block, before branches add blocks.
        let lines = if self.hooks.lines { self.line_starts(start) } else { Vec::new() };
        let mut lines = lines.into_iter().peekable();
        let mut begun = false;
        for (at, &id) in self.graph.order.clone().iter().enumerate() {
            let mut places: Vec<(usize, SiteKind)> = Vec::new();
            while let Some((_, index)) = lines.next_if(|(block, _)| *block == id) {
                places.push((index, SiteKind::Line));
            }
            if self.hooks.starts && !begun && at == start.0 {
                begun = true;
                places.insert(0, (start.1, SiteKind::Start));
                places.sort_by_key(|&(index, kind)| (index, kind != SiteKind::Start));
            }
            self.insert(id, &places);
        }
        if self.hooks.branches {
            self.branches(start.0);
        }
    }

    /// Where the code proper starts, behind what makes cells and generators: a block, by its place, and an instruction.
    fn start(&self) -> (usize, usize) {
        let mut found = (0, 0);
        let mut made = false;
        for (at, &id) in self.graph.order.iter().enumerate() {
            for (index, instruction) in self.graph.block(id).instructions.iter().enumerate() {
                let behind = (at, index + 1);
                match instruction.opcode {
                    Opcode::RETURN_GENERATOR => (found, made) = (behind, true),
                    // What the first `send` brings is dropped.
                    Opcode::POP_TOP if made && found == (at, index) => found = behind,
                    Opcode::RESUME if !made => found = behind,
                    Opcode::RESUME if instruction.operand == Operand::Int(0) => return behind,
                    Opcode::GEN_START | Opcode::MAKE_CELL | Opcode::COPY_FREE_VARS
                        if found == (at, index) =>
                    {
                        found = behind;
                    }
                    _ if made => return found,
                    _ => {}
                }
            }
            // A generator is made in the first block or at the start of the second.
            if at > 0 || !self.makes_generator() {
                break;
            }
        }
        found
    }

    fn makes_generator(&self) -> bool {
        let mut all = self.graph.order.iter().flat_map(|&id| &self.graph.block(id).instructions);
        all.any(|instruction| instruction.opcode == Opcode::RETURN_GENERATOR)
    }

    /// Whether a call may stand before instruction `index`.
    fn is_free(&self, id: BlockId, index: usize) -> bool {
        let instructions = &self.graph.block(id).instructions;
        let Some(instruction) = instructions.get(index) else { return false };
        let before = index.checked_sub(1).and_then(|before| instructions.get(before));
        let ends_loop = self.graph.object.version.end_for_needs_pop_top()
            && instruction.opcode == Opcode::POP_TOP
            && before.is_some_and(|before| before.opcode == Opcode::END_FOR);
        !ends_loop
            && !BOUND.contains(&instruction.opcode)
            && !before.is_some_and(|before| BINDING.contains(&before.opcode))
    }

    /// The instructions before which a line begins: block and index.
    fn line_starts(&self, start: (usize, usize)) -> Vec<(BlockId, usize)> {
        let arrivals = self.arrivals();
        let mut starts = Vec::new();
        for (at, &id) in self.graph.order.iter().enumerate().skip(start.0) {
            let first = if at == start.0 { start.1 } else { 0 };
            let mut line = arrivals[id.0 as usize];
            let instructions = &self.graph.block(id).instructions;
            let mut index = 0;
            while index < instructions.len() {
                let here = instructions[index].position.line;
                if here.is_none() || here == line {
                    index += 1;
                    continue;
                }
                let same = instructions[index..].iter().take_while(|i| i.position.line == here).count();
                let free = (index.max(first)..index + same).find(|&index| self.is_free(id, index));
                starts.extend(free.map(|free| (id, free)));
                line = here;
                index += same;
            }
        }
        starts
    }

    /// By block: the one line from which control comes to it, going forwards; none if there are several.
    fn arrivals(&self) -> Vec<Option<u32>> {
        let count = self.graph.blocks.len();
        let mut place = vec![0; count];
        for (at, id) in self.graph.order.iter().enumerate() {
            place[id.0 as usize] = at;
        }
        let mut arrivals: Vec<Option<Option<u32>>> = vec![None; count];
        arrivals[self.graph.entry().0 as usize] = Some(None);
        for edge in self.graph.edges() {
            let back = place[edge.to as usize] <= place[edge.from as usize];
            let last = self.graph.blocks[edge.from as usize].instructions.last();
            let line = last.and_then(|last| last.position.line);
            let line = line.filter(|_| edge.kind != EdgeKind::Exception && !back);
            let known = &mut arrivals[edge.to as usize];
            *known = match *known {
                None => Some(line),
                Some(known) if known == line => Some(known),
                Some(_) => Some(None),
            };
        }
        arrivals.into_iter().map(Option::flatten).collect()
    }

    /// Puts calls into a block, before its instructions of these numbers, which rise.
    fn insert(&mut self, id: BlockId, places: &[(usize, SiteKind)]) {
        let before = std::mem::take(&mut self.graph.blocks[id.0 as usize].instructions);
        let mut after = Vec::with_capacity(before.len() + CALL_LENGTH * places.len());
        let mut places = places.iter().peekable();
        for index in 0..=before.len() {
            while let Some(&(_, kind)) = places.next_if(|(place, _)| *place == index) {
                let near = before.get(index).or(before.last());
                let position = near.map(|near| near.position).unwrap_or_default();
                after.extend(self.call(kind, position));
            }
            after.extend(before.get(index).cloned());
        }
        self.graph.blocks[id.0 as usize].instructions = after;
    }

    /// A call for a new site.
    fn call(&mut self, kind: SiteKind, position: Position) -> Vec<Instr> {
        let number = self.sites.len() as i64;
        let line = match kind {
            SiteKind::Start => u32::try_from(self.first_line).ok(),
            _ => position.line,
        };
        let site = Site { path: self.path.to_owned(), first_line: self.first_line, line, kind };
        self.sites.push(site);
        call(self.graph.object.version, &self.hooks.name, number, position)
    }

    fn branches(&mut self, first: usize) {
        let before = std::mem::take(&mut self.graph.order);
        let mut order: Vec<BlockId> = Vec::with_capacity(2 * before.len());
        for (at, id) in before.into_iter().enumerate() {
            order.push(id);
            if at < first {
                continue;
            }
            let Some(last) = self.graph.block(id).instructions.last() else { continue };
            if last.opcode.flow() != Flow::Branch || last.opcode == Opcode::SEND {
                continue;
            }
            let (opcode, position) = (last.opcode, last.position);
            // What control falls into stands right behind, so that no jump is needed.
            order.extend(self.falling(id, position));
            match opcode {
                Opcode::FOR_ITER if !self.graph.object.version.for_iter_pops() => {
                    self.exhausted(id, position)
                }
                _ => self.jumping(id, position),
            }
        }
        // What is jumped to stands behind all others: jumps to there are forward.
        order.append(&mut self.graph.order);
        self.graph.order = order;
    }

    /// Calls where a conditional jump is not taken; gives a block that is to stand behind it.
    fn falling(&mut self, id: BlockId, position: Position) -> Option<BlockId> {
        let next = self.graph.block(id).next?;
        let kind = SiteKind::Branch { jumps: false };
        // NOT_TAKEN belongs to the jump before it.
        let first = self.graph.block(next).instructions.first();
        if first.is_some_and(|first| first.opcode == Opcode::NOT_TAKEN) {
            let call = self.call(kind, position);
            self.graph.blocks[next.0 as usize].instructions.splice(1..1, call);
            return None;
        }
        let new = self.on_edge(kind, next, position);
        self.graph.blocks[id.0 as usize].next = Some(new);
        self.graph.order.pop();
        Some(new)
    }

    /// Calls where a conditional jump is taken, in a block of their own behind all others: jumps to there are forward.
    fn jumping(&mut self, id: BlockId, position: Position) {
        let Some(target) = self.graph.block(id).target() else { return };
        let new = self.on_edge(SiteKind::Branch { jumps: true }, target, position);
        if let Some(last) = self.graph.blocks[id.0 as usize].instructions.last_mut() {
            last.operand = Operand::Label(new.label());
        }
    }

    /// Calls where a loop is over. Its end is tied to it since 3.12, and reached from nowhere else.
    fn exhausted(&mut self, id: BlockId, position: Position) {
        let Some(target) = self.graph.block(id).target() else { return };
        let instructions = &self.graph.block(target).instructions;
        let tied = instructions.iter().take_while(|i| i.opcode == Opcode::END_FOR).count();
        let tied = tied + usize::from(self.graph.object.version.end_for_needs_pop_top());
        if tied > instructions.len() {
            return;
        }
        let call = self.call(SiteKind::Branch { jumps: true }, position);
        self.graph.blocks[target.0 as usize].instructions.splice(tied..tied, call);
    }

    fn on_edge(&mut self, kind: SiteKind, next: BlockId, position: Position) -> BlockId {
        let instructions = self.call(kind, position);
        let handler = self.graph.block(next).handler;
        self.graph.add_block(FlowBlock { instructions, next: Some(next), handler })
    }
}

/// `name(number)`, its result dropped.
fn call(version: Version, name: &PyStr, number: i64, position: Position) -> Vec<Instr> {
    let mut build = Builder::fragment(version);
    build.global_name_to_call(name.clone());
    build.op(Opcode::LOAD_CONST, Operand::Const(Constant::from(Object::Int(number))));
    build.call(1);
    build.pop();
    build.into_instructions().into_iter().map(|instruction| instruction.at(position)).collect()
}
