//! A place in a line of text.

use lancehead_pyc::PyStr;

use super::AsmError;

/// Reads one line from left to right.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    line: &'a str,
    at: usize,
    number: u32,
}

/// What reading gives.
pub(super) type Parsed<T> = Result<T, AsmError>;

impl<'a> Cursor<'a> {
    pub fn new(line: &'a str, number: u32) -> Cursor<'a> {
        let mut cursor = Cursor { line, at: 0, number };
        cursor.skip_blanks();
        cursor
    }

    fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Whether nothing but a comment is left.
    pub fn is_done(&self) -> bool {
        self.rest().is_empty() || self.rest().starts_with(';')
    }

    pub fn error<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(AsmError { line: self.number, column: self.column(), message: message.into() })
    }

    /// In characters, from 1.
    pub fn column(&self) -> u32 {
        self.line[..self.at].chars().count() as u32 + 1
    }

    /// Says what was expected here.
    pub fn expected<T>(&self, what: &str) -> Parsed<T> {
        let found: String = self.rest().chars().take_while(|c| !c.is_whitespace()).take(20).collect();
        let found = if self.is_done() { "the end of the line".to_owned() } else { format!("`{found}`") };
        self.error(format!("expected {what}, found {found}"))
    }

    pub fn end(&self) -> Parsed<()> {
        if self.is_done() { Ok(()) } else { self.expected("the end of the line") }
    }

    /// Takes `text` if it comes next.
    pub fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
            self.skip_blanks();
        }
        found
    }

    pub fn take(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { self.expected(&format!("`{text}`")) }
    }

    /// Takes an identifier if one comes next: letters, digits, `_`, and `.` at its start.
    pub fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let is_part = |(at, c): (usize, char)| c == '_' || c.is_alphanumeric() || c == '.' && at == 0;
        let length = rest.char_indices().find(|&part| !is_part(part)).map_or(rest.len(), |(at, _)| at);
        let starts = rest.starts_with(|c: char| c == '_' || c.is_alphabetic() || c == '.');
        if length == 0 || !starts {
            return None;
        }
        self.at += length;
        self.skip_blanks();
        Some(&rest[..length])
    }

    /// Takes the identifier `text` if it comes next.
    pub fn eat_word(&mut self, text: &str) -> bool {
        let before = self.clone();
        let found = self.word() == Some(text);
        if !found {
            *self = before;
        }
        found
    }

    /// Takes what comes before the next blank.
    pub fn chunk(&mut self) -> &'a str {
        let rest = self.rest();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at += length;
        self.skip_blanks();
        &rest[..length]
    }

    /// Takes characters as long as they are of a kind.
    pub fn while_matching(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        self.skip_blanks();
        &rest[..length]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn number(&mut self) -> Parsed<u32> {
        let before = self.clone();
        let digits = self.while_matching(|c| c.is_ascii_alphanumeric());
        let parsed = match digits.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => digits.parse(),
        };
        match parsed {
            Ok(number) => Ok(number),
            Err(_) => before.expected("a number of at most 32 bits"),
        }
    }

    pub fn signed(&mut self) -> Parsed<i32> {
        let before = self.clone();
        let negative = self.eat("-");
        let magnitude = i64::from(self.number()?);
        match i32::try_from(if negative { -magnitude } else { magnitude }) {
            Ok(number) => Ok(number),
            Err(_) => before.expected("a number of at most 31 bits"),
        }
    }

    pub fn hex(&mut self) -> Parsed<Vec<u8>> {
        let before = self.clone();
        let digits = self.while_matching(|c| c.is_ascii_hexdigit()).as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return before.expected("an even number of hexadecimal digits");
        }
        let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
        Ok(pairs.iter().map(|&[high, low]| value(high) << 4 | value(low)).collect())
    }

    /// An identifier or a string.
    pub fn name(&mut self) -> Parsed<PyStr> {
        if self.peek() == Some('"') {
            return self.string();
        }
        let before = self.clone();
        match self.word().filter(|word| !word.starts_with('.')) {
            Some(word) => Ok(word.into()),
            None => before.expected("a name"),
        }
    }

    pub fn string(&mut self) -> Parsed<PyStr> {
        let before = self.clone();
        let bytes = self.quoted(false)?;
        match PyStr::from_wtf8(&bytes) {
            Ok(text) => Ok(text),
            Err(_) => before.expected("code points"),
        }
    }

    /// Takes a quoted string, as WTF-8 or, for bytes, as they are.
    pub fn quoted(&mut self, bytes: bool) -> Parsed<Vec<u8>> {
        if !self.rest().starts_with('"') {
            return self.expected("a string");
        }
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let Some(c) = self.peek() else { return self.expected("`\"`") };
            self.at += c.len_utf8();
            match c {
                '"' => break,
                '\\' => self.escape(bytes, &mut out)?,
                c if bytes && !c.is_ascii() => return self.error("expected only ASCII in bytes"),
                c => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.skip_blanks();
        Ok(out)
    }

    fn escape(&mut self, bytes: bool, out: &mut Vec<u8>) -> Parsed<()> {
        let Some(c) = self.peek() else { return self.expected("an escape") };
        self.at += c.len_utf8();
        let plain = match c {
            '\\' | '"' => Some(c as u8),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            _ => None,
        };
        if let Some(byte) = plain {
            out.push(byte);
            return Ok(());
        }
        let digits = match c {
            'x' => 2,
            'u' if !bytes => 4,
            'U' if !bytes => 8,
            _ => return self.error(format!("unknown escape `\\{c}`")),
        };
        let text = self.rest().get(..digits).unwrap_or_default();
        let point = match u32::from_str_radix(text, 16) {
            Ok(point) if text.len() == digits && !text.starts_with('+') => point,
            _ => return self.expected(&format!("{digits} hexadecimal digits")),
        };
        self.at += digits;
        match (bytes, point) {
            (true, _) => out.push(point as u8),
            (false, ..=0x10_FFFF) => push_wtf8(point, out),
            _ => return self.error("expected a code point of at most 10FFFF"),
        }
        Ok(())
    }
}

/// Appends a code point, which may be a lone surrogate.
fn push_wtf8(point: u32, out: &mut Vec<u8>) {
    match char::from_u32(point) {
        Some(c) => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([
            0xE0 | (point >> 12) as u8,
            0x80 | (point >> 6 & 0x3F) as u8,
            0x80 | (point & 0x3F) as u8,
        ]),
    }
}
