//! Python strings.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::sync::Arc;

/// A Python `str`: Unicode text that may hold lone surrogates, kept as WTF-8 and shared cheaply.
///
/// The bytes are what `str.encode("utf-8", "surrogatepass")` gives, which is also how marshal stores them, so a
/// surrogate pair written as two escapes stays two surrogates, as in CPython.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PyStr(Arc<[u8]>);

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
                Ok(_) => return Ok(PyStr(bytes.into())),
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
            true => PyStr(bytes.into()),
            false => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        }
    }

    /// The text as bytes of one code point each, if none is above U+00FF.
    pub fn to_latin1(&self) -> Option<Cow<'_, [u8]>> {
        match self.0.is_ascii() {
            true => Some(Cow::Borrowed(&self.0)),
            false => self
                .code_points()
                .map(|point| u8::try_from(point).ok())
                .collect::<Option<_>>()
                .map(Cow::Owned),
        }
    }

    /// The WTF-8 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, unless it holds a lone surrogate.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
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
        let mut rest: &[u8] = &self.0;
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
        self.0.is_empty()
    }
}

impl From<&str> for PyStr {
    fn from(text: &str) -> Self {
        PyStr(text.as_bytes().into())
    }
}

impl From<String> for PyStr {
    fn from(text: String) -> Self {
        PyStr(text.into_bytes().into())
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

impl Borrow<[u8]> for PyStr {
    fn borrow(&self) -> &[u8] {
        &self.0
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
