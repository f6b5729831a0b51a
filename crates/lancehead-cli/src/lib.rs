//! The `lancehead` command.
//!
//! [`run`] is the whole program, with its streams given to it, so that tests call it as a person would.
//!
//! - [`args`] declares commands and options; help, man pages and completions derive from it;
//! - [`decompile`], [`check`], [`dis`], [`info`], [`asm`], [`diff`] and [`cfg`](mod@cfg) are the commands;
//! - [`worker`] keeps what harms one input from the others;
//! - [`console`] is what they say to the person: one line for each problem, and the exit status.

mod args;
mod asm;
mod cfg;
mod check;
mod console;
mod decompile;
mod diff;
mod dis;
mod info;
mod worker;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use console::{Console, Status};

pub use console::Streams;

/// Runs the command line `arguments` (the program's own name first).
///
/// The exit status is 0 when all went well, 1 when a function could not be recovered, 2 when an input or the command
/// line was bad.
pub fn run<A, T>(arguments: A, streams: Streams<'_>) -> ExitCode
where
    A: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let arguments = with_command(arguments.into_iter().map(Into::into).collect());
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            usage(&error, streams);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    if matches!(cli.command, Command::Worker) {
        let served = worker::serve(streams.out);
        return ExitCode::from(if served.is_ok() { Status::Good as u8 } else { Status::BadInput as u8 });
    }
    let mut console = Console::new(streams);
    let bounds = cli.command.bounds().filter(|_| cli.guarded.is_none() && console.again().is_some());
    if let Some(memory) = cli.guarded {
        worker::bound_memory(memory);
    }
    if let Some(bounds) = bounds {
        if let Err(error) = worker::guard::run(&arguments[1..], bounds, &mut console) {
            console.problem("lancehead", &error);
        }
        return console.status().into();
    }
    let done = match &cli.command {
        Command::Decompile(options) => decompile::run(options, &mut console),
        Command::Check(options) => check::run(options, &mut console),
        Command::Dis(options) => dis::run(options, &mut console),
        Command::Info(options) => info::run(options, &mut console),
        Command::Asm(options) => asm::run(options, &mut console),
        Command::Diff(options) => diff::run(options, &mut console),
        Command::Cfg(options) => cfg::run(options, &mut console),
        Command::Completions { shell } => completions(*shell, &mut console),
        // Served above.
        Command::Worker => Ok(()),
        Command::Man { command } => man(command.as_deref(), &mut console),
    };
    match done.and_then(|()| console.flush()) {
        // Whoever reads us has seen enough: no news for anybody.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => console.problem("standard output", &error),
        Ok(()) => {}
    }
    console.status().into()
}

/// `lancehead FILE` is `lancehead decompile FILE`: what most want of a file that they have.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_input = |argument: &OsString| {
        let is_command = Cli::command().find_subcommand(argument).is_some() || argument == "help";
        let path = Path::new(argument);
        !is_command && (path.exists() || path.extension().is_some_and(|extension| extension == "pyc"))
    };
    if arguments.get(1).is_some_and(is_input) {
        arguments.insert(1, "decompile".into());
    }
    arguments
}

/// Prints what clap has to say: help and the version are results, anything else is a message.
fn usage(error: &clap::Error, streams: Streams<'_>) {
    let text = error.render();
    let (stream, colours) = match error.use_stderr() {
        true => (streams.err, streams.err_colours),
        false => (streams.out, streams.out_colours),
    };
    let text = if colours { text.ansi().to_string() } else { text.to_string() };
    // Nowhere is left to say that this failed.
    let _ = stream.write_all(text.as_bytes());
}

fn completions(shell: clap_complete::Shell, console: &mut Console<'_>) -> io::Result<()> {
    clap_complete::generate(shell, &mut Cli::command(), "lancehead", console.out());
    Ok(())
}

/// The man page of the program, or of one command.
fn man(command: Option<&str>, console: &mut Console<'_>) -> io::Result<()> {
    let mut program = Cli::command();
    program.build();
    let page = match command {
        None => program,
        Some(name) => match program.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                console.problem(name, &"expected the name of a command");
                return Ok(());
            }
        },
    };
    clap_mangen::Man::new(page).render(console.out())
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status as u8)
    }
}
