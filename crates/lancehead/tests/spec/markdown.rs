//! Reads the specification: markdown in which code blocks are examples.
//!
//! A block whose info string starts with `py`, `py make` or `asm` begins an example. The blocks `py expected` and `dump`
//! after it belong to it, and so does a line `Known: why it fails`. Everything else is prose.

use std::ops::Range;
use std::path::{Path, PathBuf};

use lancehead::{Layout, Version};

/// A range of versions, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    pub since: Version,
    pub until: Version,
    /// Whether the info string names them. Otherwise a version that does not compile the source is left out.
    pub are_named: bool,
}

impl Versions {
    pub fn contains(&self, version: Version) -> bool {
        (self.since..=self.until).contains(&version)
    }
}

/// What a block of source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Python source.
    Source,
    /// A Python program that leaves a code object in `code`: for code that no compiler makes.
    Program,
    /// Text assembly, which says its version itself.
    Assembly,
}

/// A code block that says what an example must give.
#[derive(Debug, Clone)]
pub struct Expected {
    pub versions: Versions,
    pub text: String,
    /// The worst fate of the code objects: `proven`, `emulated`, `unproven`, `not_recovered`.
    pub fate: String,
    /// The lines of the file that it takes.
    pub lines: Range<usize>,
}

/// A code block with the graph of one code object after a pass.
#[derive(Debug, Clone)]
pub struct DumpBlock {
    pub versions: Versions,
    /// The name of the pass.
    pub after: String,
    /// The path of the code object.
    pub path: String,
    pub text: String,
    pub lines: Range<usize>,
}

/// What is known not to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub versions: Versions,
    pub reason: String,
    /// The line of the file that says so.
    pub line: usize,
}

/// One example.
#[derive(Debug, Clone)]
pub struct Example {
    pub file: PathBuf,
    /// File and heading, as a path of words: `if::fork_the_arm_written_first`.
    pub name: String,
    pub heading: String,
    pub kind: Kind,
    pub source: String,
    pub versions: Versions,
    pub optimise: u8,
    pub layout: Layout,
    /// The fate where no block is expected.
    pub fate: String,
    /// The lines of the file that the source block takes.
    pub lines: Range<usize>,
    pub expected: Vec<Expected>,
    pub dumps: Vec<DumpBlock>,
    pub known: Vec<Known>,
}

impl Example {
    /// The text and the fate that are wanted for `version`.
    pub fn wanted(&self, version: Version) -> (&str, &str) {
        let block = self.expected.iter().find(|block| block.versions.contains(version));
        block.map_or((&self.source, &self.fate), |block| (&block.text, &block.fate))
    }

    /// Why it is known to fail for `version`.
    pub fn known(&self, version: Version) -> Option<&str> {
        let known = self.known.iter().find(|known| known.versions.contains(version));
        known.map(|known| known.reason.as_str())
    }

    /// Where it stands, for messages.
    pub fn place(&self) -> String {
        let file = self.file.file_name().unwrap_or_default().to_string_lossy();
        format!("crates/lancehead/tests/spec/{file}:{} ({})", self.lines.start + 1, self.heading)
    }
}

/// The examples in a file, or the line and what is wrong with it.
pub fn read(file: &Path, text: &str) -> Result<Vec<Example>, String> {
    let mut reader = Reader { file, heading: String::new(), examples: Vec::new() };
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some(info) = line.strip_prefix("```") {
            let length = lines[at + 1..].iter().position(|line| *line == "```");
            let length = length.ok_or(format!("line {}: the block does not end", at + 1))?;
            let body = lines[at + 1..at + 1 + length].iter().map(|line| format!("{line}\n")).collect();
            reader.block(info, body, at..at + length + 2).map_err(|e| format!("line {}: {e}", at + 1))?;
            at += length + 2;
            continue;
        }
        if let Some(heading) = line.strip_prefix('#') {
            reader.heading = heading.trim_start_matches('#').trim().to_owned();
        } else if line.starts_with("Known") {
            reader.known(line, at).map_err(|error| format!("line {}: {error}", at + 1))?;
        }
        at += 1;
    }
    Ok(reader.examples)
}

struct Reader<'a> {
    file: &'a Path,
    heading: String,
    examples: Vec<Example>,
}

impl Reader<'_> {
    fn block(&mut self, info: &str, text: String, lines: Range<usize>) -> Result<(), String> {
        let words: Vec<&str> = info.split_whitespace().collect();
        match words[..] {
            ["py", "expected", ref rest @ ..] => {
                let mut info = Info::read(rest)?;
                let fate = info.take("fate").unwrap_or("proven".to_owned());
                let versions = info.versions()?;
                self.last()?.expected.push(Expected { versions, text, fate, lines });
                info.finish()
            }
            ["dump", ref rest @ ..] => {
                let mut info = Info::read(rest)?;
                let after = info.take("after").ok_or("a dump without `after=`")?;
                let path = info.take("of").unwrap_or("<module>".to_owned());
                let versions = info.versions()?;
                self.last()?.dumps.push(DumpBlock { versions, after, path, text, lines });
                info.finish()
            }
            ["py", "make", ref rest @ ..] => self.example(Kind::Program, rest, text, lines),
            ["py", ref rest @ ..] => self.example(Kind::Source, rest, text, lines),
            ["asm", ref rest @ ..] => self.example(Kind::Assembly, rest, text, lines),
            _ => Ok(()),
        }
    }

    fn example(
        &mut self,
        kind: Kind,
        words: &[&str],
        source: String,
        lines: Range<usize>,
    ) -> Result<(), String> {
        let mut info = Info::read(words)?;
        let optimise = info.take("optimise").map_or(Ok(0), |level| level.parse());
        let layout = match info.take("layout").as_deref() {
            None => Layout::Pretty,
            Some("lines") => Layout::Lines,
            Some(other) => return Err(format!("no layout {other}")),
        };
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}::{}", slug(&self.heading));
        let same = |example: &&Example| example.name.split('#').next() == Some(&*name);
        let name = match self.examples.iter().filter(same).count() {
            0 => name,
            count => format!("{name}#{}", count + 1),
        };
        self.examples.push(Example {
            file: self.file.to_owned(),
            name,
            heading: self.heading.clone(),
            kind,
            source,
            versions: info.versions()?,
            optimise: optimise.map_err(|_| "optimise= is 0, 1 or 2")?,
            layout,
            fate: info.take("fate").unwrap_or("proven".to_owned()),
            lines,
            expected: Vec::new(),
            dumps: Vec::new(),
            known: Vec::new(),
        });
        info.finish()
    }

    fn known(&mut self, text: &str, line: usize) -> Result<(), String> {
        let (head, reason) = text.split_once(": ").ok_or("`Known` without a reason")?;
        let words: Vec<&str> = head.split_whitespace().skip(1).collect();
        let mut info = Info::read(&words)?;
        let known = Known { versions: info.versions()?, reason: reason.to_owned(), line };
        self.last()?.known.push(known);
        info.finish()
    }

    fn last(&mut self) -> Result<&mut Example, String> {
        self.examples.last_mut().ok_or("belongs to no example".to_owned())
    }
}

/// The `name=value` words of an info string.
struct Info(Vec<(String, String)>);

impl Info {
    fn read(words: &[&str]) -> Result<Info, String> {
        let pair = |word: &&str| {
            let pair = word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            pair.ok_or(format!("{word} is no name=value"))
        };
        words.iter().map(pair).collect::<Result<_, _>>().map(Info)
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(other, _)| other == name)?;
        Some(self.0.remove(at).1)
    }

    fn versions(&mut self) -> Result<Versions, String> {
        let (since, until) = (self.take("since"), self.take("until"));
        let are_named = since.is_some() || until.is_some();
        let version = |text: Option<String>, default: Version| {
            text.map_or(Ok(default), |text| text.parse().map_err(|_| format!("no version {text}")))
        };
        let [first, .., last] = Version::ALL;
        Ok(Versions { since: version(since, first)?, until: version(until, last)?, are_named })
    }

    fn finish(self) -> Result<(), String> {
        match self.0.first() {
            Some((name, _)) => Err(format!("unknown attribute {name}=")),
            None => Ok(()),
        }
    }
}

/// A heading as one word for names of tests.
fn slug(heading: &str) -> String {
    let words = heading.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}
