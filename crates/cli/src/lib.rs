//! The command line `lsq-webhooks`, as a library: the binary is one line, and other packages can carry the same command.
//!
//! Exit status: 0 done, 2 wrong usage or an invalid draft, 3 refused by the API, 4 surely not sent, 5 outcome unknown.
#![forbid(unsafe_code)]

mod arguments;
mod check;
mod connection;
mod create;
mod draft_arguments;
mod events;
mod interrupt;
mod logging;
mod masked;
mod output;
mod progress;
mod sandbox;
mod status;

use std::{ffi::OsString, io, process::ExitCode};

use clap::{CommandFactory, Parser};

use crate::{
    arguments::{Arguments, Command},
    output::Output,
    status::Status,
};

/// Runs the command line with these arguments, the program's name first, and returns its exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    exit_status(arguments).into()
}

/// [`run`], for packages whose programs end with a number.
pub fn exit_status(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    carry_out(arguments).number()
}

fn carry_out(arguments: impl IntoIterator<Item = OsString>) -> Status {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help) => {
            // Help and version go to stdout, wrong usage to stderr; a closed pipe is nobody's fault.
            let _ = help.print();
            return if help.use_stderr() { Status::Usage } else { Status::Done };
        }
    };
    logging::start(arguments.verbose);
    let mut output = Output::new(arguments.json);
    let ended = match arguments.command {
        Command::Create(create) => create::run(*create, &mut output),
        Command::Check(check) => check::run(*check, &mut output),
        Command::Events => events::run(&mut output),
        Command::Sandbox(sandbox) => sandbox::run(sandbox, &mut output),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "lsq-webhooks", &mut script);
            output.bytes(&script).map(|()| Status::Done)
        }
    };
    match ended {
        Ok(status) => status,
        // Who reads our output has read enough.
        Err(problem) if problem.kind() == io::ErrorKind::BrokenPipe => Status::Done,
        Err(problem) => {
            output.problem(&problem.to_string());
            Status::Usage
        }
    }
}
