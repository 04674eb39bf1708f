use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::command::run;

#[test]
fn each_command_has_a_page_that_renders_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("share/man1");
    let ran = run(&["man", directory.to_str().unwrap()]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let mut names: Vec<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let help = run(&["--help"]).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| format!("lsq-webhooks-{name}.1"))
    });
    let mut expected: Vec<_> = commands.chain(["lsq-webhooks.1".to_owned()]).collect();
    expected.sort();
    assert_eq!(names, expected);
    for name in names {
        let page = directory.join(name);
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.is_ascii() && text.contains(".SH NAME") && text.contains(".SH OPTIONS"), "{text}");
        assert_eq!(warnings(&page), "", "{}", page.display());
    }
    let first = run(&["man"]);
    assert_eq!(first.stdout, fs::read_to_string(directory.join("lsq-webhooks.1")).unwrap());
    assert!(first.stdout.contains("LEADSQUARED\\_HOST") || first.stdout.contains("LEADSQUARED_HOST"));
}

/// What the formatter of this machine says about a page: groff, or else mandoc. Without either,
/// each line that begins with a dot must be a request.
fn warnings(page: &Path) -> String {
    let formatters =
        [("groff", &["-man", "-ww", "-Tutf8", "-z"][..]), ("mandoc", &["-T", "lint", "-W", "warning"])];
    for (program, arguments) in formatters {
        let ran = Command::new(program).args(arguments).arg(page).stdin(Stdio::null()).output();
        if let Ok(output) = ran {
            return String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        }
    }
    let requests = [".TH", ".SH", ".TP", ".RS", ".RE", ".ie", ".el", ".nf", ".fi", ".br", ".PP", ".SS"];
    let text = fs::read_to_string(page).unwrap();
    let is_wrong =
        |line: &&str| line.starts_with('.') && !requests.iter().any(|known| line.starts_with(known));
    text.lines().filter(is_wrong).collect()
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let ran = run(&["man", "/dev/null/man1"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("/dev/null/man1"), "{}", ran.stderr);
}
