//! Each type code of marshal, read and written.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

use std::sync::Arc;

use lancehead_pyc::{Object, ObjectRef, Version, WriteError, read_marshal, write_marshal};

fn read(bytes: &[u8]) -> ObjectRef {
    read_marshal(bytes, Version::Py315).unwrap_or_else(|error| panic!("{}: {error}", bytes.escape_ascii()))
}

fn message(bytes: &[u8]) -> String {
    read_marshal(bytes, Version::Py315).unwrap_err().to_string()
}

fn int(value: i64) -> ObjectRef {
    Object::Int(value).into()
}

fn text(value: &str) -> ObjectRef {
    Object::Str(value.into()).into()
}

/// Data as CPython writes it, and its value: read as that, and written as those bytes.
#[test]
fn canonical() {
    let big = num_bigint::BigInt::from(1u128 << 64);
    let cases: Vec<(&[u8], Object)> = vec![
        (b"N", Object::None),
        (b"T", Object::Bool(true)),
        (b"F", Object::Bool(false)),
        (b".", Object::Ellipsis),
        (b"S", Object::StopIteration),
        (b"i\xff\xff\xff\x7f", Object::Int(i32::MAX.into())),
        (b"i\0\0\0\x80", Object::Int(i32::MIN.into())),
        (b"l\x03\0\0\0\0\0\0\0\x02\0", Object::Int(1 << 31)),
        (b"l\xfd\xff\xff\xff\x01\0\0\0\x02\0", Object::Int(-(1 << 31) - 1)),
        (b"l\x05\0\0\0\xff\x7f\xff\x7f\xff\x7f\xff\x7f\x07\0", Object::Int(i64::MAX)),
        (b"l\xfb\xff\xff\xff\0\0\0\0\0\0\0\0\x08\0", Object::Int(i64::MIN)),
        (b"l\x05\0\0\0\0\0\0\0\0\0\0\0\x10\0", Object::BigInt(big.clone())),
        (b"l\xfb\xff\xff\xff\0\0\0\0\0\0\0\0\x10\0", Object::BigInt(-big)),
        (b"g\0\0\0\0\0\0\xf8?", Object::Float(1.5)),
        (b"y\0\0\0\0\0\0\xf8?\0\0\0\0\0\0\0\xc0", Object::Complex(1.5, -2.0)),
        (b"s\x02\0\0\0\0\xff", Object::Bytes(vec![0, 255])),
        (b"z\x03a b", Object::Str("a b".into())),
        (b"Z\x03a_1", Object::Str("a_1".into())),
        (b"u\x02\0\0\0\xc3\xa9", Object::Str("é".into())),
        (b")\0", Object::Tuple(vec![])),
        (b")\x02i\x01\0\0\0i\x02\0\0\0", Object::Tuple(vec![int(1), int(2)])),
        (b"[\x01\0\0\0i\x01\0\0\0", Object::List(vec![int(1)])),
        (b"<\x01\0\0\0i\x01\0\0\0", Object::Set(vec![int(1)])),
        (b">\x01\0\0\0i\x01\0\0\0", Object::FrozenSet(vec![int(1)])),
        (b"{Z\x01ki\x01\0\0\x000", Object::Dict(vec![(text("k"), int(1))])),
        (b"}Z\x01ki\x01\0\0\x000", Object::FrozenDict(vec![(text("k"), int(1))])),
        (b":i\x01\0\0\0i\x02\0\0\0N", Object::Slice(int(1), int(2), Object::None.into())),
    ];
    for (bytes, value) in cases {
        assert_eq!(*read(bytes), value);
        assert_eq!(write_marshal(&value.into(), Version::Py315).unwrap(), bytes);
    }
}

/// Data that other versions of marshal wrote, or nobody.
#[test]
fn other_spellings() {
    let cases: &[(&[u8], Object)] = &[
        (b"I\0\0\0\0\x01\0\0\0", Object::Int(1 << 32)),
        (b"l\0\0\0\0", Object::Int(0)),
        (b"l\xff\xff\xff\xff\x05\0", Object::Int(-5)),
        (b"f\x031.5", Object::Float(1.5)),
        (b"f\x04-inf", Object::Float(f64::NEG_INFINITY)),
        (b"x\x011\x042e-3", Object::Complex(1.0, 0.002)),
        (b"t\x01\0\0\0a", Object::Str("a".into())),
        (b"a\x01\0\0\0a", Object::Str("a".into())),
        (b"A\x01\0\0\0a", Object::Str("a".into())),
        (b"z\x01\xe9", Object::Str("é".into())),
        (b"(\x01\0\0\0N", Object::Tuple(vec![Object::None.into()])),
        (b"\xce", Object::None),
    ];
    for (bytes, value) in cases {
        assert_eq!(*read(bytes), *value);
    }
    assert!(matches!(*read(b"f\x03nan"), Object::Float(value) if value.is_nan()));
}

#[test]
fn surrogates() {
    let object = read(b"u\x06\0\0\0\xed\xa0\xbd\xed\xb8\x80");
    let Object::Str(surrogates) = &*object else { panic!("{object:?}") };
    assert_eq!(surrogates.code_points().collect::<Vec<_>>(), [0xD83D, 0xDE00]);
    assert_eq!(write_marshal(&object, Version::Py37).unwrap(), b"u\x06\0\0\0\xed\xa0\xbd\xed\xb8\x80");
    assert_eq!(message(b"u\x02\0\0\0a\xff"), "byte 6: expected UTF-8 text, found byte 0xff");
}

#[test]
fn lengths_of_strings_and_tuples() {
    for (length, code) in [(255, b'z'), (256, b'a')] {
        let written = write_marshal(&text(&" ".repeat(length)), Version::Py312).unwrap();
        assert_eq!(written[0], code);
        assert_eq!(*read(&written), Object::Str(" ".repeat(length).into()));
    }
    for (length, code) in [(255, b')'), (256, b'(')] {
        let tuple: ObjectRef = Object::Tuple(vec![Object::None.into(); length]).into();
        let written = write_marshal(&tuple, Version::Py312).unwrap();
        assert_eq!(written[0], code);
        assert_eq!(read(&written), tuple);
    }
}

/// Objects are numbered in the order in which they begin: the outer tuple is 0, the string 1, the frozenset 2.
#[test]
fn references() {
    let object = read(b"\xa9\x04\xda\x01a\xbe\x01\0\0\0z\x03a b{r\x01\0\0\0N0r\x02\0\0\0");
    let Object::Tuple(items) = &*object else { panic!("{object:?}") };
    let [string, set, dict, again] = &items[..] else { panic!("{items:?}") };
    assert!(Arc::ptr_eq(set, again));
    assert!(matches!(&**dict, Object::Dict(pairs) if Arc::ptr_eq(&pairs[0].0, string)));
}

/// Flags of objects that CPython's reader gives no number are passed over.
#[test]
fn flags_without_numbers() {
    assert_eq!(
        *read(b"\xa9\x03\xce\xe9\x05\0\0\0r\x01\0\0\0"),
        Object::Tuple(vec![Object::None.into(), int(5), int(5)])
    );
}

/// What occurs once is written in full and without flag; what occurs again is a reference.
#[test]
fn shared_objects_are_written_once() {
    let shared: ObjectRef = Object::Tuple(vec![int(1)]).into();
    let list: ObjectRef =
        Object::List(vec![int(1), shared.clone(), text("name"), shared, text("name")]).into();
    let written = write_marshal(&list, Version::Py312).unwrap();
    assert_eq!(written, b"[\x05\0\0\0i\x01\0\0\0\xa9\x01i\x01\0\0\0\xda\x04namer\0\0\0\0r\x01\0\0\0");
    assert_eq!(read(&written), list);
}

#[test]
fn what_is_no_object() {
    assert_eq!(message(b""), "byte 0: expected an object (1 bytes), found the end of the data after 0 bytes");
    assert_eq!(message(b"?"), "byte 0: expected the type code of an object, found byte 0x3f");
    assert_eq!(message(b"0"), "byte 0: expected an object, found the end mark of a dict");
    assert_eq!(message(b")\x010"), "byte 2: expected an object, found the end mark of a dict");
    assert_eq!(message(b"{N0"), "byte 2: expected an object, found the end mark of a dict");
    assert_eq!(message(b"NN"), "byte 1: expected the end of the data, found 1 more bytes");
    assert_eq!(message(b"l\x01\0\0\0\0\x80"), "byte 5: expected a digit of 15 bits of an int, found 0x8000");
    assert_eq!(
        message(b"l\x01\0\0\0\0\0"),
        "byte 5: expected a highest digit of an int that is not zero, found zero"
    );
    assert_eq!(message(b"f\x031_0"), "byte 1: expected a float as text, found `1_0`");
    assert_eq!(message(b"f\0"), "byte 1: expected a float as text, found ``");
    assert_eq!(
        message(b")\x05NN"),
        "byte 2: expected the items of a tuple (5 bytes), found the end of the data after 2 bytes"
    );
}

#[test]
fn what_a_version_cannot_store() {
    let slice: ObjectRef = Object::Slice(int(1), int(2), int(3)).into();
    let dict: ObjectRef = Object::Tuple(vec![Object::FrozenDict(vec![]).into()]).into();
    let refused =
        |object, version| matches!(write_marshal(object, version), Err(WriteError::Unsupported { .. }));
    assert!(refused(&slice, Version::Py313) && !refused(&slice, Version::Py314));
    assert!(refused(&dict, Version::Py314) && !refused(&dict, Version::Py315));
    for (bytes, version, name) in
        [(b":NNN".as_slice(), Version::Py313, "slice"), (b"}0", Version::Py314, "frozendict")]
    {
        let error = read_marshal(bytes, version).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("does not have"), "{error}");
    }
    let deep = (0..2001).fold(Object::None.into(), |inner: ObjectRef, _| Object::Tuple(vec![inner]).into());
    assert_eq!(write_marshal(&deep, Version::Py312), Err(WriteError::TooDeep { limit: 2000 }));
}
