//! The command as a person runs it.
//!
//! Each `tests/cli/NAME.txt` is a session: lines that start with `$ ` are commands, what follows each is what it prints.
//!
//! ```text
//! $ lancehead info fixtures/pyc/3.12/only_docstring.pyc
//! | a line on standard output
//! ! a line on standard error
//! ? 2
//! ```
//!
//! `?` is the exit status, where it is not 0. Commands run in the root of the repository. `{tmp}` is a folder of the
//! session's own, `{inputs}` is tests/cli/inputs; `< FILE` gives a standard input, `| head N` and `| grep TEXT` keep
//! lines of standard output. Besides `lancehead` there are `cat FILE` and `ls FOLDER` (all files below it).
//! BLESS=1 writes what is printed into the files.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let mut trials = Vec::new();
    for entry in fs::read_dir(folder).expect("tests/cli") {
        let path = entry.expect("a readable folder").path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            trials.push(Trial::test(name, move || check(&path)));
        }
    }
    trials.push(Trial::test("output_does_not_depend_on_the_number_of_threads", threads));
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs the session at `path`, and compares.
fn check(path: &Path) -> Result<(), Failed> {
    let expected = fs::read_to_string(path)?;
    let session = Session::new(path)?;
    let mut found = String::new();
    for line in expected.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => found += &format!("{line}\n{}", session.run(command)?),
            None if line.starts_with(['|', '!', '?']) => {}
            None => found += &format!("{line}\n"),
        }
    }
    fs::remove_dir_all(&session.tmp)?;
    if found == expected {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        return Ok(fs::write(path, found)?);
    }
    let differ = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    let at = differ.unwrap_or(expected.lines().count().min(found.lines().count()));
    Err(format!("differs from line {}; found:\n{found}", at + 1).into())
}

/// One thread and eight write the same files.
fn threads() -> Result<(), Failed> {
    let session = Session::new(Path::new("threads"))?;
    let mut outputs = Vec::new();
    for jobs in ["1", "8"] {
        let folder = session.tmp.join(jobs);
        let command = format!("lancehead decompile -q fixtures/pyc -j {jobs} -o {}", folder.display());
        session.run(&command)?;
        let names = listing(&folder)?;
        let texts = names.lines().map(|name| fs::read(folder.join(name))).collect::<Result<Vec<_>, _>>()?;
        outputs.push((names, texts));
    }
    fs::remove_dir_all(&session.tmp)?;
    match outputs[0] == outputs[1] {
        true => Ok(()),
        false => Err("one thread and eight give different files".into()),
    }
}

struct Session {
    root: PathBuf,
    inputs: PathBuf,
    tmp: PathBuf,
}

impl Session {
    fn new(path: &Path) -> std::io::Result<Session> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let inputs = PathBuf::from("crates/lancehead-cli/tests/cli/inputs");
        let tmp = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(path.file_stem().unwrap_or_default());
        let _ = fs::remove_dir_all(&tmp);
        fs::create_dir_all(&tmp)?;
        Ok(Session { root, inputs, tmp })
    }

    /// What a command prints, as it stands in the file.
    fn run(&self, line: &str) -> Result<String, Failed> {
        let mut steps = line.split(" | ");
        let command = steps.next().unwrap_or_default();
        let (command, stdin) = match command.split_once(" < ") {
            Some((command, file)) => (command, Some(self.path(file))),
            None => (command, None),
        };
        let words: Vec<String> = command.split_whitespace().map(|word| self.replaced(word)).collect();
        let (mut out, err, status) = match words[0].as_str() {
            "lancehead" => self.lancehead(&words[1..], stdin)?,
            "cat" => (fs::read_to_string(self.path(&words[1]))?, String::new(), 0),
            "ls" => (listing(&self.path(&words[1]))?, String::new(), 0),
            other => return Err(format!("no command {other}").into()),
        };
        for step in steps {
            out = match step.split_once(' ') {
                Some(("head", count)) => lines(out.lines().take(count.parse()?)),
                Some(("grep", text)) => lines(out.lines().filter(|line| line.contains(text))),
                _ => return Err(format!("no filter {step}").into()),
            };
        }
        let mut text = String::new();
        for (mark, stream) in [('|', &out), ('!', &err)] {
            for line in stream.lines() {
                text += self.masked(&format!("{mark} {line}")).trim_end();
                text += "\n";
            }
        }
        if status != 0 {
            text += &format!("? {status}\n");
        }
        Ok(text)
    }

    fn lancehead(&self, words: &[String], stdin: Option<PathBuf>) -> Result<(String, String, i32), Failed> {
        let stdin = match stdin {
            Some(path) => Stdio::from(File::open(path)?),
            None => Stdio::null(),
        };
        let output = Command::new(env!("CARGO_BIN_EXE_lancehead"))
            .args(words)
            .current_dir(&self.root)
            .stdin(stdin)
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .output()?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok((text(output.stdout), text(output.stderr), output.status.code().unwrap_or(-1)))
    }

    fn replaced(&self, word: &str) -> String {
        word.replace("{tmp}", &self.tmp.display().to_string())
            .replace("{inputs}", &self.inputs.display().to_string())
    }

    fn path(&self, word: &str) -> PathBuf {
        self.root.join(self.replaced(word))
    }

    /// `line` without what differs from run to run.
    fn masked(&self, line: &str) -> String {
        let line = line.replace(&self.tmp.display().to_string(), "{tmp}");
        let line = line.replace(&self.inputs.display().to_string(), "{inputs}");
        let line = line.replace(env!("CARGO_PKG_VERSION"), "{version}");
        match line.split_once(" files in ") {
            Some((before, after)) => match after.split_once(" s: ") {
                Some((_, rest)) => format!("{before} files in {{time}} s: {rest}"),
                None => line,
            },
            None => line,
        }
    }
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(|line| format!("{line}\n")).collect()
}

/// The files below `folder`, one a line.
fn listing(folder: &Path) -> std::io::Result<String> {
    let mut waiting = vec![folder.to_owned()];
    let mut names = Vec::new();
    while let Some(path) = waiting.pop() {
        if fs::symlink_metadata(&path)?.is_dir() {
            waiting.extend(fs::read_dir(&path)?.flatten().map(|entry| entry.path()));
        } else {
            names.push(path.strip_prefix(folder).unwrap_or(&path).display().to_string());
        }
    }
    names.sort();
    Ok(lines(names.iter().map(String::as_str)))
}
