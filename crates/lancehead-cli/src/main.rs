//! The `lancehead` command: see [`lancehead_cli::run`].

use std::process::ExitCode;

/// Syntax trees are many small objects that live for a moment: a fifth of the time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    lancehead::isolate::quiet_panics();
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let out_colours = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
    let err_colours = anstream::AutoStream::choice(&err) != anstream::ColorChoice::Never;
    let again = std::env::current_exe().ok().map(|program| vec![program.into_os_string()]);
    let streams = lancehead_cli::Streams { out: &mut out, err: &mut err, out_colours, err_colours, again };
    lancehead_cli::run(std::env::args_os(), streams)
}
