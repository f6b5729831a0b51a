//! Decompiles every `.pyc` of a folder into another: `folder IN OUT`; or one file to standard output: `folder FILE`.
//!
//! With `LINES=1` in the environment statements stand on their original lines; with `DUMP=pass` the graphs after that pass
//! are printed to standard error.

use std::path::Path;

use lancehead_ast::{Layout, PrintOptions, print_module};
use lancehead_decompile::{Options, Stage, Status, decompile_module};

fn decompile(path: &Path) -> Option<(String, Vec<String>)> {
    let bytes = std::fs::read(path).ok()?;
    let pyc = match lancehead_pyc::read_pyc(&bytes) {
        Ok(pyc) => pyc,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return None;
        }
    };
    let code = pyc.code_object();
    let wanted = std::env::var("DUMP").ok();
    let only = std::env::var("ONLY").ok();
    let dump = |path: &str, pass: &str, stage: Stage<'_>| {
        if wanted.as_deref() == Some(pass) && only.as_deref().is_none_or(|only| path.ends_with(only)) {
            match stage {
                Stage::Graph(graph) => eprintln!("--- {path} after {pass}\n{graph}"),
                Stage::Statements(suite) => eprintln!("--- {path} after {pass}\n{suite:#?}"),
            }
        }
    };
    let listing = |_: &lancehead_pyc::CodeObject| Vec::new();
    let lines = std::env::var_os("LINES").is_some();
    let options =
        Options { lines, listing: &listing, dump: wanted.is_some().then_some(&dump), ..Options::default() };
    let result = decompile_module(code, &options);
    let failures = result
        .functions
        .iter()
        .filter_map(|f| match &f.status {
            Status::NotRecovered { reason } => Some(format!("{}\t{}\t{reason}", path.display(), f.path)),
            Status::Recovered => None,
        })
        .collect();
    let mut print = PrintOptions::new(code.version);
    if lines {
        print.layout = Layout::Lines;
    }
    let printed = print_module(&result.module, &print);
    Some((printed.source.to_string(), failures))
}

fn run() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.len() < 2 {
        if let Some((text, failures)) = args.first().and_then(|p| decompile(Path::new(p))) {
            println!("{text}");
            failures.iter().for_each(|f| eprintln!("{f}"));
        }
        return;
    }
    let Ok(entries) = std::fs::read_dir(&args[0]) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "pyc") {
            continue;
        }
        let result = std::panic::catch_unwind(|| decompile(&path));
        let Ok(Some((text, failures))) = result else {
            eprintln!("PANIC or unreadable: {}", path.display());
            continue;
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned() + ".py";
        if let Err(error) = std::fs::write(Path::new(&args[1]).join(name), text) {
            eprintln!("{error}");
        }
        failures.iter().for_each(|f| println!("{f}"));
    }
}

fn main() {
    let thread = std::thread::Builder::new().stack_size(1 << 30).spawn(run);
    if let Ok(thread) = thread {
        let _ = thread.join();
    }
}
