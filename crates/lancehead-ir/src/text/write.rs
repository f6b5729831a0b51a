//! Writes a graph.

use super::op::write_op;
use crate::graph::Place;
use crate::{BlockId, Graph, Region, RegionId, RegionKind, Scope, ScopeId, Terminator};

impl Graph {
    /// Writes the graph line by line, each with what it is about. A graph whose ids are wrong can be written too.
    pub(crate) fn write_lines(&self, line: &mut dyn FnMut(Place, &str)) {
        line(Place::Graph, &format!("entry {:?}", self.entry));
        for (id, region) in self.regions.iter().enumerate() {
            let id = RegionId(id as u32);
            line(Place::Region(id), &format!("{id:?}: {}", self.region_text(region)));
        }
        for marker in &self.line_markers {
            let begins_try = if marker.begins_try { " try" } else { "" };
            let (offset, next, at) = (marker.offset, marker.next, marker.line);
            line(Place::Graph, &format!("idle {offset} next {next} line {at}{begins_try}"));
        }
        for jump in &self.elided_jumps {
            line(Place::Graph, &format!("stop {:?} to {:?} line {}", jump.from, jump.to, jump.line));
        }
        if !self.falls_to_jump.is_empty() {
            let blocks: Vec<String> = self.falls_to_jump.iter().map(|block| format!("{block:?}")).collect();
            line(Place::Graph, &format!("falls_to_jump {}", blocks.join(" ")));
        }
        for (id, block) in self.blocks.iter().enumerate() {
            let id = BlockId(id as u32);
            line(Place::Graph, "");
            let scope = self.scope_text(block.scope);
            line(Place::Block(id), &format!("{id:?}: offset {} {scope}", block.offset));
            for (at, inst) in block.insts.iter().enumerate() {
                let mut text = format!("    {:4} {:4}  ", inst.line, inst.offset);
                write_op(&inst.op, &mut text);
                line(Place::Inst(id, at), &text);
            }
            let (offset, at) = block.end;
            line(Place::Terminator(id), &format!("    {at:4} {offset:4}  {}", terminator(&block.terminator)));
        }
    }

    fn region_text(&self, region: &Region) -> String {
        let kind = match region.kind {
            RegionKind::Try => "try",
            RegionKind::With => "with",
        };
        let mut text = format!("{kind} handler {:?} in {}", region.handler, self.scope_text(region.parent));
        if let Some(depth) = region.depth {
            text += &format!(" depth {depth}");
        }
        if region.line > 0 {
            text += &format!(" line {}", region.line);
        }
        if let Some(after) = region.after {
            text += &format!(" after {after:?}");
        }
        if let Some(end) = region.clauses_end {
            text += &format!(" clauses_end {end:?}");
        }
        text
    }

    fn scope_text(&self, scope: ScopeId) -> String {
        match self.scopes.get(scope.index()) {
            Some(Scope::Root) => "root".to_owned(),
            Some(Scope::Body(region)) => format!("body {region:?}"),
            Some(Scope::Handler(region)) => format!("handler {region:?}"),
            None => format!("{scope:?}"),
        }
    }
}

fn terminator(terminator: &Terminator) -> String {
    let flag = |is_set: bool, name: &str| if is_set { format!(" {name}") } else { String::new() };
    match terminator {
        Terminator::Jump(to) => format!("jump {to:?}"),
        Terminator::Branch { if_true, if_false, jump_if, none_test } => {
            let flags = flag(*jump_if, "jump_if") + &flag(*none_test, "none_test");
            format!("branch if_true {if_true:?} if_false {if_false:?}{flags}")
        }
        Terminator::ForIter { body, exhausted, is_async } => {
            format!("for_iter body {body:?} exhausted {exhausted:?}{}", flag(*is_async, "async"))
        }
        Terminator::Loop { body, after, is_for } => {
            format!("loop body {body:?} after {after:?}{}", flag(*is_for, "for"))
        }
        Terminator::Return => "return".to_owned(),
        Terminator::Raise(count) => format!("raise {count}"),
        Terminator::Reraise => "reraise".to_owned(),
    }
}
