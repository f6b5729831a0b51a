//! How fast `.pyc` files are read and written, on one core.

#![allow(clippy::unwrap_used, reason = "a benchmark says no by panicking")]

#[path = "../tests/support/files.rs"]
mod files;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use lancehead_pyc::{Pyc, Version, read_pyc, write_pyc};

fn main() {
    divan::main();
}

/// Every fixture of every version.
fn fixtures() -> Vec<Vec<u8>> {
    let paths = Version::ALL.into_iter().flat_map(files::fixtures);
    paths.map(|path| std::fs::read(path).unwrap()).collect()
}

fn total(contents: &[Vec<u8>]) -> BytesCount {
    BytesCount::new(contents.iter().map(Vec::len).sum::<usize>())
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let contents = fixtures();
    bencher.counter(total(&contents)).bench_local(|| {
        for content in &contents {
            black_box(read_pyc(black_box(content)).unwrap());
        }
    });
}

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let contents = fixtures();
    let pycs: Vec<Pyc> = contents.iter().map(|content| read_pyc(content).unwrap()).collect();
    bencher.counter(total(&contents)).bench_local(|| {
        for pyc in &pycs {
            black_box(write_pyc(black_box(pyc)).unwrap());
        }
    });
}
