//! Writes changed copies of modules, and what the checker says of each, for an interpreter to judge.
//!
//!     mutants FOLDER OUT STEP [COUNT]
//!
//! FOLDER holds modules with their `.pyc` beside them. Every STEPth change of each is printed to OUT, and OUT/verdicts
//! gets a line for each, COUNT at most: original, copy, the change, and the paths of the code objects that are not accepted.

#[path = "../tests/support/mutate.rs"]
mod mutate;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lancehead_ast::{PrintOptions, parse_module, print_module};
use lancehead_check::check_module;
use lancehead_pyc::read_pyc;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, out, step, rest @ ..] = &arguments[..] else { return Ok(()) };
    let step: usize = step.parse().unwrap_or(50);
    let most: usize = rest.first().and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
    std::fs::create_dir_all(out)?;
    let mut report = String::new();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let (mut count, mut offset) = (0, 0);
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "py")) {
        let Ok(bytes) = std::fs::read(path.with_extension("pyc")) else { continue };
        let (Ok(pyc), Ok(source)) = (read_pyc(&bytes), std::fs::read_to_string(path)) else { continue };
        let code = pyc.code_object();
        let Ok(module) = parse_module(&source, code.version) else { continue };
        let mut number = offset;
        offset = (offset + 7) % step;
        while count < most {
            let mut changed = module.clone();
            let Some(what) = mutate::mutate(&mut changed, number) else { break };
            number += step;
            let printed = print_module(&changed, &PrintOptions::new(code.version));
            let Ok(again) = parse_module(&printed.source, code.version) else { continue };
            let copy = Path::new(out).join(format!("m{count}.py"));
            std::fs::write(&copy, &printed.source)?;
            count += 1;
            let refused = check_module(code, &again).into_iter().filter(|v| v.difference.is_some());
            let refused: Vec<String> = refused.map(|verdict| verdict.path).collect();
            let _ = writeln!(report, "{}\t{}\t{what}\t{}", path.display(), copy.display(), refused.join(" "));
        }
    }
    std::fs::write(Path::new(out).join("verdicts"), report)
}
