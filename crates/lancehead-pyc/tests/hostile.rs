//! Bytes that an enemy wrote end in an orderly result, soon, and in little memory.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

#[path = "support/files.rs"]
mod files;
#[path = "support/random.rs"]
mod random;

use std::time::{Duration, Instant};

use random::Random;

use lancehead_pyc::{ReadError, Version, read_marshal, read_pyc, write_marshal, write_pyc};

/// No single input may take longer.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// All inputs together may not take more, in KiB.
const MEMORY_LIMIT: u64 = 500 * 1024;

/// Reads a file; if it is one, it must be written and read again as the same.
fn read_in_order(bytes: &[u8]) -> Result<(), ReadError> {
    let start = Instant::now();
    let result = read_pyc(bytes);
    let text = match &result {
        Ok(pyc) => write_pyc(pyc).unwrap_or_default().len().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(!text.contains('\n'), "{text}");
    assert!(start.elapsed() < TIME_LIMIT, "{:?} for {} bytes", start.elapsed(), bytes.len());
    if let Ok(pyc) = result
        && let Ok(written) = write_pyc(&pyc)
    {
        let again =
            read_pyc(&written).unwrap_or_else(|error| panic!("what was written is not read: {error}"));
        assert_eq!(write_pyc(&again).unwrap(), written);
        return Ok(());
    }
    read_pyc(bytes).map(drop)
}

/// The most memory that this process ever had, in KiB; `None` where the system does not tell.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn assert_little_memory() {
    if let Some(peak) = peak_memory() {
        assert!(peak < MEMORY_LIMIT, "{peak} KiB");
    }
}

/// Two files of each version: the largest fixture below 20 KB, and one with every kind of number.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for version in Version::ALL {
        let files = files::fixtures(version);
        let read = |path: &std::path::PathBuf| std::fs::read(path).unwrap();
        let largest = files.iter().map(read).filter(|bytes| bytes.len() < 20_000).max_by_key(Vec::len);
        let numbers = files.iter().find(|path| path.ends_with("literals_numbers.pyc")).map(read);
        samples.extend(largest.into_iter().chain(numbers));
    }
    assert_eq!(samples.len(), 18);
    samples
}

#[test]
fn every_truncation() {
    for sample in samples() {
        assert_eq!(read_in_order(&sample), Ok(()));
        for length in 0..sample.len() {
            let error = read_pyc(&sample[..length]).expect_err("a truncated file was read");
            assert!(matches!(error, ReadError::Cut { .. }), "{length} of {}: {error}", sample.len());
            assert!(error.offset() <= length);
        }
    }
}

/// Changes a few bytes; numbers near the ends of their ranges, type codes and pieces of the file itself are likelier
/// than chance to do harm.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const TYPE_CODES: &[u8] = b"0NFTS.iIfgxylstr([{cu<>:}aA)zZ";
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 => bytes[at] = random.next() as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes[at] = TYPE_CODES[random.below(TYPE_CODES.len())] | (random.next() as u8 & 0x80),
            3 => bytes[at] = [0, 0x7f, 0x80, 0xff][random.below(4)],
            4 => drop(bytes.drain(at..(at + random.below(16)).min(bytes.len()))),
            5 => bytes.insert(at, random.next() as u8),
            6 => {
                let end = (at + random.below(64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                let end = (at + 4).min(bytes.len());
                bytes[at..end].fill([0, 0x7f, 0xff][random.below(3)]);
            }
        }
        if bytes.is_empty() {
            return;
        }
    }
}

/// `LANCEHEAD_MUTATIONS` sets how many; the bar is 100,000.
#[test]
fn random_mutations() {
    let count = std::env::var("LANCEHEAD_MUTATIONS").ok().map_or(20_000, |count| count.parse().unwrap());
    let samples = samples();
    let mut random = Random(0x1a9c_e4ea_d000_0001);
    let (mut read, mut refused) = (0, 0);
    for round in 0..count {
        let mut bytes = samples[round % samples.len()].clone();
        mutate(&mut bytes, &mut random);
        match read_in_order(&bytes) {
            Ok(()) => read += 1,
            Err(_) => refused += 1,
        }
    }
    println!("{count} mutations: {read} read, {refused} refused, at most {:?} KiB", peak_memory());
    assert!(read > count / 100 && refused > count / 10, "{read} read, {refused} refused");
    assert_little_memory();
}

/// Runs on a stack as small as that of a thread of Rust's standard library.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

/// A code object of 3.12 with these constants, marshalled.
fn code_with(consts: &[u8]) -> Vec<u8> {
    let mut code = b"c".to_vec();
    code.extend([0; 4 * 5]);
    code.extend(b"s\0\0\0\0");
    code.extend(consts);
    code.extend(b")\0)\0s\0\0\0\0z\0z\0z\0\0\0\0\0s\0\0\0\0s\0\0\0\0");
    code
}

#[test]
fn deep_nesting() {
    on_a_small_stack(|| {
        let nested = |depth: usize| [b")\x01".repeat(depth), b"N".to_vec()].concat();
        let deepest = read_marshal(&nested(2000), Version::Py312).unwrap();
        assert_eq!(write_marshal(&deepest, Version::Py312).unwrap(), nested(2000));
        assert_eq!(deepest, read_marshal(&nested(2000), Version::Py312).unwrap());
        let error = read_marshal(&nested(2001), Version::Py312).unwrap_err();
        assert_eq!(error, ReadError::TooDeep { offset: 4000, limit: 2000 });
        read_marshal(&b"[\x01\0\0\0".repeat(100_000), Version::Py312).unwrap_err();
        read_marshal(&b"{".repeat(100_000), Version::Py312).unwrap_err();
        read_marshal(&b":".repeat(100_000), Version::Py315).unwrap_err();
    });
}

#[test]
fn deeply_nested_code() {
    on_a_small_stack(|| {
        let nested =
            |depth: usize| (1..depth).fold(code_with(b")\0"), |c, _| code_with(&[b")\x01", &c[..]].concat()));
        let deepest = nested(1000);
        let object = read_marshal(&deepest, Version::Py312).unwrap();
        assert_eq!(write_marshal(&object, Version::Py312).unwrap(), deepest);
        assert_eq!(object, read_marshal(&deepest, Version::Py312).unwrap());
        let error = read_marshal(&nested(1001), Version::Py312).unwrap_err();
        assert!(matches!(error, ReadError::TooDeep { limit: 2000, .. }), "{error}");
    });
}

/// `count` tuples, each flagged, in a tuple; `item` gives the content of tuple number `index`.
fn tuples(count: u32, item: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = b"(".to_vec();
    bytes.extend(count.to_le_bytes());
    (0..count).for_each(|index| bytes.extend(item(index)));
    bytes
}

fn reference(index: u32) -> Vec<u8> {
    [b"r".as_slice(), &index.to_le_bytes()].concat()
}

/// A deep tuple, and a second one with a reference to the first at its bottom.
#[test]
fn depth_through_references() {
    on_a_small_stack(|| {
        let nested = |depth: usize, bottom: &[u8]| [&b"\xa9\x01".repeat(depth), bottom].concat();
        let twice = |depth| [b")\x02".to_vec(), nested(depth, b"N"), nested(depth, &reference(0))].concat();
        let object = read_marshal(&twice(999), Version::Py312).unwrap();
        assert_eq!(write_marshal(&object, Version::Py312).map(drop), Ok(()));
        let error = read_marshal(&twice(1000), Version::Py312).unwrap_err();
        assert!(matches!(error, ReadError::TooDeep { limit: 2000, .. }), "{error}");
    });
}

/// Each tuple holds only a reference to the one before it, and so is one deeper.
#[test]
fn a_chain_of_references() {
    on_a_small_stack(|| {
        let bytes = tuples(1_000_000, |index| match index {
            0 => b"\xa9\x01N".to_vec(),
            _ => [b"\xa9\x01".to_vec(), reference(index - 1)].concat(),
        });
        assert!(read_marshal(&bytes, Version::Py312).is_err());
    });
}

/// Each tuple holds two references to the one before it: 2⁶⁰ objects in 900 bytes.
#[test]
fn doubling_through_references() {
    let bytes = tuples(60, |index| match index {
        0 => b"\xa9\x02NN".to_vec(),
        _ => [b"\xa9\x02".to_vec(), reference(index - 1), reference(index - 1)].concat(),
    });
    let error = read_marshal(&bytes, Version::Py312).unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
}

/// One huge tuple of constants, and many small code objects that all refer to it.
#[test]
fn repeated_constants() {
    let huge = [b"\xa8".as_slice(), &1_000_000u32.to_le_bytes(), &b"N".repeat(1_000_000)].concat();
    let mut bytes = [b"(".as_slice(), &100_001u32.to_le_bytes(), &huge].concat();
    bytes.extend(code_with(&reference(0)).repeat(100_000));
    let error = read_marshal(&bytes, Version::Py312).unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
    assert_little_memory();
}

#[test]
fn lengths_that_lie() {
    for code in b"sautA([<>" {
        for (length, left) in [(i32::MAX, 3), (4, 3)] {
            let bytes = [&[*code][..], &length.to_le_bytes(), b"NNN"].concat();
            let error = read_marshal(&bytes, Version::Py312).unwrap_err();
            assert!(matches!(error, ReadError::Cut { left: l, .. } if l == left), "{error}");
        }
        let negative = [&[*code][..], &(-1i32).to_le_bytes()].concat();
        let error = read_marshal(&negative, Version::Py312).unwrap_err();
        assert_eq!(error.to_string().split(", found ").nth(1), Some("the length -1"));
    }
    for length in [i32::MIN, i32::MAX] {
        let error =
            read_marshal(&[b"l".as_slice(), &length.to_le_bytes()].concat(), Version::Py312).unwrap_err();
        assert!(matches!(error, ReadError::Cut { .. }), "{error}");
    }
}

/// Containers that each claim to hold all the rest of the data.
#[test]
fn greedy_containers() {
    let bytes = [b"[\xff\xff\x0f\0".repeat(1900), vec![b'N'; 0x10_0000]].concat();
    assert!(read_marshal(&bytes, Version::Py312).is_err());
    assert_little_memory();
}

#[test]
fn references_to_nothing() {
    let cases: &[(&[u8], &str)] = &[
        (b"r\0\0\0\0", "byte 0: expected a reference to an earlier object, found number 0 of 0"),
        (b")\x02ir\0\0\0r\0\0\0\0", "byte 7: expected a reference to an earlier object, found number 0 of 0"),
        (
            b"\xa9\x01r\0\0\0\0",
            "byte 2: expected a reference to an object that is complete, found one to its own container",
        ),
        (
            b"\xdb\x01\0\0\0r\0\0\0\0",
            "byte 5: expected a reference to an object that is complete, found one to its own container",
        ),
        (
            b"r\xff\xff\xff\xff",
            "byte 0: expected a reference to an earlier object, found number 4294967295 of 0",
        ),
    ];
    for (bytes, message) in cases {
        assert_eq!(read_marshal(bytes, Version::Py312).unwrap_err().to_string(), *message);
    }
}
