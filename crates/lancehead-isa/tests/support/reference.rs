//! The facts that `dump_reference.py` prints.

#![allow(dead_code, reason = "each test uses its part")]

use lancehead_pyc::Version;

/// Where stack effects are sampled: `ARGS` of the script.
pub fn args() -> Vec<u32> {
    (0..18).chain([31, 32, 64, 128, 255, 256, 257, 513, 1000, 65535, 65536]).collect()
}

/// One `opcode` line.
pub struct OpcodeFacts<'a> {
    pub number: u8,
    pub name: &'a str,
    /// Names and numbers of entries, as `counter:1,version:2`.
    pub caches: &'a str,
    pub has: Vec<&'a str>,
    /// `stack_effect` by sampled argument; `None` where the interpreter refuses to tell. One list per value of `jump`,
    /// or a single one (3.7).
    pub effects: Vec<Vec<Option<i64>>>,
}

/// The lines about opcodes.
pub fn opcodes(text: &str) -> impl Iterator<Item = OpcodeFacts<'_>> {
    rows(text, "opcode").map(|row| OpcodeFacts {
        number: row[0].parse().unwrap(),
        name: row[1],
        caches: row[2],
        has: row[3].split(',').filter(|kind| *kind != "-").collect(),
        effects: row[4..].iter().map(|list| effects(list)).collect(),
    })
}

fn effects(list: &str) -> Vec<Option<i64>> {
    let values: Vec<Option<i64>> =
        list.split(',').map(|value| (value != "x").then(|| value.parse().unwrap())).collect();
    if values.len() == 1 { vec![values[0]; args().len()] } else { values }
}

/// The lines that begin with `label`, as words after it.
pub fn rows<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = Vec<&'a str>> {
    text.lines().filter_map(move |line| {
        let mut words = line.split(' ');
        (words.next() == Some(label)).then(|| words.collect())
    })
}

/// The lines that begin with `label` and a number, as number and the rest of the line.
pub fn numbered<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = (u32, String)> {
    rows(text, label).map(|row| (row[0].parse().unwrap(), row[1..].join(" ")))
}

/// The committed facts of one version.
pub fn committed(version: Version) -> String {
    let path = format!("{}/tests/reference/{version}.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}
