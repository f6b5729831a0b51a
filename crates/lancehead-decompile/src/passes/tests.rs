//! Runs the file tests of the passes: `tests/passes/NAME.md` holds graphs before the pass NAME and after it.
//!
//! ` ```graph python=3.12 ` is a graph in the text form of [`lancehead_ir::text`], as `--dump-after` prints it; with `end=b5` where the
//! code cannot return, and all its paths end in b5. ` ```graph after ` is what the pass makes of it; BLESS=1 rewrites that.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use lancehead_ir::text::parse;
use lancehead_ir::verify::{annotated, verify, verify_depths};
use lancehead_ir::{BlockId, Graph, RegionId};
use lancehead_pyc::Version;

use super::{PASSES, Prepared};
use crate::code::dialect::Dialect;
use crate::graph::handlers::{HandlerKind, handler_kind, tests_exceptions};

/// The fewest examples that each pass has.
const FEWEST: usize = 2;

struct Example {
    heading: String,
    info: String,
    before: String,
    after: String,
    /// The lines of the block with the graph after the pass.
    lines: std::ops::Range<usize>,
}

#[test]
fn every_pass_does_what_its_examples_show() {
    let mut wrong = Vec::new();
    for (name, pass) in PASSES {
        let path = folder().join(format!("{name}.md"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let examples = examples(&text);
        if examples.len() < FEWEST {
            wrong.push(format!("{}: {} examples, {FEWEST} are wanted", path.display(), examples.len()));
        }
        let mut lines: Vec<&str> = text.lines().collect();
        let mut blessed = Vec::new();
        for example in &examples {
            let mut prepared = prepared(example).unwrap_or_else(|error| panic!("{name}.md: {error}"));
            pass(&mut prepared);
            let broken = [verify(&prepared.graph), verify_depths(&prepared.graph)].concat();
            let after = prepared.graph.to_string();
            if !broken.is_empty() {
                wrong.push(format!(
                    "{name}.md, {}:\n{}",
                    example.heading,
                    annotated(&prepared.graph, &broken)
                ));
            }
            if example.before == after {
                wrong.push(format!("{name}.md, {}: the pass does nothing", example.heading));
            }
            if example.after != after {
                wrong.push(format!("{name}.md, {}: now\n{after}", example.heading));
            }
            blessed.push(after);
        }
        if std::env::var_os("BLESS").is_some() {
            for (example, after) in examples.iter().zip(&blessed).rev() {
                lines.splice(example.lines.clone(), after.lines());
            }
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            std::fs::write(&path, text).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/passes")
}

fn examples(text: &str) -> Vec<Example> {
    let lines: Vec<&str> = text.lines().collect();
    let mut examples: Vec<Example> = Vec::new();
    let (mut heading, mut at) = ("", 0);
    while at < lines.len() {
        let Some(info) = lines[at].strip_prefix("```graph ") else {
            heading = lines[at].strip_prefix("## ").unwrap_or(heading);
            at += 1;
            continue;
        };
        let length = lines[at + 1..].iter().position(|line| *line == "```").expect("a block ends");
        let range = at + 1..at + 1 + length;
        let graph: String = lines[range.clone()].iter().map(|line| format!("{line}\n")).collect();
        match examples.last_mut().filter(|_| info == "after") {
            Some(last) => (last.after, last.lines) = (graph, range),
            None => examples.push(Example {
                heading: heading.to_owned(),
                info: info.to_owned(),
                before: graph,
                after: String::new(),
                lines: 0..0,
            }),
        }
        at += length + 2;
    }
    examples
}

fn prepared(example: &Example) -> Result<Prepared, String> {
    let value = |name: &str| example.info.split(' ').find_map(|word| word.strip_prefix(name));
    let version: Version = value("python=").and_then(|text| text.parse().ok()).ok_or("no python=")?;
    let end = value("end=b").map(|digits| digits.parse().map(BlockId)).transpose();
    let end = end.map_err(|error| error.to_string())?;
    let graph = parse(&example.before).map_err(|error| format!("{}: {error}", example.heading))?;
    let broken = verify(&graph);
    if !broken.is_empty() {
        return Err(annotated(&graph, &broken));
    }
    Ok(Prepared { kinds: kinds(&graph), graph, dialect: Dialect::of(version), end, meter: Rc::default() })
}

fn kinds(graph: &Graph) -> Vec<HandlerKind> {
    let tests = tests_exceptions(graph);
    let regions = (0..graph.regions.len() as u32).map(RegionId);
    regions.map(|region| handler_kind(graph, region, &tests)).collect()
}
