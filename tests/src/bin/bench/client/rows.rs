//! What is measured, and the goals.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::inputs::{Inputs, SPREAD, VALUES, key_file};
use super::measure::Place;

/// The programs, by the name each is called by.
pub(crate) struct Programs<'a> {
    pub(crate) ours: &'a Path,
    pub(crate) ours_as_kubeseal: &'a Path,
    pub(crate) upstream: &'a Path,
}

/// A line of the table.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) ours: Job,
    /// Absent: kubeseal cannot do it, or not in a time worth waiting for.
    pub(crate) theirs: Option<Job>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) rounds: usize,
}

/// How a program is started.
pub(crate) struct Job {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) stdin: Option<PathBuf>,
    /// Files that must be in the fresh folder `out` afterwards. Without it the output goes nowhere.
    pub(crate) files: Option<usize>,
}

/// What ours should reach.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// At most this part of kubeseal's wall time.
    Wall(u32),
    /// At most this part of kubeseal's processor time.
    Cpu(u32),
    /// At most this part of kubeseal's memory.
    Rss(u32),
    /// At most so many MiB.
    Mebibytes(u64),
    /// At most so many milliseconds of wall time.
    Milliseconds(u64),
}

/// All rows, in the order of the table.
pub(crate) fn all(inputs: &Inputs, place: &Place, programs: &Programs<'_>) -> Vec<Row> {
    let file = |name: &str| place.input(name).into_os_string();
    let seal = |arguments: &[&str]| -> Vec<OsString> {
        ["--cert".into(), file("cert.pem")].into_iter().chain(arguments.iter().map(OsString::from)).collect()
    };
    // The same command for both.
    let both =
        |name: String, arguments: Vec<OsString>, stdin: Option<&str>, goals: &[Goal], rounds: usize| {
            let job = |program: &Path| Job {
                program: program.to_owned(),
                arguments: arguments.clone(),
                stdin: stdin.map(|name| place.input(name)),
                files: None,
            };
            let (ours, theirs) = (job(programs.ours_as_kubeseal), Some(job(programs.upstream)));
            Row { name, ours, theirs, goals: goals.to_vec(), rounds }
        };
    let recovery = |keys: usize| -> Vec<OsString> {
        let mut arguments = vec!["--recovery-unseal".into()];
        for number in (1..keys).chain([0]) {
            arguments.extend(["--recovery-private-key".into(), file(&key_file(number))]);
        }
        arguments
    };
    let mut many = seal(&["--format", "yaml"]);
    many.extend(["-f".into(), file("many.yaml")]);
    let mut raw = seal(&["--raw", "--scope", "cluster-wide"]);
    raw.extend(["--from-file".into(), file("raw.bin")]);
    let files = inputs.files;

    let mut rows = vec![
        both("start: `--version`".into(), vec!["--version".into()], None, &[], 40),
        both(
            "one Secret from stdin".into(),
            seal(&["--format", "yaml"]),
            Some("one.yaml"),
            &[Goal::Wall(5), Goal::Cpu(5), Goal::Rss(4)],
            40,
        ),
        folder_row(files, place, programs),
        both(
            format!("one file of {files} documents × {VALUES} values"),
            many,
            None,
            &[Goal::Wall(10), Goal::Mebibytes(16)],
            5,
        ),
    ];
    for keys in [1, 12, inputs.keys] {
        let name = format!(
            "`--recovery-unseal`, {VALUES} values, {keys} key{}, right one last",
            if keys == 1 { "" } else { "s" }
        );
        rows.push(both(
            name,
            recovery(keys),
            Some("sealed.json"),
            &[Goal::Wall(5)],
            if keys == 1 { 20 } else { 10 },
        ));
    }
    let across = Job {
        program: programs.ours_as_kubeseal.to_owned(),
        arguments: recovery(SPREAD),
        stdin: Some(place.input("across.json")),
        files: None,
    };
    rows.push(Row {
        name: format!("`--recovery-unseal`, {} values across {SPREAD} keys", inputs.values),
        ours: across,
        theirs: None,
        goals: vec![Goal::Milliseconds(1000)],
        rounds: 5,
    });
    rows.push(both(
        "`--raw` of 10 MiB from a file".into(),
        raw,
        None,
        &[Goal::Wall(3), Goal::Mebibytes(20)],
        10,
    ));
    rows.push(both("one value of 3 MB in YAML".into(), seal(&[]), Some("large.yaml"), &[Goal::Wall(10)], 10));
    rows
}

/// A folder in one go, against the loop that people write around kubeseal: one process a file.
fn folder_row(files: usize, place: &Place, programs: &Programs<'_>) -> Row {
    let ours = [
        place.input("files").into_os_string(),
        "--cert".into(),
        place.input("cert.pem").into_os_string(),
        "--output-dir".into(),
        place.output().into_os_string(),
    ];
    let each =
        r#"for file in "$1"/*; do "$0" --cert "$2" --format yaml <"$file" >"$3/${file##*/}" || exit 1; done"#;
    let theirs = [
        "-c".into(),
        each.into(),
        programs.upstream.into(),
        place.input("files").into_os_string(),
        place.input("cert.pem").into_os_string(),
        place.output().into_os_string(),
    ];
    let job = |program: &Path, arguments: Vec<OsString>| Job {
        program: program.to_owned(),
        arguments,
        stdin: None,
        files: Some(files),
    };
    Row {
        name: format!("{files} files × {VALUES} values (kubeseal: a shell loop)"),
        ours: job(programs.ours, ours.into()),
        theirs: Some(job(Path::new("/bin/sh"), theirs.into())),
        goals: vec![Goal::Wall(50), Goal::Cpu(30), Goal::Mebibytes(8)],
        rounds: 3,
    }
}
