//! The text that grows, and the line it has come to.

use super::layout::{INDENT, MAX_COLUMN};
use super::placed::MAX_LINE;

/// The column in which the statements of a block begin.
pub(super) fn column(depth: usize) -> usize {
    (depth * INDENT).min(MAX_COLUMN)
}

/// Complete lines, and what is known about them.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub out: String,
    /// The line feeds in the first `counted` bytes of `out`.
    lines: u32,
    counted: usize,
    /// Whether the next line goes on where the last one ended.
    joined: bool,
}

impl Page {
    /// An empty page with room for so many bytes.
    pub(super) fn with_room(bytes: usize) -> Page {
        Page { out: String::with_capacity(bytes), ..Page::default() }
    }

    /// The number of the line that comes next, from 1.
    pub(super) fn line(&mut self) -> u32 {
        let feeds = self.out.as_bytes()[self.counted..].iter().filter(|b| **b == b'\n').count();
        self.lines = self.lines.saturating_add(u32::try_from(feeds).unwrap_or(u32::MAX));
        self.counted = self.out.len();
        self.lines.saturating_add(1)
    }

    /// Goes on to `line` with blank lines, unless it is already behind.
    pub(super) fn place(&mut self, line: u32) {
        let next = self.line();
        if line > next && line <= MAX_LINE {
            self.out.extend(std::iter::repeat_n('\n', (line - next) as usize));
        }
    }

    /// Makes the next line go on at the end of the last one, behind `separator`.
    pub(super) fn join(&mut self, separator: &str) {
        self.line();
        if self.out.pop().is_some() {
            self.lines = self.lines.saturating_sub(1);
            self.out.push_str(separator);
            self.counted = self.out.len();
            self.joined = true;
        }
    }

    /// Begins a line.
    pub(super) fn indent(&mut self, depth: usize) {
        if !std::mem::take(&mut self.joined) {
            self.out.extend(std::iter::repeat_n(' ', column(depth)));
        }
    }
}
