//! Commands and options, each declared once, with its short and its long help.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lancehead::{Format, Version};

use crate::worker::pool::Pool;

/// Read, explain and decompile CPython bytecode, 3.7 to 3.15.
///
/// Lancehead needs no Python. Whatever version made a .pyc, it is shown as that version's own tools would show it, and
/// decompiled to source that is proven to compile to the same program. A function that cannot be recovered, or proven, says
/// so where it stands.
#[derive(Debug, Parser)]
#[command(name = "lancehead", version, after_help = EXIT_STATUS, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Set where this process runs a command for another one: how many bytes of memory it may take
    #[arg(long, hide = true, global = true)]
    pub guarded: Option<u64>,
}

impl Command {
    /// The bounds of a command that is run in a process of its own.
    pub fn bounds(&self) -> Option<&Bounds> {
        match self {
            Command::Decompile(options) if options.dump_after.is_some() => Some(&options.bounds),
            Command::Diff(options) => Some(&options.bounds),
            Command::Cfg(options) => Some(&options.bounds),
            _ => None,
        }
    }
}

const EXIT_STATUS: &str = "\
Exit status: 0 when all went well, 1 when a function could not be recovered or proven, or source and bytecode differ, 2 \
when an input could not be read or the command line was wrong.";

const DIFF_STATUS: &str = "\
Offsets, the order of constants and blocks, line numbers and file names do not count. Files of two versions are compared by \
the source that they are decompiled to.

Exit status: 0 when both do the same, 1 when they differ, 2 when an input could not be read.";

const INPUTS: &str = "\
A PATH is a .pyc file (whatever its name), a folder (all .pyc files and archives below it), a .zip, .whl or .egg \
archive (all its .pyc members), or - for standard input.";

const PAIRS: &str = "\
lancehead check mod.py mod.pyc     one source and its bytecode
lancehead check src/ build/        each .pyc below build/, with the source of the same relative path below src/
lancehead check some.whl           each .pyc in the archive, with the source that lies in it too
lancehead check site-packages/     each .pyc, with the source that CPython would find beside it (PEP 3147)

The source is compiled as CPython of the version at hand would compile it, without a Python, and compared with the \
bytecode, function by function. Line numbers, file names and the layout of instructions are not compared.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Turn bytecode into Python source
    #[command(after_long_help = INPUTS)]
    Decompile(DecompileOptions),
    /// Say whether source belongs to bytecode
    #[command(after_long_help = PAIRS)]
    Check(CheckOptions),
    /// List instructions, as `python -m dis` of the same version does
    #[command(after_long_help = INPUTS)]
    Dis(DisOptions),
    /// Show the header and the code objects with all their fields
    #[command(after_long_help = INPUTS)]
    Info(InfoOptions),
    /// Assemble what `dis --format asm` prints, edited or not, to a .pyc
    Asm(AsmOptions),
    /// Tell what two .pyc files do differently, whatever their versions
    #[command(after_long_help = DIFF_STATUS)]
    Diff(DiffOptions),
    /// Draw the control-flow graph of a function
    Cfg(CfgOptions),
    /// Work on what another process of this program sends
    #[command(hide = true)]
    Worker,
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page of lancehead, or of one of its commands
    Man {
        /// The command: decompile, check, dis, info, asm, diff, cfg.
        command: Option<String>,
    },
}

/// What every command that reads bytecode takes.
#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files, folders, archives, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Read bare marshal data of this version, not .pyc files
    ///
    /// For the bytes that `marshal.dumps(code)` gives, and for .pyc files that have lost their header.
    #[arg(long, value_name = "X.Y")]
    pub python: Option<Version>,
}

impl Inputs {
    /// What the bytes of the inputs are.
    pub fn format(&self) -> Format {
        self.python.map_or(Format::Pyc, Format::Marshal)
    }
}

/// What one input may cost.
#[derive(Debug, Args)]
pub(crate) struct Bounds {
    /// The most seconds that one input may take; 0 for any time
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    pub timeout: f64,

    /// The most memory that one input may take, in megabytes
    ///
    /// Without this option: 1024, and 64 times the size of the input. Where the system cannot limit memory, it is not.
    #[arg(long, value_name = "MB")]
    pub max_memory: Option<u64>,
}

impl Bounds {
    /// How many bytes of memory an input of so many bytes may take.
    pub fn memory(&self, length: usize) -> u64 {
        let usual = (1 << 30) + (length as u64).saturating_mul(64);
        self.max_memory.map_or(usual, |megabytes| megabytes.saturating_mul(1 << 20))
    }

    /// How long an input may take; `None` for any time.
    pub fn limit(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.timeout).ok().filter(|timeout| !timeout.is_zero())
    }

    /// Workers under these bounds.
    pub fn pool<'a>(&self, again: Option<&'a [OsString]>, jobs: usize) -> Pool<'a> {
        Pool { again, jobs, timeout: self.limit() }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DecompileOptions {
    #[command(flatten)]
    pub inputs: Inputs,

    #[command(flatten)]
    pub bounds: Bounds,

    /// The most source that one input may give, in megabytes
    #[arg(long, value_name = "MB", default_value_t = 256)]
    pub max_output: u64,

    /// Write the sources below this folder, or one source to this .py file
    ///
    /// Folders are mirrored: DIR/pkg/mod.py for pkg/mod.pyc and for pkg/__pycache__/mod.cpython-312.pyc. An archive in a
    /// folder becomes a folder of its name. Without this option there must be one input, and it goes to standard
    /// output. No name within an archive can lead out of DIR.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,

    /// How many files to work on at once; 0 for one a core
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub jobs: usize,

    /// Replace files that Lancehead did not write, or that were changed since
    ///
    /// A file that it wrote holds a comment that says so, and what the text was. As long as that agrees, it is replaced.
    #[arg(long)]
    pub force: bool,

    /// Do not prove that the source means what the bytecode does
    ///
    /// The proof parses the printed source again, compiles it as CPython of the version at hand would, and walks the two
    /// programs side by side. It needs no Python.
    #[arg(long)]
    pub no_check: bool,

    /// Have this interpreter compile the source too, and compare
    ///
    /// A path or a name, such as python3.12, of the version that made the bytecode. Nothing of the input is executed, and
    /// time and memory are limited.
    #[arg(long, value_name = "PYTHON", conflicts_with = "dump_after")]
    pub verify_with: Option<PathBuf>,

    /// How the source is laid out
    #[arg(long, value_enum, default_value_t = Layout::Pretty)]
    pub layout: Layout,

    /// Print a report of each function in place of source (with --output: beside it)
    ///
    /// One JSON object for each input, one a line; docs/decompile-schema.md describes it.
    #[arg(long)]
    pub json: bool,

    /// No progress and no summary, only problems
    #[arg(short, long)]
    pub quiet: bool,

    /// Print what there is after this pass, or after `all`, in place of source
    ///
    /// A control-flow graph or, after `structure` and `finish`, statements. For whoever works on the decompiler.
    #[arg(long, value_name = "PASS", conflicts_with = "output", hide_short_help = true)]
    pub dump_after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// For reading.
    Pretty,
    /// Every statement on its line of the original, so that tracebacks, coverage and debuggers agree with it.
    Lines,
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The source and the bytecode: files, folders or archives; or one folder or archive that holds both
    #[arg(required = true, num_args = 1..=2, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The bytecode is bare marshal data of this version, not a .pyc file
    #[arg(long, value_name = "X.Y")]
    pub python: Option<Version>,

    #[command(flatten)]
    pub bounds: Bounds,

    /// The level of optimisation that the bytecode was compiled with
    ///
    /// 1 for -O, 2 for -OO. Without this option the name of the .pyc tells; where it does not, whatever fits is taken.
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(..=2))]
    pub optimize: Option<u8>,

    /// How many files to work on at once; 0 for one a core
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub jobs: usize,

    /// Print the verdict on each code object
    ///
    /// One JSON object for each .pyc, one a line; docs/check-schema.md describes it.
    #[arg(long)]
    pub json: bool,

    /// No summary, only differences and problems
    #[arg(short, long)]
    pub quiet: bool,

    /// Say of each file which patch releases compile its source to its bytecode
    #[arg(short, long, conflicts_with_all = ["quiet", "json"])]
    pub verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DisOptions {
    #[command(flatten)]
    pub inputs: Inputs,

    /// What to print
    ///
    /// The JSON is one object for each input, one a line; docs/dis-schema.md describes it. The assembly is what
    /// `lancehead asm` reads; docs/assembly.md describes it.
    #[arg(long, value_enum, default_value_t = DisFormat::Text)]
    pub format: DisFormat,

    /// Show inline cache entries (3.11 and later)
    #[arg(long)]
    pub caches: bool,

    /// Show byte offsets also where the version shows labels (3.13 and later)
    #[arg(long)]
    pub offsets: bool,

    /// Show whole source positions in place of lines (3.11 and later)
    #[arg(long)]
    pub positions: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InfoOptions {
    #[command(flatten)]
    pub inputs: Inputs,

    /// What to print
    ///
    /// The JSON is one object for each input, one a line; docs/info-schema.md describes it.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub format: OutputFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    Text,
    /// For programs: one line of JSON for each input.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DisFormat {
    /// For people: what `python -m dis` prints.
    Text,
    /// For programs: one line of JSON for each input.
    Json,
    /// For editing: what `lancehead asm` reads.
    Asm,
}

#[derive(Debug, Args)]
pub(crate) struct AsmOptions {
    /// A file of assembly, or - for standard input
    #[arg(value_name = "FILE")]
    pub input: PathBuf,

    /// The .pyc to write, or - for standard output
    ///
    /// Its header tells the interpreter not to look for a source.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Write code, too, that would crash the interpreter
    #[arg(long)]
    pub unverified: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// Two .pyc files
    #[arg(value_names = ["A", "B"], num_args = 2, required = true)]
    pub paths: Vec<PathBuf>,

    #[command(flatten)]
    pub bounds: Bounds,

    /// Print JSON
    ///
    /// One object on a line; docs/diff-schema.md describes it.
    #[arg(long)]
    pub json: bool,

    /// Read bare marshal data of this version, not .pyc files
    #[arg(long, value_name = "X.Y")]
    pub python: Option<Version>,
}

impl DiffOptions {
    /// What the bytes of the inputs are.
    pub fn format(&self) -> Format {
        self.python.map_or(Format::Pyc, Format::Marshal)
    }
}

#[derive(Debug, Args)]
pub(crate) struct CfgOptions {
    /// A .pyc file, or - for standard input
    #[arg(value_name = "PATH")]
    pub path: PathBuf,

    /// The function or class: its name, or its path (`Class.method`); without it, the module
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,

    #[command(flatten)]
    pub bounds: Bounds,

    /// How to draw it
    ///
    /// Each block shows its instructions with source line, byte offset, and the depth of the stack.
    #[arg(long, value_enum, default_value_t = CfgFormat::Dot)]
    pub format: CfgFormat,

    /// Read bare marshal data of this version, not a .pyc file
    #[arg(long, value_name = "X.Y")]
    pub python: Option<Version>,
}

impl CfgOptions {
    /// What the bytes of the input are.
    pub fn format(&self) -> Format {
        self.python.map_or(Format::Pyc, Format::Marshal)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CfgFormat {
    /// For Graphviz.
    Dot,
    /// For Mermaid, which GitHub shows in Markdown.
    Mermaid,
    /// A picture.
    Svg,
}
