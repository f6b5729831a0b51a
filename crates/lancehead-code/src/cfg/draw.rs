//! Control-flow graphs as pictures: the languages of Graphviz and Mermaid.

use std::fmt::Write as _;

use lancehead_pyc::{CodeObject, is_wild};

use super::{Cfg, CfgError, EdgeKind};
use crate::{Listing, StackDepths};

/// Draws the control flow of `code` in the language of Graphviz. Each block shows its instructions: the source line where
/// one begins, the offset, and how deep the stack is before it. Edges along exceptions are dashed.
///
/// # Errors
/// See [`Cfg::of`].
pub fn dot(code: &CodeObject) -> Result<String, CfgError> {
    let mut out = String::from("digraph cfg {\n  node [shape=box, fontname=\"monospace\"];\n");
    draw(code, &mut out, &DOT)?;
    out.push_str("}\n");
    Ok(out)
}

/// Draws the control flow of `code` in the language of Mermaid; what it shows is the same as with [`dot`].
///
/// # Errors
/// See [`Cfg::of`].
pub fn mermaid(code: &CodeObject) -> Result<String, CfgError> {
    let mut out = String::from("flowchart TD\n");
    draw(code, &mut out, &MERMAID)?;
    Ok(out)
}

/// Characters shown of an instruction.
const MAX_WIDTH: usize = 120;

/// How a language writes nodes and edges.
struct Language {
    open: &'static str,
    close: &'static str,
    new_line: &'static str,
    /// Characters that it writes otherwise within a label.
    escapes: &'static [(char, &'static str)],
    next: (&'static str, &'static str),
    jump: (&'static str, &'static str),
    exception: (&'static str, &'static str),
}

const DOT: Language = Language {
    open: " [label=\"",
    close: "\"];",
    new_line: "\\l",
    escapes: &[('"', "\\\""), ('\\', "\\\\")],
    next: (" -> ", ";"),
    jump: (" -> ", " [color=blue];"),
    exception: (" -> ", " [style=dashed, color=red];"),
};

const MERMAID: Language = Language {
    open: "[\"",
    close: "\"]",
    new_line: "<br/>",
    escapes: &[('"', "#quot;"), ('<', "#lt;"), ('>', "#gt;"), ('#', "#35;"), ('&', "#amp;")],
    next: (" --> ", ""),
    jump: (" ==> ", ""),
    exception: (" -.-> ", ""),
};

/// What is shown of a block: how deep the stack is before it, and its instructions.
pub(super) struct DrawnBlock {
    heading: String,
    instructions: Vec<String>,
}

impl DrawnBlock {
    /// The heading, then a line for each instruction.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.heading.as_str()).chain(self.instructions.iter().map(String::as_str))
    }
}

/// What is shown of each block: each instruction with its line of the source, where one begins, and how deep the stack is
/// before it.
pub(super) fn blocks(code: &CodeObject, cfg: &Cfg) -> Result<Vec<DrawnBlock>, CfgError> {
    let listing = Listing::of(code)?;
    let depths = StackDepths::of(code)?;
    let depth_before = |index: usize| depths.before.get(index).copied().flatten();
    let mut rows = listing.rows.iter().peekable();
    let mut drawn = Vec::with_capacity(cfg.blocks.len());
    for (number, block) in cfg.blocks.iter().enumerate() {
        let depth = depth_before(block.instructions.start);
        let depth = depth.map_or("never reached".to_owned(), |depth| format!("stack {depth}"));
        let mut instructions = Vec::new();
        while let Some(row) = rows.next_if(|row| row.offset < block.end) {
            let line = row.position.line.filter(|_| row.starts_line);
            let line = line.map_or(String::new(), |line| line.to_string());
            let index = cfg.instructions.partition_point(|instruction| instruction.offset < row.offset);
            let depth = depth_before(index).map_or(String::new(), |depth| depth.to_string());
            let text = format!("{line:>5} {:5} {depth:>3}  {} {}", row.offset, row.opname, row.argrepr);
            instructions.push(shortened(text.trim_end()));
        }
        drawn.push(DrawnBlock { heading: format!("{number}: {depth}"), instructions });
    }
    Ok(drawn)
}

/// The text, or its beginning: a long constant would leave no room for anything else.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn draw(code: &CodeObject, out: &mut String, language: &Language) -> Result<(), CfgError> {
    let cfg = Cfg::of(code)?;
    for (number, block) in blocks(code, &cfg)?.iter().enumerate() {
        put(out, format_args!("  b{number}{}", language.open));
        for line in block.lines() {
            escape(line, language, out);
            out.push_str(language.new_line);
        }
        out.push_str(language.close);
        out.push('\n');
    }
    for edge in &cfg.edges {
        let (arrow, end) = match edge.kind {
            EdgeKind::Next => language.next,
            EdgeKind::Jump => language.jump,
            EdgeKind::Exception => language.exception,
        };
        put(out, format_args!("  b{}{arrow}b{}{end}\n", edge.from, edge.to));
    }
    Ok(())
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(text);
}

fn escape(text: &str, language: &Language, out: &mut String) {
    for c in text.chars() {
        match language.escapes.iter().find(|(escaped, _)| *escaped == c) {
            Some((_, instead)) => out.push_str(instead),
            None if is_wild(c) => out.extend(c.escape_unicode()),
            None => out.push(c),
        }
    }
}
