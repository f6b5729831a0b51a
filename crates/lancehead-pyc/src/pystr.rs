//! Python strings.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The longest text that needs no memory of its own: with it, a [`PyStr`] is three words long.
const SHORT: usize = 22;

/// A Python `str`: Unicode text that may hold lone surrogates, kept as WTF-8 and shared cheaply.
///
/// The bytes are what `str.encode("utf-8", "surrogatepass")` gives, which is also how marshal stores them, so a
/// surrogate pair written as two escapes stays two surrogates, as in CPython.
#[derive(Clone)]
pub struct PyStr(Text);

/// Most names are short, and copied more often than anything else.
#[derive(Clone)]
enum Text {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Arc<[u8]>),
}

impl Text {
    fn of(text: &[u8]) -> Text {
        if text.len() > SHORT {
            return Text::Long(text.into());
        }
        let mut bytes = [0; SHORT];
        bytes[..text.len()].copy_from_slice(text);
        Text::Short { len: text.len() as u8, bytes }
    }
}

impl PyStr {
    /// Takes bytes that must be WTF-8 (UTF-8 in which surrogates may be encoded too).
    ///
    /// # Errors
    /// The byte index of the first sequence that is not.
    pub fn from_wtf8(bytes: &[u8]) -> Result<PyStr, usize> {
        let mut rest = bytes;
        let mut done = 0;
        loop {
            match std::str::from_utf8(rest) {
                Ok(_) => return Ok(PyStr(Text::of(bytes))),
                Err(e) => {
                    let at = e.valid_up_to();
                    match rest.get(at..at + 3) {
                        Some([0xED, 0xA0..=0xBF, 0x80..=0xBF]) => {
                            done += at + 3;
                            rest = &rest[at + 3..];
                        }
                        _ => return Err(done + at),
                    }
                }
            }
        }
    }

    /// Takes bytes that are one code point each, U+0000 to U+00FF.
    pub fn from_latin1(bytes: &[u8]) -> PyStr {
        match bytes.is_ascii() {
            true => PyStr(Text::of(bytes)),
            false => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        }
    }

    /// The text as bytes of one code point each, if none is above U+00FF.
    pub fn to_latin1(&self) -> Option<Cow<'_, [u8]>> {
        match self.as_bytes().is_ascii() {
            true => Some(Cow::Borrowed(self.as_bytes())),
            false => self
                .code_points()
                .map(|point| u8::try_from(point).ok())
                .collect::<Option<_>>()
                .map(Cow::Owned),
        }
    }

    /// The WTF-8 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Short { len, bytes } => &bytes[..usize::from(*len).min(SHORT)],
            Text::Long(bytes) => bytes,
        }
    }

    /// The text, unless it holds a lone surrogate.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// The text with each lone surrogate replaced by U+FFFD: for messages, never for output that is compiled.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match self.to_str() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(
                self.code_points()
                    .map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            ),
        }
    }

    /// The code points, surrogates included.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        let mut rest: &[u8] = self.as_bytes();
        std::iter::from_fn(move || {
            let (&first, _) = rest.split_first()?;
            let (len, initial) = match first {
                0..=0x7F => (1, u32::from(first)),
                0x80..=0xDF => (2, u32::from(first & 0x1F)),
                0xE0..=0xEF => (3, u32::from(first & 0x0F)),
                _ => (4, u32::from(first & 0x07)),
            };
            let point = rest.get(1..len)?.iter().fold(initial, |c, b| c << 6 | u32::from(b & 0x3F));
            rest = &rest[len..];
            Some(point)
        })
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

impl From<&str> for PyStr {
    fn from(text: &str) -> Self {
        PyStr(Text::of(text.as_bytes()))
    }
}

impl From<String> for PyStr {
    fn from(text: String) -> Self {
        PyStr(Text::of(text.as_bytes()))
    }
}

impl PartialEq<str> for PyStr {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for PyStr {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Default for PyStr {
    fn default() -> Self {
        PyStr(Text::of(b""))
    }
}

impl PartialEq for PyStr {
    fn eq(&self, other: &PyStr) -> bool {
        match (&self.0, &other.0) {
            // What is behind the text is zero, and a comparison of fixed length is no call.
            (Text::Short { len, bytes }, Text::Short { len: other_len, bytes: other }) => {
                len == other_len && bytes == other
            }
            (Text::Long(bytes), Text::Long(other)) => bytes == other,
            _ => false,
        }
    }
}

impl Eq for PyStr {}

impl PartialOrd for PyStr {
    fn partial_cmp(&self, other: &PyStr) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PyStr {
    fn cmp(&self, other: &PyStr) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for PyStr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Text::Short { len, bytes } => {
                let (words, rest) = bytes.as_chunks::<8>();
                words.iter().for_each(|word| state.write_u64(u64::from_le_bytes(*word)));
                let last = rest.iter().rev().fold(u64::from(*len), |last, byte| last << 8 | u64::from(*byte));
                state.write_u64(last);
            }
            Text::Long(bytes) => bytes.hash(state),
        }
    }
}

impl fmt::Display for PyStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

impl fmt::Debug for PyStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_are_text() {
        let pair = PyStr::from_wtf8(b"a\xed\xa0\xbd\xed\xb8\x80z").unwrap();
        assert_eq!(pair.code_points().collect::<Vec<_>>(), [0x61, 0xD83D, 0xDE00, 0x7A]);
        assert_eq!(pair.to_str(), None);
        assert_eq!(pair.to_string_lossy(), "a\u{FFFD}\u{FFFD}z");
        assert_ne!(pair, PyStr::from("a\u{1F600}z"));
        assert_eq!(pair.to_latin1(), None);
    }

    #[test]
    fn code_points_of_every_length() {
        let text = "a\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}";
        let points: Vec<u32> = text.chars().map(u32::from).collect();
        assert_eq!(PyStr::from(text).code_points().collect::<Vec<_>>(), points);
        assert_eq!(PyStr::from(text).to_str(), Some(text));
        assert_eq!(PyStr::from_wtf8(text.as_bytes()), Ok(PyStr::from(text.to_owned())));
    }

    #[test]
    fn what_is_not_wtf8() {
        // A lone continuation, a cut-off sequence, an overlong one, a point above U+10FFFF, a cut-off surrogate.
        let cases: [(&[u8], usize); 6] = [
            (b"ab\x80", 2),
            (b"a\xe2\x82", 1),
            (b"\xc0\x80", 0),
            (b"\xf4\x90\x80\x80", 0),
            (b"a\xed\xa0", 1),
            (b"\xed\xa0\x80\xed\xa0\x80\xff", 6),
        ];
        for (bytes, at) in cases {
            assert_eq!(PyStr::from_wtf8(bytes), Err(at), "{bytes:?}");
        }
    }

    #[test]
    fn latin1() {
        let every: Vec<u8> = (0..=255).collect();
        let text = PyStr::from_latin1(&every);
        assert_eq!(text.code_points().collect::<Vec<_>>(), (0..=255).collect::<Vec<u32>>());
        assert_eq!(text.to_latin1().as_deref(), Some(&every[..]));
        assert_eq!(PyStr::from("\u{100}").to_latin1(), None);
        assert_eq!(PyStr::from_latin1(b"abc"), "abc");
    }

    #[test]
    fn short_and_long() {
        assert_eq!(size_of::<PyStr>(), 3 * size_of::<usize>());
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 1000] {
            let text = "x".repeat(len);
            let made = [PyStr::from(&*text), PyStr::from(text.clone()), PyStr::from_latin1(text.as_bytes())];
            for one in made {
                assert_eq!(one, *text);
                assert_eq!(one.clone(), PyStr::from_wtf8(text.as_bytes()).unwrap());
                assert_eq!(one.is_empty(), len == 0);
            }
        }
    }

    #[test]
    fn order_is_that_of_code_points() {
        let mut texts = ["\u{10000}", "z", "", "\u{ffff}", "a"].map(PyStr::from);
        texts.sort();
        assert_eq!(texts, ["", "a", "z", "\u{ffff}", "\u{10000}"].map(PyStr::from));
        assert!(texts[0].is_empty() && !texts[1].is_empty());
    }
}
