//! `BLESS=1`: compiles the examples anew where interpreters are found, and writes what comes out as what is expected.
//!
//! What an example wants where it is known to fail is left as it is, and so is what a source wants that is not recovered, not
//! proven or takes temporaries, unless the example says that this is its fate: then it is known to fail from now on.

use std::collections::BTreeSet;
use std::path::Path;

use lancehead::Version;

use crate::compiled::{self, Compiled, Key};
use crate::judge;
use crate::markdown::{self, Example, Kind};

/// Compiles all examples of a file with all interpreters found. Keeps what is there already if it is the same code.
pub fn compile(file: &Path, examples: &[Example]) -> Result<Compiled, String> {
    let path = compiled::path_for(file);
    let before = compiled::read(&path)?;
    let mut after = Compiled::new();
    for version in Version::ALL {
        let wanted =
            |example: &&Example| example.kind != Kind::Assembly && example.versions.contains(version);
        let examples: Vec<&Example> = examples.iter().filter(wanted).collect();
        let fresh = compiled::compile(&examples, version).transpose()?.unwrap_or_default();
        for example in examples {
            let key = Key::of(example, version);
            let kept = before.get(&key);
            let data = match (fresh.get(&key), kept) {
                (Some(fresh), Some(kept)) if compiled::is_same(fresh.as_ref(), kept.as_ref(), version) => {
                    kept
                }
                (Some(fresh), _) => fresh,
                (None, Some(kept)) => kept,
                (None, None) => continue,
            };
            after.insert(key, data.clone());
        }
    }
    if after != before {
        compiled::write(&path, &after).map_err(|error| error.to_string())?;
    }
    Ok(after)
}

/// Rewrites the blocks of a file that say what is expected. Gives the number of examples that changed.
pub fn rewrite(file: &Path, filter: Option<&str>) -> Result<usize, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let examples = markdown::read(file, &text)?;
    let compiled = compile(file, &examples)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut count = 0;
    // From the end, so that what is before keeps its lines.
    for example in examples.iter().rev() {
        if filter.is_some_and(|filter| !example.name.contains(filter)) {
            continue;
        }
        let before = lines_of(example, &lines);
        let after = written(example, &results(example, &compiled)?);
        if before == after {
            continue;
        }
        count += 1;
        let expected = example.expected.iter().map(|block| block.lines.clone());
        let dumps = example.dumps.iter().map(|dump| dump.lines.clone());
        let known = example.known.iter().map(|known| known.line..known.line + 1);
        // With the empty line before each.
        let stale: BTreeSet<usize> = expected
            .chain(dumps)
            .chain(known)
            .flat_map(|range| range.start.saturating_sub(1)..range.end)
            .collect();
        for at in stale.into_iter().rev() {
            lines.remove(at);
        }
        lines.splice(example.lines.end..example.lines.end, after);
    }
    if count > 0 {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(file, text).map_err(|error| error.to_string())?;
    }
    Ok(count)
}

/// What stands behind the source of an example now.
fn lines_of(example: &Example, lines: &[String]) -> Vec<String> {
    let blocks = example.expected.iter().map(|block| block.lines.clone());
    let known = example.known.iter().map(|known| known.line..known.line + 1);
    let dumps = example.dumps.iter().map(|dump| dump.lines.clone());
    let parts = blocks.chain(known).chain(dumps);
    parts.flat_map(|range| std::iter::once(String::new()).chain(lines[range].iter().cloned())).collect()
}

/// What is to be written of an example in one version.
struct Outcome {
    version: Version,
    text: String,
    fate: String,
    known: Option<String>,
    /// The graphs, by the number of their block.
    dumps: Vec<(usize, String)>,
}

/// What an example gives in all versions. What is not recovered or not proven, and not said to be so, is known to fail.
fn results(example: &Example, compiled: &Compiled) -> Result<Vec<Outcome>, String> {
    let mut results = Vec::new();
    for version in Version::ALL {
        let Some((bytes, format)) = judge::bytes(example, compiled, version)? else { continue };
        let (text, fate) = example.wanted(version);
        let (text, fate) = (text.to_owned(), fate.to_owned());
        let actual = judge::run(example, version, &bytes, format)
            .map_err(|error| format!("{}, {version}: {error}", example.place()))?;
        let numbers = (0..example.dumps.len()).filter(|at| example.dumps[*at].versions.contains(version));
        let dumps = numbers.zip(actual.dumps.iter().cloned()).collect();
        // What a compiler made is recovered and proven, and needs no temporaries.
        let is_bad = example.kind == Kind::Source && actual.fate != "proven" && actual.fate != fate;
        let result = match example.known(version) {
            Some(reason) if judge::compare(example, version, &actual).is_err() => {
                Outcome { version, text, fate, known: Some(reason.to_owned()), dumps }
            }
            None if is_bad => {
                let known = Some(short_reason(&actual));
                Outcome { version, text, fate, known, dumps }
            }
            _ => Outcome { version, text: actual.text, fate: actual.fate.to_owned(), known: None, dumps },
        };
        results.push(result);
    }
    Ok(results)
}

/// Why an example fails, without what differs between versions.
fn short_reason(actual: &judge::Actual) -> String {
    let reason = actual.reasons.first().map_or("it takes temporaries", |reason| reason.as_str());
    let reason = reason.split(" (at offset").next().unwrap_or(reason);
    let reason = reason.split(" (offset").next().unwrap_or(reason);
    format!("{}, {reason}", actual.fate.replace('_', " "))
}

/// What stands behind the source of an example: one block for each range of versions of which the same is wanted.
fn written(example: &Example, results: &[Outcome]) -> Vec<String> {
    let mut lines = Vec::new();
    let is_default = |result: &Outcome| result.text == example.source && result.fate == example.fate;
    for (since, until, result) in ranges(results, |a, b| (&a.text, &a.fate) == (&b.text, &b.fate)) {
        if !is_default(result) {
            let fate = Some(result.fate.as_str()).filter(|fate| *fate != "proven");
            lines.extend([String::new(), format!("```{}", info("py expected", since, until, fate))]);
            lines.extend(result.text.lines().map(str::to_owned));
            lines.push("```".to_owned());
        }
    }
    for (since, until, result) in ranges(results, |a, b| a.known == b.known) {
        if let Some(reason) = &result.known {
            lines.extend([String::new(), format!("{}: {reason}", info("Known", since, until, None))]);
        }
    }
    for (at, dump) in example.dumps.iter().enumerate() {
        let head = format!("dump after={} of={}", dump.after, dump.path);
        let text = results.iter().flat_map(|result| &result.dumps).find(|(number, _)| *number == at);
        let text = text.map_or(dump.text.as_str(), |(_, text)| text);
        lines.extend([
            String::new(),
            format!("```{}", info(&head, dump.versions.since, dump.versions.until, None)),
        ]);
        lines.extend(text.lines().map(str::to_owned));
        lines.push("```".to_owned());
    }
    lines
}

/// Neighbours that are the same, with the first and the last version of each range.
fn ranges(
    results: &[Outcome],
    is_same: impl Fn(&Outcome, &Outcome) -> bool,
) -> Vec<(Version, Version, &Outcome)> {
    let mut ranges: Vec<(Version, Version, &Outcome)> = Vec::new();
    for result in results {
        match ranges.last_mut() {
            Some((_, until, first)) if is_same(first, result) => *until = result.version,
            _ => ranges.push((result.version, result.version, result)),
        }
    }
    let [first, .., last] = Version::ALL;
    if let Some(range) = ranges.first_mut() {
        range.0 = first;
    }
    if let Some(range) = ranges.last_mut() {
        range.1 = last;
    }
    ranges
}

/// An info string; ends that are those of all versions are not said.
fn info(head: &str, since: Version, until: Version, fate: Option<&str>) -> String {
    let mut info = head.to_owned();
    if since != Version::ALL[0] {
        info += &format!(" since={since}");
    }
    if Some(&until) != Version::ALL.last() {
        info += &format!(" until={until}");
    }
    if let Some(fate) = fate {
        info += &format!(" fate={fate}");
    }
    info
}
