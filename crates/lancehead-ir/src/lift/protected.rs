//! Regions and scopes: from `SETUP_*` blocks up to 3.10, from the exception table since 3.11.

use lancehead_isa::Opcode;
use rustc_hash::{FxHashMap, FxHashSet};

use super::LiftError;
use super::leaders::{Stream, cannot_raise};
use crate::{BlockId, Graph, Region, RegionId, RegionKind, Scope, ScopeId};

/// The regions and scopes of a graph under construction.
#[derive(Debug)]
pub struct Regions {
    pub regions: Vec<Region>,
    pub scopes: Vec<Scope>,
    bodies: Vec<(ScopeId, ScopeId)>,
    /// Since 3.11: the scope that being covered by the handler at an instruction means; `None` while it is sought.
    by_handler: FxHashMap<u32, Option<ScopeId>>,
    /// Since 3.11: where the handler of each region starts.
    starts: FxHashMap<RegionId, u32>,
    /// Since 3.11: the byte offsets of what `try` statements leave before their bodies.
    begins: FxHashSet<u32>,
    /// Since 3.11: for each clean-up handler, the handler it cleans up after.
    cleaned: FxHashMap<u32, u32>,
}

/// What a handler of the exception table is for.
enum HandlerKind {
    /// `PUSH_EXC_INFO`: written in the source.
    Source,
    /// `COPY 3; POP_EXCEPT; RERAISE 1`: leaves another handler when that one raises.
    CleanUp,
    /// Anything that the compiler adds and that says nothing about the source: the unbinding of `except … as name`,
    /// restoring the variables of an inlined comprehension, the end of `async for`, `CLEANUP_THROW`, the wrapper that
    /// turns StopIteration into RuntimeError.
    Implied,
}

impl Regions {
    pub fn new() -> Self {
        Regions {
            regions: Vec::new(),
            scopes: vec![Scope::Root],
            bodies: Vec::new(),
            by_handler: FxHashMap::default(),
            starts: FxHashMap::default(),
            begins: FxHashSet::default(),
            cleaned: FxHashMap::default(),
        }
    }

    /// Adds a region; the handler's block is set later.
    pub fn add(&mut self, parent: ScopeId, kind: RegionKind, depth: Option<u32>) -> RegionId {
        let id = RegionId(self.regions.len() as u32);
        let body = ScopeId(self.scopes.len() as u32);
        self.regions.push(Region {
            handler: BlockId(0),
            parent,
            kind,
            depth,
            line: 0,
            after: None,
            clauses_end: None,
        });
        self.scopes.extend([Scope::Body(id), Scope::Handler(id)]);
        self.bodies.push((body, ScopeId(body.0 + 1)));
        id
    }

    /// The scope of a region's body.
    pub fn body(&self, region: RegionId) -> ScopeId {
        self.bodies[region.index()].0
    }

    /// The scope of a region's handler.
    pub fn handler(&self, region: RegionId) -> ScopeId {
        self.bodies[region.index()].1
    }

    /// Finds which handler each clean-up handler belongs to. Call once, before [`Regions::scopes`].
    pub fn read_table(&mut self, stream: &Stream<'_>) -> Result<(), LiftError> {
        for at in 0..stream.instructions.len() as u32 {
            if stream.opcode(at) == Some(Opcode::PUSH_EXC_INFO)
                && let Some(clean_up) = stream.handler(at)?
            {
                self.cleaned.insert(clean_up, at);
            }
        }
        Ok(())
    }

    /// The scope of every instruction, by the exception table.
    ///
    /// The table may leave instructions out that cannot raise. Between two that are covered, they stand in the scope
    /// that both are in.
    pub fn scopes(&mut self, stream: &Stream<'_>) -> Result<Vec<ScopeId>, LiftError> {
        let count = stream.instructions.len();
        let mut scopes =
            (0..count as u32).map(|at| self.scope_at(stream, at)).collect::<Result<Vec<_>, _>>()?;
        let mut at = 1;
        while at < count {
            let start = at;
            at += 1;
            if !cannot_raise(stream.instructions[start].opcode) || ends_flow(stream, start - 1) {
                continue;
            }
            let continues = |at: usize| {
                at < count
                    && scopes[at] == scopes[start]
                    && cannot_raise(stream.instructions[at].opcode)
                    && !ends_flow(stream, at - 1)
            };
            while continues(at) {
                at += 1;
            }
            let after = match stream.jump(at as u32 - 1) {
                Ok(target) if ends_flow(stream, at - 1) => target as usize,
                _ => at,
            };
            if let Some(&after) = scopes.get(after).filter(|_| !returns(stream, at - 1)) {
                let around = self.common(scopes[start - 1], after);
                if self.is_within(around, scopes[start]) {
                    scopes[start..at].fill(around);
                }
            }
        }
        self.find_lines(stream, &scopes);
        Ok(scopes)
    }

    /// A `try` leaves a `NOP` before its body, so that a debugger can stop there.
    fn find_lines(&mut self, stream: &Stream<'_>, scopes: &[ScopeId]) {
        let mut found = vec![false; self.regions.len()];
        for (at, &scope) in scopes.iter().enumerate() {
            // Statements that begin together have left one each, the outermost first.
            let (mut scope, mut first) = (scope, at);
            while let Scope::Body(region) | Scope::Handler(region) = self.scopes[scope.index()] {
                if std::mem::replace(&mut found[region.index()], true) {
                    break;
                }
                let before = first.checked_sub(1).filter(|at| stream.opcode(*at as u32) == Some(Opcode::NOP));
                if let Some(before) = before {
                    self.regions[region.index()].line = stream.line(before as u32);
                    self.begins.insert(stream.instructions[before].offset);
                    first = before;
                }
                scope = self.regions[region.index()].parent;
            }
        }
    }

    /// Whether what does nothing at an offset is what a `try` leaves before its body.
    pub fn begins_try(&self, offset: u32) -> bool {
        self.begins.contains(&offset)
    }

    fn parent(&self, scope: ScopeId) -> ScopeId {
        match self.scopes[scope.index()] {
            Scope::Root => Graph::ROOT,
            Scope::Body(region) | Scope::Handler(region) => self.regions[region.index()].parent,
        }
    }

    fn is_within(&self, inner: ScopeId, outer: ScopeId) -> bool {
        let mut at = inner;
        while at != outer {
            if at == Graph::ROOT {
                return false;
            }
            at = self.parent(at);
        }
        true
    }

    /// The innermost scope that both are in.
    fn common(&self, a: ScopeId, b: ScopeId) -> ScopeId {
        let mut at = a;
        while !self.is_within(b, at) {
            at = self.parent(at);
        }
        at
    }

    /// The scope of an instruction, by its entry in the exception table.
    fn scope_at(&mut self, stream: &Stream<'_>, at: u32) -> Result<ScopeId, LiftError> {
        match stream.handler(at)? {
            None => Ok(Graph::ROOT),
            Some(handler) => {
                let entry = stream.covering[at as usize].unwrap_or(0);
                self.covered_by(stream, handler, stream.entries[entry as usize].depth)
            }
        }
    }

    /// The instruction at which the handler of a region starts.
    pub fn handler_of(&self, region: RegionId) -> Option<u32> {
        self.starts.get(&region).copied()
    }

    fn covered_by(&mut self, stream: &Stream<'_>, handler: u32, depth: u32) -> Result<ScopeId, LiftError> {
        match self.by_handler.get(&handler) {
            Some(Some(scope)) => return Ok(*scope),
            Some(None) => return Err(LiftError::CircularHandlers(stream.get(handler)?.offset)),
            None => {}
        }
        self.by_handler.insert(handler, None);
        let scope = match handler_kind(stream, handler) {
            HandlerKind::Source => {
                let outside = match stream.handler(handler)? {
                    Some(clean_up) if matches!(handler_kind(stream, clean_up), HandlerKind::CleanUp) => {
                        clean_up
                    }
                    _ => handler,
                };
                let parent = self.scope_at(stream, outside)?;
                let kind = match stream.opcode(handler + 1) {
                    Some(Opcode::WITH_EXCEPT_START) => RegionKind::With,
                    _ => RegionKind::Try,
                };
                let region = self.add(parent, kind, Some(depth));
                self.starts.insert(region, handler);
                self.body(region)
            }
            HandlerKind::CleanUp => match self.cleaned.get(&handler).copied() {
                Some(main) => {
                    let body = self.covered_by(stream, main, depth.saturating_sub(1))?;
                    match self.scopes[body.index()] {
                        Scope::Body(region) => self.handler(region),
                        _ => body,
                    }
                }
                None => self.scope_at(stream, handler)?,
            },
            HandlerKind::Implied => self.scope_at(stream, handler)?,
        };
        self.by_handler.insert(handler, Some(scope));
        Ok(scope)
    }
}

/// Whether control does not go on to the next instruction.
fn ends_flow(stream: &Stream<'_>, at: usize) -> bool {
    use Opcode::*;
    let opcode = stream.instructions[at].opcode;
    returns(stream, at)
        || matches!(
            opcode,
            JUMP_FORWARD | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT | RAISE_VARARGS | RERAISE
        )
}

fn returns(stream: &Stream<'_>, at: usize) -> bool {
    matches!(stream.instructions[at].opcode, Opcode::RETURN_VALUE | Opcode::RETURN_CONST)
}

fn handler_kind(stream: &Stream<'_>, at: u32) -> HandlerKind {
    let next = |n: u32| stream.opcode(at + n);
    match next(0) {
        Some(Opcode::PUSH_EXC_INFO) => HandlerKind::Source,
        Some(Opcode::COPY) if next(1) == Some(Opcode::POP_EXCEPT) && next(2) == Some(Opcode::RERAISE) => {
            HandlerKind::CleanUp
        }
        _ => HandlerKind::Implied,
    }
}
