//! Headers: every magic number, and what is wrong with those that are refused.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

#[path = "support/files.rs"]
mod files;

use lancehead_pyc::{Header, Magic, Pyc, ReadError, Validation, Version, read_pyc, write_pyc};

/// A fixture with another magic number.
fn with_magic(version: Version, magic: u16) -> Vec<u8> {
    let mut bytes = std::fs::read(&files::fixtures(version)[0]).unwrap();
    bytes[..2].copy_from_slice(&magic.to_le_bytes());
    bytes
}

fn message(bytes: &[u8]) -> String {
    read_pyc(bytes).unwrap_err().to_string()
}

#[test]
fn every_magic_number() {
    for magic in Magic::all() {
        let result = read_pyc(&with_magic(magic.version, magic.number));
        match (magic.number, magic.is_released()) {
            // Code objects, or before 3.7a4 headers, that are laid out differently.
            (3390 | 3391, _) => assert!(result.is_err()),
            (3400 | 3401 | 3450..=3459, _) => {
                let error = result.unwrap_err();
                assert!(
                    matches!(&error, ReadError::Foreign { .. }) && error.to_string().contains(magic.release)
                );
            }
            (_, true) => assert_eq!(result.unwrap().warnings, [""; 0]),
            (_, false) => {
                let pyc = result.unwrap();
                assert_eq!((pyc.header.version, pyc.header.magic_row()), (magic.version, *magic));
                let [warning] = &pyc.warnings[..] else { panic!("{:?}", pyc.warnings) };
                assert!(warning.contains(magic.release), "{warning}");
            }
        }
    }
}

#[test]
fn unknown_numbers_of_known_versions() {
    for (number, version, nearest) in
        [(3399, Version::Py37, 3394), (3548, Version::Py312, 3531), (3699, Version::Py315, 3666)]
    {
        let bytes = with_magic(version, number);
        let pyc = read_pyc(&bytes).unwrap();
        assert_eq!((pyc.header.version, pyc.header.magic), (version, number));
        assert_eq!(pyc.header.magic_row().number, nearest);
        let [warning] = &pyc.warnings[..] else { panic!("{:?}", pyc.warnings) };
        assert!(warning.contains(&number.to_string()) && warning.contains(&nearest.to_string()), "{warning}");
        assert_eq!(write_pyc(&pyc).unwrap(), bytes);
    }
}

#[test]
fn other_pythons() {
    for (number, name) in
        [(62211, "Python 2.7"), (3379, "Python 3.6"), (3310, "Python 3.4"), (3702, "Python 3.16")]
    {
        let text = message(&with_magic(Version::Py312, number));
        let expected = "byte 0: expected a magic number of Python 3.7 to 3.15";
        assert_eq!(text, format!("{expected}, found {number}, that of {name}"));
    }
    assert_eq!(
        message(b"PK\x03\x04"),
        "byte 0: expected a magic number of Python 3.7 to 3.15, found 19280 (bytes [50, 4b])"
    );
}

#[test]
fn broken_headers() {
    let cut = "found the end of the data after";
    assert_eq!(message(b""), format!("byte 0: expected a magic number (2 bytes), {cut} 0 bytes"));
    assert_eq!(
        message(b"\xcb\x0d\r\n"),
        format!("byte 4: expected the flags of a .pyc header (4 bytes), {cut} 0 bytes")
    );
    assert_eq!(
        message(b"\xcb\x0d\n\n"),
        "byte 2: expected the carriage return and line feed of a magic number, found [0a, 0a]"
    );
    let mut bytes = with_magic(Version::Py312, 3531);
    bytes[4] = 4;
    assert_eq!(message(&bytes), "byte 4: expected the flags 0, 1 or 3 of a .pyc header, found 4");
    assert_eq!(
        message(b"\xcb\x0d\r\n\0\0\0\0\0\0\0\0\0\0\0\0N"),
        "byte 16: expected a code object, found another object"
    );
}

#[test]
fn bytes_after_the_code() {
    let mut bytes = with_magic(Version::Py312, 3531);
    bytes.extend(b"more");
    let pyc = read_pyc(&bytes).unwrap();
    assert_eq!(pyc.trailing, b"more");
    assert_eq!(pyc.warnings, ["4 bytes after the code object are ignored"]);
    assert_eq!(write_pyc(&pyc).unwrap(), bytes);
}

/// Headers before PEP 552 have no flags.
#[test]
fn short_headers() {
    let mut bytes = with_magic(Version::Py37, 3390);
    bytes.drain(4..8);
    let pyc = read_pyc(&bytes).unwrap();
    assert_eq!(pyc.header.size(), 12);
    assert_eq!(write_pyc(&pyc).unwrap(), bytes);
}

#[test]
fn new_headers() {
    let timestamp = Validation::Timestamp { mtime: 0x0102_0304, source_size: 5 };
    let bytes = Header::new(Version::Py312, timestamp).to_bytes();
    assert_eq!(bytes, b"\xcb\x0d\r\n\0\0\0\0\x04\x03\x02\x01\x05\0\0\0");
    for check_source in [false, true] {
        let hash = Validation::Hash { source_hash: *b"12345678", check_source };
        let code = lancehead_pyc::CodeObject::new(Version::Py315);
        let written = write_pyc(&Pyc::new(Header::new(Version::Py315, hash), code)).unwrap();
        assert_eq!(written[4], if check_source { 3 } else { 1 });
        let read = read_pyc(&written).unwrap();
        assert_eq!((read.header.validation, read.header.magic), (hash, 3666));
    }
}
