//! Where the result of each file goes. Pure: nothing is looked up or written here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sealed_secrets::manifest::Format;

use crate::failure::Failure;
use crate::folder::walk::Found;
use crate::print::Print;

/// A file and the place of what is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) source: PathBuf,
    pub(crate) target: PathBuf,
    /// Other files whose result would have the same place, if they have any.
    pub(crate) rivals: Vec<PathBuf>,
}

/// Sealed files: beside their sources, or in the same tree below `folder`.
pub(crate) fn sealed(files: &[Found], folder: Option<&Path>, print: Print) -> Vec<Planned> {
    plan(files, folder, |name| with_format(&sealed_name(name), print))
}

/// Opened files, in the same tree below `folder`.
pub(crate) fn opened(files: &[Found], folder: &Path, print: Print) -> Vec<Planned> {
    plan(files, Some(folder), |name| with_format(&opened_name(name), print))
}

impl Planned {
    /// A file that is changed where it is, or only looked at.
    pub(crate) fn in_place(file: &Found) -> Planned {
        Planned { source: file.path.clone(), target: file.path.clone(), rivals: Vec::new() }
    }

    /// Refuses to be one of two files that are written to one place; `counts` tells whether a rival is written.
    ///
    /// # Errors
    /// The rival's name.
    pub(crate) fn refuse_clash(&self, counts: impl Fn(&Path) -> bool) -> Result<(), Failure> {
        match self.rivals.iter().find(|rival| counts(rival)) {
            Some(rival) => Err(self.clash(rival)),
            None => Ok(()),
        }
    }

    fn clash(&self, rival: &Path) -> Failure {
        Failure::new(format!("{} would be written for {}, too", self.target.display(), rival.display()))
            .hint("rename one of them, or do one after the other into different folders")
    }
}

fn plan(files: &[Found], folder: Option<&Path>, rename: impl Fn(&str) -> String) -> Vec<Planned> {
    let targets: Vec<PathBuf> = files
        .iter()
        .map(|file| {
            let place = folder.map_or_else(|| file.path.clone(), |folder| folder.join(&file.relative));
            let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
            place.with_file_name(rename(&name))
        })
        .collect();
    let mut sources: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for (file, target) in files.iter().zip(&targets) {
        sources.entry(target).or_default().push(&file.path);
    }
    let rivals = |file: &Found, target: &Path| {
        sources[target]
            .iter()
            .filter(|source| **source != file.path)
            .map(|source| source.to_path_buf())
            .collect()
    };
    files
        .iter()
        .zip(&targets)
        .map(|(file, target)| Planned {
            source: file.path.clone(),
            target: target.clone(),
            rivals: rivals(file, target),
        })
        .collect()
}

/// `x-secret.yaml` and `x.secret.yaml` become `x-sealedsecret.yaml`, `y.yaml` becomes `y-sealedsecret.yaml`.
fn sealed_name(name: &str) -> String {
    let (stem, extension) = split(name);
    let stem = stem.strip_suffix("-secret").or_else(|| stem.strip_suffix(".secret")).unwrap_or(stem);
    format!("{stem}-sealedsecret{extension}")
}

/// `x-sealedsecret.yaml` becomes `x-secret.yaml`; other names stay.
fn opened_name(name: &str) -> String {
    let (stem, extension) = split(name);
    match stem.strip_suffix("-sealedsecret") {
        Some(stem) => format!("{stem}-secret{extension}"),
        None => name.to_owned(),
    }
}

/// A format that was asked for shows in the name.
fn with_format(name: &str, print: Print) -> String {
    let (stem, extension) = split(name);
    match (print, extension.to_lowercase().as_str()) {
        (Print::As(Format::Yaml), ".json") => format!("{stem}.yaml"),
        (Print::As(Format::Json), ".yaml" | ".yml") => format!("{stem}.json"),
        _ => name.to_owned(),
    }
}

/// The extension with its dot. A name that begins with a dot and has no other has none.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_users_of_kam() {
        assert_eq!(sealed_name("gitops-webhook-secret.yaml"), "gitops-webhook-sealedsecret.yaml");
        assert_eq!(sealed_name("docker-config.yaml"), "docker-config-sealedsecret.yaml");
        assert_eq!(sealed_name("db.secret.yml"), "db-sealedsecret.yml");
        assert_eq!(sealed_name("secret.json"), "secret-sealedsecret.json");
        assert_eq!(sealed_name("plain"), "plain-sealedsecret");
        assert_eq!(opened_name("gitops-webhook-sealedsecret.yaml"), "gitops-webhook-secret.yaml");
        assert_eq!(opened_name("other.yaml"), "other.yaml");
    }

    #[test]
    fn a_wanted_format_shows_in_the_name() {
        assert_eq!(with_format("a.json", Print::As(Format::Yaml)), "a.yaml");
        assert_eq!(with_format("a.yml", Print::As(Format::Json)), "a.json");
        assert_eq!(with_format("a.yml", Print::As(Format::Yaml)), "a.yml");
        assert_eq!(with_format("a.json", Print::AsInput), "a.json");
    }

    #[test]
    fn folders_are_kept_and_two_sources_of_one_target_know_of_each_other() {
        let found = |path: &str, relative: &str| Found { path: path.into(), relative: relative.into() };
        let files = [
            found("s/a/x.yaml", "a/x.yaml"),
            found("s/b/x-secret.yaml", "b/x-secret.yaml"),
            found("s/b/x.yaml", "b/x.yaml"),
        ];
        let plan = sealed(&files, Some(Path::new("out")), Print::AsInput);
        assert_eq!(plan[0].target, Path::new("out/a/x-sealedsecret.yaml"));
        assert!(plan[0].rivals.is_empty());
        assert_eq!(plan[1].rivals, [Path::new("s/b/x.yaml")]);
        assert_eq!(plan[2].rivals, [Path::new("s/b/x-secret.yaml")]);
    }
}
