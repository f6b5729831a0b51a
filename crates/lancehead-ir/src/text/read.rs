//! Reads a graph.

use super::TextError;
use super::literal::Words;
use super::op::read_op;
use crate::{
    Block, BlockId, ElidedJump, Graph, Inst, LineMarker, Region, RegionId, RegionKind, Scope, ScopeId,
    Terminator,
};

/// Reads what the `Display` of a graph wrote. Ids are taken as they stand: [`verify`](crate::verify::verify) says whether
/// the graph is well formed.
///
/// # Errors
/// The first line that is no part of a graph, or not at its place.
pub fn parse(text: &str) -> Result<Graph, TextError> {
    let mut reader = Reader::default();
    for (at, line) in text.lines().enumerate() {
        reader.line(line).map_err(|message| TextError { line: at + 1, message })?;
    }
    let end = |message: &str| TextError { line: text.lines().count(), message: message.to_owned() };
    if reader.open.is_some() {
        return Err(end("the last block does not end"));
    }
    let entry = reader.entry.ok_or_else(|| end("there is no entry"))?;
    let regions = 0..reader.regions.len() as u32;
    let owned = regions.flat_map(|region| [Scope::Body(RegionId(region)), Scope::Handler(RegionId(region))]);
    Ok(Graph {
        blocks: reader.blocks,
        entry,
        scopes: std::iter::once(Scope::Root).chain(owned).collect(),
        regions: reader.regions,
        line_markers: reader.line_markers,
        elided_jumps: reader.elided_jumps,
        falls_to_jump: reader.falls_to_jump,
    })
}

#[derive(Default)]
struct Reader {
    entry: Option<BlockId>,
    regions: Vec<Region>,
    line_markers: Vec<LineMarker>,
    elided_jumps: Vec<ElidedJump>,
    falls_to_jump: Vec<BlockId>,
    blocks: Vec<Block>,
    /// The block whose terminator is awaited.
    open: Option<Block>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let mut words = Words::new(line);
        let first = words.next();
        match first {
            "" => return Ok(()),
            "entry" => self.entry = Some(block(&mut words)?),
            "idle" => {
                let offset = words.number("")?;
                let next = labelled(&mut words, "next", "")?;
                let line = labelled(&mut words, "line", "")?;
                let begins_try = words.take("try");
                self.line_markers.push(LineMarker { offset, next, line, begins_try });
            }
            "stop" => {
                let from = block(&mut words)?;
                let to = BlockId(labelled(&mut words, "to", "b")?);
                let line = labelled(&mut words, "line", "")?;
                self.elided_jumps.push(ElidedJump { from, to, line });
            }
            "falls_to_jump" => {
                while words.end().is_err() {
                    self.falls_to_jump.push(block(&mut words)?);
                }
            }
            _ if words.take(":") => self.head(first, &mut words)?,
            line => self.part(line, &mut words)?,
        }
        words.end()
    }

    /// The first line of a region or a block.
    fn head(&mut self, name: &str, words: &mut Words<'_>) -> Result<(), String> {
        if self.open.is_some() {
            return Err("the block before does not end".to_owned());
        }
        if name.starts_with('r') {
            expect("region", 'r', self.regions.len(), name)?;
            let region = region(words)?;
            self.regions.push(region);
            return Ok(());
        }
        expect("block", 'b', self.blocks.len(), name)?;
        let offset = labelled(words, "offset", "")?;
        let scope = scope(words)?;
        let (insts, terminator) = (Vec::new(), Terminator::Return);
        self.open = Some(Block { insts, terminator, offset, end: (0, 0), scope });
        Ok(())
    }

    /// An operation or the terminator of a block.
    fn part(&mut self, line: &str, words: &mut Words<'_>) -> Result<(), String> {
        let number = line.parse().map_err(|_| format!("there is no `{line}` in a graph"))?;
        let offset = words.number("")?;
        let mut open = self.open.take().ok_or("it belongs to no block")?;
        match terminator(words)? {
            Some(terminator) => {
                (open.terminator, open.end) = (terminator, (offset, number));
                self.blocks.push(open);
            }
            None => {
                let op = read_op(words.next(), words)?;
                open.insts.push(Inst { op, offset, line: number });
                self.open = Some(open);
            }
        }
        Ok(())
    }
}

/// Checks that ids come in order.
fn expect(what: &str, prefix: char, count: usize, found: &str) -> Result<(), String> {
    let wanted = format!("{prefix}{count}");
    match found == wanted {
        true => Ok(()),
        false => Err(format!("expected {what} {wanted}, found {found}")),
    }
}

fn block(words: &mut Words<'_>) -> Result<BlockId, String> {
    words.number("b").map(BlockId)
}

/// A number behind its name.
fn labelled(words: &mut Words<'_>, name: &str, prefix: &str) -> Result<u32, String> {
    words.exactly(name)?;
    words.number(prefix)
}

fn optional(words: &mut Words<'_>, name: &str, prefix: &str) -> Result<Option<u32>, String> {
    words.take(name).then(|| words.number(prefix)).transpose()
}

fn region(words: &mut Words<'_>) -> Result<Region, String> {
    let kind = match words.next() {
        "try" => RegionKind::Try,
        "with" => RegionKind::With,
        other => return Err(format!("expected try or with, found `{other}`")),
    };
    let handler = BlockId(labelled(words, "handler", "b")?);
    words.exactly("in")?;
    let parent = scope(words)?;
    let depth = optional(words, "depth", "")?;
    let line = optional(words, "line", "")?.unwrap_or(0);
    let after = optional(words, "after", "b")?.map(BlockId);
    let clauses_end = optional(words, "clauses_end", "b")?.map(BlockId);
    Ok(Region { handler, parent, kind, depth, line, after, clauses_end })
}

fn scope(words: &mut Words<'_>) -> Result<ScopeId, String> {
    match words.next() {
        "root" => Ok(Graph::ROOT),
        "body" => Ok(Graph::body_scope(RegionId(words.number("r")?))),
        "handler" => Ok(Graph::handler_scope(RegionId(words.number("r")?))),
        other => {
            let number = other.strip_prefix('s').and_then(|digits| digits.parse().ok());
            number.map(ScopeId).ok_or_else(|| format!("expected a scope, found `{other}`"))
        }
    }
}

/// The terminator, if the next word is the name of one.
fn terminator(words: &mut Words<'_>) -> Result<Option<Terminator>, String> {
    let terminator = match words.peek() {
        "jump" => {
            words.next();
            Terminator::Jump(block(words)?)
        }
        "branch" => {
            words.next();
            let if_true = BlockId(labelled(words, "if_true", "b")?);
            let if_false = BlockId(labelled(words, "if_false", "b")?);
            let jump_if = words.take("jump_if");
            Terminator::Branch { if_true, if_false, jump_if, none_test: words.take("none_test") }
        }
        "for_iter" => {
            words.next();
            let body = BlockId(labelled(words, "body", "b")?);
            let exhausted = BlockId(labelled(words, "exhausted", "b")?);
            Terminator::ForIter { body, exhausted, is_async: words.take("async") }
        }
        "loop" => {
            words.next();
            let body = BlockId(labelled(words, "body", "b")?);
            let after = BlockId(labelled(words, "after", "b")?);
            Terminator::Loop { body, after, is_for: words.take("for") }
        }
        "return" => {
            words.next();
            Terminator::Return
        }
        "raise" => {
            words.next();
            Terminator::Raise(words.number("")?)
        }
        "reraise" => {
            words.next();
            Terminator::Reraise
        }
        _ => return Ok(None),
    };
    Ok(Some(terminator))
}
