//! How fast are reading, disassembling and decompiling? Over the fixtures of one version, by bytes of `.pyc`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use divan::counter::BytesCount;
use lancehead::{
    DecompileOptions, Format, Loaded, PlainText, PrintOptions, decompile_code, write_disassembly,
};

const VERSIONS: [&str; 3] = ["3.8", "3.12", "3.15"];

fn main() {
    // Decompiling wants a big stack, and divan runs benchmarks on the thread that starts it.
    lancehead::isolate::on_big_stack(divan::main).unwrap();
}

fn files(version: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pyc").join(version);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn loaded(version: &str) -> (Vec<Loaded>, BytesCount) {
    let files = files(version);
    let size = BytesCount::new(files.iter().map(Vec::len).sum::<usize>());
    (files.iter().map(|bytes| Loaded::read(bytes, Format::Pyc).unwrap()).collect(), size)
}

#[divan::bench(args = VERSIONS)]
fn read(bencher: divan::Bencher<'_, '_>, version: &str) {
    let files = files(version);
    let size = BytesCount::new(files.iter().map(Vec::len).sum::<usize>());
    bencher.counter(size).bench(|| {
        for bytes in &files {
            divan::black_box(Loaded::read(bytes, Format::Pyc).unwrap());
        }
    });
}

#[divan::bench(args = VERSIONS)]
fn dis(bencher: divan::Bencher<'_, '_>, version: &str) {
    let (files, size) = loaded(version);
    bencher.counter(size).bench(|| {
        for file in &files {
            let mut text = String::new();
            write_disassembly(file.code(), PrintOptions::default(), &mut PlainText(&mut text)).unwrap();
            divan::black_box(text);
        }
    });
}

/// With and without the proof.
#[divan::bench(args = VERSIONS, consts = [false, true])]
fn decompile<const CHECK: bool>(bencher: divan::Bencher<'_, '_>, version: &str) {
    let (files, size) = loaded(version);
    let mut options = DecompileOptions::default();
    options.check = CHECK;
    bencher.counter(size).bench(|| {
        for file in &files {
            divan::black_box(decompile_code(file.code(), &options));
        }
    });
}
