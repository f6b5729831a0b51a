//! Says what in `.pyc` files no compiler writes.
//!
//!     authentic PATH…
//!
//! A folder stands for all files in it. The last line counts code objects, and how many hold something odd.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lancehead_code::{authentic, code_tree};
use lancehead_pyc::read_pyc;

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| files(&entry.path(), found)),
        Err(_) => found.push(path.to_owned()),
    }
}

fn main() {
    let mut found = Vec::new();
    std::env::args().skip(1).for_each(|path| files(Path::new(&path), &mut found));
    found.sort();
    let (mut codes, mut odd, mut spent) = (0, 0, Duration::ZERO);
    for path in found.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pyc")) {
        let Some(pyc) = std::fs::read(path).ok().and_then(|bytes| read_pyc(&bytes).ok()) else { continue };
        for (_, code) in code_tree(pyc.code_object()) {
            codes += 1;
            let start = Instant::now();
            let oddities = authentic(code);
            spent += start.elapsed();
            odd += usize::from(!oddities.is_empty());
            for oddity in oddities {
                println!("{}: {} line {}: {oddity}", path.display(), code.qualname, code.firstlineno);
            }
        }
    }
    println!("{odd} of {codes} code objects, {:.2} s", spent.as_secs_f64());
}
