//! The text of a source file, as CPython's tokenizer reads it (PEP 263, `Parser/tokenizer`).

use encoding_rs::Encoding;

use crate::Error;

/// The text of `bytes`: UTF-8, or in the encoding that one of the first two lines declares. Line ends become `\n`.
///
/// # Errors
/// [`Error::Encoding`].
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Error> {
    let text = match (bytes.strip_prefix(b"\xEF\xBB\xBF"), declared(bytes)) {
        (Some(bytes), _) | (None, Declared::Nothing(bytes)) => utf8(bytes)?,
        (None, Declared::Encoding { name, offset }) => other(bytes, &name, offset)?,
    };
    Ok(match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    })
}

enum Declared<'a> {
    Nothing(&'a [u8]),
    Encoding { name: String, offset: usize },
}

/// The encoding that a comment on the first line declares; or on the second, if the first holds no code.
fn declared(bytes: &[u8]) -> Declared<'_> {
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')).take(2) {
        let blank = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0C')).count();
        let rest = &line[blank..];
        if !matches!(rest.first(), None | Some(b'#' | b'\n' | b'\r')) {
            break;
        }
        if let Some((name, at)) = cookie(rest) {
            return Declared::Encoding { name, offset: offset + blank + at };
        }
        offset += line.len();
    }
    Declared::Nothing(bytes)
}

/// The name behind `coding:` or `coding=` in a comment, and where it stands.
fn cookie(comment: &[u8]) -> Option<(String, usize)> {
    const WORD: &[u8] = b"coding";
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (0..comment.len()).find_map(|start| {
        let rest = comment[start..].strip_prefix(WORD)?;
        let rest = rest.strip_prefix(b":").or(rest.strip_prefix(b"="))?;
        let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let name: Vec<u8> = rest[blank..].iter().copied().take_while(|byte| is_name(byte)).collect();
        let name = String::from_utf8(name).ok().filter(|name| !name.is_empty())?;
        Some((name, start + WORD.len() + 1 + blank))
    })
}

fn utf8(bytes: &[u8]) -> Result<String, Error> {
    let text = std::str::from_utf8(bytes);
    let wrong = |error: std::str::Utf8Error| Error::Encoding {
        encoding: "utf-8".to_owned(),
        offset: error.valid_up_to(),
    };
    text.map(str::to_owned).map_err(wrong)
}

fn other(bytes: &[u8], name: &str, offset: usize) -> Result<String, Error> {
    let wrong = |offset| Error::Encoding { encoding: name.to_owned(), offset };
    let normal = name.to_ascii_lowercase().replace('_', "-");
    match normal.as_str() {
        _ if normal == "utf-8" || normal.starts_with("utf-8-") || normal == "utf8" => utf8(bytes),
        // What browsers take for Latin-1 is Windows' code page.
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "iso-latin-1" | "l1" => {
            Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
        }
        "ascii" | "us-ascii" => match bytes.iter().position(|byte| !byte.is_ascii()) {
            Some(at) => Err(wrong(at)),
            None => utf8(bytes),
        },
        _ => {
            // Python writes `cp1252` and `koi8-r` where the web writes `windows-1252` and `koi8-r`.
            let label = normal.strip_prefix("cp125").map(|digit| format!("windows-125{digit}"));
            let encoding =
                Encoding::for_label(label.unwrap_or(normal).as_bytes()).ok_or_else(|| wrong(offset))?;
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
            text.map(std::borrow::Cow::into_owned).ok_or_else(|| wrong(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations() {
        assert_eq!(
            decode(b"# -*- coding: latin-1 -*-\nx = '\xE9'\r\n").unwrap(),
            "# -*- coding: latin-1 -*-\nx = 'é'\n"
        );
        assert_eq!(
            decode(b"#!/bin/x\n# vim: fileencoding=cp1252\n'\x80'").unwrap().chars().nth_back(1),
            Some('€')
        );
        assert_eq!(decode(b"\xEF\xBB\xBFx = 1").unwrap(), "x = 1");
        assert_eq!(decode(b"x = 1\n# coding: latin-1\n'\xC3\xA9'").unwrap().chars().nth_back(1), Some('é'));
        assert!(matches!(decode(b"\xE9"), Err(Error::Encoding { offset: 0, .. })));
        assert!(matches!(decode(b"# coding: nonsense\n"), Err(Error::Encoding { offset: 10, .. })));
        assert!(matches!(decode(b"# coding: ascii\n\xE9"), Err(Error::Encoding { offset: 16, .. })));
    }
}
