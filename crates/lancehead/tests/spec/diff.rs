//! A unified diff of two short texts.

/// How many lines are shown around what differs.
const CONTEXT: usize = 3;

/// The lines of both texts, each with a sign: ` ` in both, `-` only in `old`, `+` only in `new`. Equal lines far from a
/// difference are left out.
pub fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let rows = rows(&old, &new);
    let is_near = |at: usize| {
        let near = &rows[at.saturating_sub(CONTEXT)..rows.len().min(at + CONTEXT + 1)];
        near.iter().any(|(sign, _)| *sign != ' ')
    };
    let mut text = String::new();
    let mut is_left_out = false;
    for (at, (sign, line)) in rows.iter().enumerate() {
        if is_near(at) {
            text += &format!("{sign}{line}\n");
        } else if !is_left_out {
            text += "@@\n";
        }
        is_left_out = !is_near(at);
    }
    text
}

/// Longest common subsequence, by the table of all suffixes.
fn rows<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let mut longest = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i][j] = match old[i] == new[j] {
                true => longest[i + 1][j + 1] + 1,
                false => longest[i + 1][j].max(longest[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut rows = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            rows.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            rows.push(('-', old[i]));
            i += 1;
        } else {
            rows.push(('+', new[j]));
            j += 1;
        }
    }
    rows
}
