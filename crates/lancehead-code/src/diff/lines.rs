//! The shortest list of changes that makes one list of lines of another (Myers, "An O(ND) Difference Algorithm", 1986).

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is in both.
    Same(String),
    /// Only the first has it.
    Removed(String),
    /// Only the second has it.
    Added(String),
}

/// Changes beyond which what differs is taken for replaced as a whole: time and memory grow with their square.
const MAX_CHANGES: usize = 2000;

/// The changes from `first` to `second`, lines that are the same among them.
pub fn changes(first: &[&str], second: &[&str]) -> Vec<Change> {
    let start = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    let (a, b) = (&first[start..], &second[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    let same = |line: &&str| Change::Same((*line).to_owned());
    let mut all: Vec<Change> = first[..start].iter().map(same).collect();
    all.extend(middle(a, b));
    all.extend(first[first.len() - end..].iter().map(same));
    all
}

fn middle(a: &[&str], b: &[&str]) -> Vec<Change> {
    let removed = |line: &&str| Change::Removed((*line).to_owned());
    let added = |line: &&str| Change::Added((*line).to_owned());
    let Some(trace) = trace(a, b) else {
        return a.iter().map(removed).chain(b.iter().map(added)).collect();
    };
    let (mut x, mut y) = (a.len(), b.len());
    let mut backwards = Vec::with_capacity(x + y);
    for (step, reached) in trace.iter().enumerate().rev() {
        let diagonal = x as isize - y as isize;
        let at = |diagonal: isize| reached.get((diagonal + step as isize) as usize).copied();
        // `reached` holds what came before this step.
        let down = step > 0 && came_down(&at, diagonal, step);
        let previous = if down { diagonal + 1 } else { diagonal - 1 };
        let from = if step == 0 { 0 } else { at(previous).unwrap_or(0) };
        let begins = if step == 0 { 0 } else { from + usize::from(!down) };
        while x > begins && y > 0 {
            (x, y) = (x - 1, y - 1);
            backwards.push(Change::Same(a[x].to_owned()));
        }
        if step > 0 && down {
            y -= 1;
            backwards.push(added(&b[y]));
        } else if step > 0 {
            x -= 1;
            backwards.push(removed(&a[x]));
        }
    }
    backwards.reverse();
    backwards
}

/// Whether the furthest path on `diagonal` came from the one above it.
fn came_down(at: &impl Fn(isize) -> Option<usize>, diagonal: isize, step: usize) -> bool {
    let step = step as isize;
    diagonal == -step || diagonal != step && at(diagonal - 1) < at(diagonal + 1)
}

/// By number of changes, how far each diagonal was reached before; diagonal `d` stands at `d + step`.
fn trace(a: &[&str], b: &[&str]) -> Option<Vec<Vec<usize>>> {
    let mut trace: Vec<Vec<usize>> = Vec::new();
    let mut before: Vec<usize> = Vec::new();
    for step in 0..=(a.len() + b.len()).min(MAX_CHANGES) {
        // Shifted by one, because there is one more diagonal on either side.
        let padded: Vec<usize> = if step == 0 {
            Vec::new()
        } else {
            std::iter::once(0).chain(before.iter().copied()).chain([0]).collect()
        };
        let at = |diagonal: isize| padded.get((diagonal + step as isize) as usize).copied();
        let mut reached = vec![0; 2 * step + 1];
        let mut done = false;
        for diagonal in (-(step as isize)..=step as isize).step_by(2) {
            let mut x = match step {
                0 => 0,
                _ if came_down(&at, diagonal, step) => at(diagonal + 1).unwrap_or(0),
                _ => at(diagonal - 1).unwrap_or(0) + 1,
            };
            let mut y = (x as isize - diagonal) as usize;
            while x < a.len() && y < b.len() && a[x] == b[y] {
                (x, y) = (x + 1, y + 1);
            }
            reached[(diagonal + step as isize) as usize] = x;
            done |= x >= a.len() && y >= b.len();
        }
        trace.push(padded);
        if done {
            return Some(trace);
        }
        before = reached;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(first: &str, second: &str) -> String {
        let split = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let (a, b) = (split(first), split(second));
        let a: Vec<&str> = a.iter().map(String::as_str).collect();
        let b: Vec<&str> = b.iter().map(String::as_str).collect();
        changes(&a, &b)
            .into_iter()
            .map(|change| match change {
                Change::Same(line) => line,
                Change::Removed(line) => format!("-{line}"),
                Change::Added(line) => format!("+{line}"),
            })
            .collect()
    }

    #[test]
    fn few_changes() {
        assert_eq!(shown("abc", "abc"), "abc");
        assert_eq!(shown("", "ab"), "+a+b");
        assert_eq!(shown("ab", ""), "-a-b");
        assert_eq!(shown("abcabba", "cbabac").matches(['-', '+']).count(), 5);
        assert_eq!(shown("axc", "ayc"), "a-x+yc");
    }

    #[test]
    fn applied_changes_give_the_second() {
        for (first, second) in
            [("kitten", "sitting"), ("abcdefgh", "hgfedcba"), ("aaaa", "aa"), ("xaby", "ab")]
        {
            let marked = shown(first, second);
            let (mut from, mut to) = (String::new(), String::new());
            let mut chars = marked.chars();
            while let Some(c) = chars.next() {
                match c {
                    '-' => from.extend(chars.next()),
                    '+' => to.extend(chars.next()),
                    c => {
                        from.push(c);
                        to.push(c);
                    }
                }
            }
            assert_eq!((from.as_str(), to.as_str()), (first, second));
        }
    }
}
