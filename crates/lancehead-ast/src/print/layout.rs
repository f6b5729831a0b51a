//! From fragments to lines.

use super::fragment::{Fragment, Fragments};

/// The column where lines are broken, if they can be.
const WIDTH: usize = 100;
/// The blanks of one level of indentation.
pub(super) const INDENT: usize = 4;

/// Nothing is indented further than the deepest block that the tokenizer takes. What is deeper is no Python anyway, and
/// would cost the square of its depth.
pub(super) const MAX_COLUMN: usize = 100 * INDENT;

/// An open bracket.
struct Group {
    broken: bool,
    optional: bool,
    /// The column of the lines inside.
    column: usize,
    /// The column of the line that closes it.
    outer: usize,
}

/// How much room things take, known before they are laid out.
struct Measure {
    /// The width of all before each fragment, when nothing is broken.
    before: Vec<usize>,
    /// For each opening bracket: where its group ends, and whether it can be broken.
    groups: Vec<Option<(usize, bool)>>,
    /// For each fragment the next one at which the line may be broken.
    next_stop: Vec<usize>,
}

impl Measure {
    fn new(fragments: &Fragments) -> Measure {
        let list = &fragments.list;
        let mut before = Vec::with_capacity(list.len() + 1);
        let mut groups = vec![None; list.len()];
        let mut open: Vec<(usize, bool)> = Vec::new();
        let (mut width, mut text_end) = (0, 0);
        for (i, fragment) in list.iter().enumerate() {
            before.push(width);
            match *fragment {
                Fragment::Text(end) => {
                    width += fragments.text[text_end..end].chars().count();
                    text_end = end;
                }
                Fragment::Break { space } => {
                    width += usize::from(space);
                    if let Some((_, can_break)) = open.last_mut() {
                        *can_break = true;
                    }
                }
                Fragment::Open { .. } => open.push((i, false)),
                Fragment::Close { .. } => {
                    if let Some((at, can_break)) = open.pop() {
                        groups[at] = Some((i, can_break));
                    }
                }
                Fragment::At(_) => {}
            }
        }
        before.push(width);
        let mut next_stop = vec![list.len(); list.len()];
        let mut stop = list.len();
        for (i, fragment) in list.iter().enumerate().rev() {
            next_stop[i] = stop;
            if matches!(fragment, Fragment::Break { .. } | Fragment::Open { .. }) {
                stop = i;
            }
        }
        Measure { before, groups, next_stop }
    }

    /// Whether the group that opens at fragment `at` has to be broken when it begins in `column`.
    fn is_broken(&self, at: usize, column: usize) -> bool {
        match self.groups[at] {
            Some((close, true)) => column + self.before[self.next_stop[close]] - self.before[at] > WIDTH,
            _ => false,
        }
    }
}

/// Appends the logical line to `out`, which ends where the line is to begin: in the column `start`.
pub(super) fn pretty(fragments: &Fragments, start: usize, out: &mut String) {
    // No character is shorter than a byte: nearly all lines are done with that.
    if start + fragments.text.len() + fragments.list.len() <= WIDTH {
        fragments.write_flat(out);
        return;
    }
    let measure = Measure::new(fragments);
    let mut column = start;
    let mut groups: Vec<Group> = Vec::new();
    let mut text_end = 0;
    for (i, fragment) in fragments.list.iter().enumerate() {
        let inside = groups.last().map_or(start, |group| group.column);
        match *fragment {
            Fragment::Text(end) => {
                let text = &fragments.text[text_end..end];
                out.push_str(text);
                column += text.chars().count();
                text_end = end;
            }
            Fragment::Break { space } => {
                if groups.last().is_some_and(|group| group.broken) {
                    column = new_line(out, inside);
                } else if space {
                    out.push(' ');
                    column += 1;
                }
            }
            Fragment::Open { optional } => {
                let broken = measure.is_broken(i, column);
                if broken && optional {
                    out.push('(');
                }
                let inner = if broken { (inside + INDENT).min(MAX_COLUMN) } else { inside };
                groups.push(Group { broken, optional, column: inner, outer: inside });
                if broken {
                    column = new_line(out, inner);
                }
            }
            Fragment::Close { comma, .. } => {
                let Some(group) = groups.pop() else { continue };
                if group.broken {
                    if comma {
                        out.push(',');
                    }
                    column = new_line(out, group.outer);
                    if group.optional {
                        out.push(')');
                        column += 1;
                    }
                }
            }
            Fragment::At(_) => {}
        }
    }
}

fn new_line(out: &mut String, column: usize) -> usize {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', column));
    column
}
