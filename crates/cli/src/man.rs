//! `man`: writes the man pages, one for each command.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::{arguments::Arguments, output::Output, status::Status};

pub(crate) fn run(directory: Option<&Path>, output: &mut Output) -> io::Result<Status> {
    let mut pages = pages()?.into_iter();
    let Some(directory) = directory else {
        if let Some((_, first)) = pages.next() {
            output.text(&first);
        }
        return Ok(Status::Done);
    };
    let written = fs::create_dir_all(directory).and_then(|()| {
        pages
            .map(|(name, page)| {
                let path = directory.join(name);
                fs::write(&path, page).map(|()| path)
            })
            .collect::<io::Result<Vec<PathBuf>>>()
    });
    match written {
        Ok(paths) => {
            let pages = paths.len();
            output.success("wrote", &format!("{pages} man pages to {}", directory.display()));
            Ok(Status::Done)
        }
        Err(problem) => Ok(output.usage("usage", &format!("{}: {problem}", directory.display()))),
    }
}

/// The names of the files and their text: first the command itself, then its subcommands.
fn pages() -> io::Result<Vec<(String, String)>> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let subcommands = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()).cloned();
    let subcommands: Vec<_> = subcommands.collect();
    std::iter::once(command).chain(subcommands).map(page).collect()
}

fn page(command: Command) -> io::Result<(String, String)> {
    let notes = command.get_after_help().map(ToString::to_string);
    let version = concat!("lsq-webhooks ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.after_help(None::<&str>)).source(version).manual("lsq-webhooks");
    let mut page = Vec::new();
    man.render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Some(notes) = notes {
        // Examples and tables keep their lines.
        page.push_str(".SH NOTES\n.nf\n");
        for line in notes.lines() {
            page.extend(["\\&", &line.replace('\\', "\\e").replace('-', "\\-"), "\n"]);
        }
        page.push_str(".fi\n");
    }
    Ok((man.get_filename(), ascii(&page)))
}

/// A page that every formatter reads without being given an encoding.
fn ascii(page: &str) -> String {
    let escaped = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => format!("\\[u{:04X}]", u32::from(c)),
    };
    page.chars().map(escaped).collect()
}
