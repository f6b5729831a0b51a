//! Files that Lancehead wrote, and nobody changed since.
//!
//! Whoever reads decompiled source writes notes into it. So the header of what goes into a folder says what the text was,
//! in a few digits; a file that does not agree with its header is somebody's work, and is not replaced.

use crate::HEADER_MARK;

/// What stands before the digits, at the end of the header's line.
const SEAL: &str = " Text ";
const DIGITS: usize = 16;

/// `text` with the digits in its header; the same as it was if it has no header.
pub fn sealed(text: &str) -> String {
    match header_end(text) {
        Some(end) => {
            let seal = format!("{SEAL}{:0DIGITS$x}.", digest(&[text]));
            [&text[..end], &seal, &text[end..]].concat()
        }
        None => text.to_owned(),
    }
}

/// Whether `text` is what [`sealed`] gave, unchanged.
pub fn is_untouched(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let seal = || {
        let end = header_end(text)?;
        let start = end.checked_sub(SEAL.len() + DIGITS + 1)?;
        let digits = text.get(start..end)?.strip_prefix(SEAL)?.strip_suffix('.')?;
        let stated = u64::from_str_radix(digits, 16).ok()?;
        Some(stated == digest(&[&text[..start], &text[end..]]))
    };
    seal().unwrap_or(false)
}

/// Where the line of the header ends: it is the first line, or one of the comments at the end.
fn header_end(text: &str) -> Option<usize> {
    let line_end = |start: usize| text[start..].find('\n').map_or(text.len(), |at| start + at);
    if text.starts_with(HEADER_MARK) {
        return Some(line_end(0));
    }
    let mut end = text.trim_end_matches('\n').len();
    while let Some(line) = text.get(..end) {
        let start = line.rfind('\n').map_or(0, |at| at + 1);
        let line = &text[start..end];
        if line.starts_with(HEADER_MARK) {
            return Some(end);
        }
        if !line.starts_with('#') || start == 0 {
            return None;
        }
        end = start - 1;
    }
    None
}

/// FNV-1a: what is not a secret needs no more.
fn digest(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows() {
        let first = format!("{HEADER_MARK}0 from Python 3.12 bytecode.\nx = 1\n");
        let last = format!("x = 1\n{HEADER_MARK}0 from Python 3.12 bytecode.\n# Not proven: x\n");
        for text in [first, last] {
            let sealed = sealed(&text);
            assert!(is_untouched(sealed.as_bytes()), "{sealed}");
            assert!(!is_untouched(text.as_bytes()));
            assert!(!is_untouched(sealed.replace("x = 1", "x = 2").as_bytes()));
            assert!(!is_untouched(format!("{sealed}# a note\n").as_bytes()));
            assert!(!is_untouched(format!("# a note\n{sealed}").as_bytes()));
        }
        assert_eq!(sealed("x = 1\n"), "x = 1\n");
    }
}
