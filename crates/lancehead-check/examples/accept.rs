//! Checks every module of a folder against the `.pyc` beside it (`a.py` and `a.pyc`), and prints what is not accepted.
//!
//!     accept [--quiet] FOLDER…
//!
//! The last line counts code objects accepted and all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lancehead_ast::parse_module;
use lancehead_check::check_module;
use lancehead_pyc::read_pyc;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "py") {
            found.push(path);
        }
    }
}

fn main() {
    let mut quiet = false;
    for argument in std::env::args().skip(1) {
        if argument == "--quiet" {
            quiet = true;
            continue;
        }
        let mut found = Vec::new();
        let path = PathBuf::from(&argument);
        if path.is_file() {
            found.push(path)
        } else {
            sources(&path, &mut found)
        }
        found.sort();
        let (mut all, mut accepted, mut files, mut perfect) = (0, 0, 0, 0);
        let (mut parsing, mut checking) = (Duration::ZERO, Duration::ZERO);
        let mut unparsed = BTreeMap::new();
        for path in found {
            let Ok(bytes) = std::fs::read(path.with_extension("pyc")) else { continue };
            let (Ok(pyc), Ok(source)) = (read_pyc(&bytes), std::fs::read_to_string(&path)) else { continue };
            let code = pyc.code_object();
            let start = Instant::now();
            let module = match parse_module(&source, code.version) {
                Ok(module) => module,
                Err(error) => {
                    unparsed.insert(path, error.to_string());
                    continue;
                }
            };
            parsing += start.elapsed();
            let start = Instant::now();
            let verdicts = check_module(code, &module);
            checking += start.elapsed();
            files += 1;
            let mut whole = true;
            for verdict in &verdicts {
                all += 1;
                match &verdict.difference {
                    None => accepted += 1,
                    Some(difference) => {
                        whole = false;
                        if !quiet {
                            println!(
                                "{}:{} {}: {difference}",
                                path.display(),
                                verdict.first_line,
                                verdict.path
                            );
                        }
                    }
                }
            }
            perfect += usize::from(whole);
        }
        for (path, error) in &unparsed {
            println!("{}: not parsed: {error}", path.display());
        }
        println!(
            "{argument}: {accepted} of {all} code objects, {perfect} of {files} files, {} not parsed; parsed in {:.2} s, checked in {:.2} s",
            unparsed.len(),
            parsing.as_secs_f64(),
            checking.as_secs_f64(),
        );
    }
}
