//! The `lancehead` command: see [`lancehead_cli::run`].

use std::process::ExitCode;

fn main() -> ExitCode {
    lancehead::isolate::quiet_panics();
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let out_colours = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
    let err_colours = anstream::AutoStream::choice(&err) != anstream::ColorChoice::Never;
    let streams = lancehead_cli::Streams { out: &mut out, err: &mut err, out_colours, err_colours };
    lancehead_cli::run(std::env::args_os(), streams)
}
