//! Lines as they were: each part of a logical line on the line on which it began.

use super::fragment::{Fragment, Fragments};
use super::layout::INDENT;

/// Line numbers beyond this are not believed: the text would be mostly line feeds.
pub(super) const MAX_LINE: u32 = 2_000_000;

/// Appends the logical line to `out`, which ends where the line is to begin: on line `start`, in the column `column`.
/// Breaks stand inside brackets, in parentheses of our own where the grammar has room for them, and
/// after a backslash elsewhere.
pub(super) fn placed(fragments: &Fragments, column: usize, start: u32, out: &mut String) {
    let parenthesised = parenthesised(fragments, start);
    let mut line = start;
    let mut brackets = 0;
    let mut text_end = 0;
    let mut groups = Vec::new();
    let mut is_broken = false;
    for (i, fragment) in fragments.list.iter().enumerate() {
        match *fragment {
            Fragment::Text(end) => {
                let text = &fragments.text[text_end..end];
                // The blank that parts it from what came before is a line break now.
                out.push_str(if is_broken { text.trim_start_matches(' ') } else { text });
                is_broken = false;
                line += line_feeds(text);
                text_end = end;
            }
            Fragment::Break { space: true } if !is_broken => out.push(' '),
            Fragment::Break { .. } => {}
            Fragment::Open { optional } => {
                let adds = optional && parenthesised[i];
                if adds {
                    out.push('(');
                }
                let counts = adds || !optional;
                brackets += usize::from(counts);
                groups.push((adds, counts));
            }
            Fragment::Close { .. } => {
                if let Some((adds, counts)) = groups.pop() {
                    brackets -= usize::from(counts);
                    if adds {
                        out.push(')');
                    }
                }
            }
            Fragment::At(wanted) => {
                // Nothing is gained by a backslash at the very beginning.
                if wanted <= line || wanted > MAX_LINE || text_end == 0 && brackets == 0 {
                    continue;
                }
                out.truncate(out.trim_end_matches(' ').len());
                for _ in line..wanted {
                    out.push_str(if brackets > 0 { "\n" } else { " \\\n" });
                }
                out.extend(std::iter::repeat_n(' ', column + INDENT));
                line = wanted;
                is_broken = true;
            }
        }
    }
}

/// For each optional group, whether a line has to be broken in it outside of all other brackets.
fn parenthesised(fragments: &Fragments, start: u32) -> Vec<bool> {
    let mut needed = vec![false; fragments.list.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut line = start;
    let mut text_end = 0;
    let mut brackets = 0;
    for (i, fragment) in fragments.list.iter().enumerate() {
        match *fragment {
            Fragment::Text(end) => {
                line += line_feeds(&fragments.text[text_end..end]);
                text_end = end;
            }
            Fragment::Open { optional } => {
                open.push(i);
                brackets += usize::from(!optional);
            }
            Fragment::Close { optional, .. } => {
                open.pop();
                brackets -= usize::from(!optional);
            }
            Fragment::At(wanted) if wanted > line && wanted <= MAX_LINE => {
                line = wanted;
                if let Some(&group) = open.last().filter(|_| brackets == 0) {
                    needed[group] = true;
                }
            }
            _ => {}
        }
    }
    needed
}

fn line_feeds(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|b| *b == b'\n').count()).unwrap_or(u32::MAX)
}
