//! Parses every Python file under a folder and prints it into another: `reprint 3.12 FROM TO`; with `lines` at the
//! end, keeping lines.

use lancehead_ast::{Docstrings, Layout, PrintOptions, parse_module, print_module};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, version, from, to, rest @ ..] = args.as_slice() else {
        return Err("reprint VERSION FROM TO [lines]".into());
    };
    let mut options = PrintOptions::new(version.parse()?);
    options.docstrings = Docstrings::Exact;
    if rest.first().is_some_and(|word| word == "lines") {
        options.layout = Layout::Lines;
    }
    walk(Path::new(from), Path::new(to), &options)
}

fn walk(from: &Path, to: &Path, options: &PrintOptions) -> Result<(), Box<dyn std::error::Error>> {
    if from.is_dir() {
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            if entry.file_type()?.is_symlink() {
                continue;
            }
            walk(&entry.path(), &to.join(entry.file_name()), options)?;
        }
        return Ok(());
    }
    if from.extension().is_none_or(|ext| ext != "py") {
        return Ok(());
    }
    let Ok(source) = std::fs::read_to_string(from) else {
        println!("not UTF-8: {}", from.display());
        return Ok(());
    };
    match parse_module(&source, options.version) {
        Ok(module) => {
            let printed = print_module(&module, options);
            for problem in &printed.problems {
                println!("{}: {problem}", from.display());
            }
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(to, printed.source)?;
        }
        Err(e) => println!("{}: {e}", from.display()),
    }
    Ok(())
}
