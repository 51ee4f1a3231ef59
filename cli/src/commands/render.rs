//! `seal render`: what the templates of sealed files give, and where they fail. For the holder of the keys.

use std::path::Path;

use sealed_secrets::template::RenderError;
use sealed_secrets::{Rendered, Rendering, SealedSecret, render_each};

use crate::clock::Nanoseconds;
use crate::command::Render;
use crate::failure::{Exit, Failure};
use crate::folder::sealed::for_each_sealed;
use crate::keys_input::key_ring;
use crate::object::Identity;
use crate::output::{Access, Output};
use crate::template_place::{shown, text};
use crate::unseal_source::{hint, told};

/// Prints what each template gives; with one alone, nothing but its bytes.
///
/// # Errors
/// Everything that cannot be read, opened or rendered; what can be is printed nevertheless.
pub(crate) fn run(command: &Render, now: Nanoseconds) -> Result<Exit, Vec<Failure>> {
    let Render { paths, keys, entry, jobs } = command;
    let one = |failure| vec![failure];
    let ring = key_ring(keys).map_err(one)?;
    let (mut texts, mut failed) = (Vec::new(), Vec::new());
    let mut failures = for_each_sealed(paths, |path, sealed| {
        if !has_entry(&sealed.object, entry.as_deref()) {
            return;
        }
        let rendered = match render_each(&sealed.object, &ring, *jobs, &Rendering::at(now)) {
            Ok(rendered) => rendered,
            Err(error) => {
                let hint = hint(&error, &sealed.object, &ring);
                failed.push(Failure::new(told(&error)).maybe_hint(hint).at(&sealed.place));
                return;
            }
        };
        let wanted = |rendered: &Rendered| entry.as_ref().is_none_or(|entry| *entry == rendered.key);
        for Rendered { key, result } in rendered.into_iter().filter(wanted) {
            match result {
                Ok(text) => texts.push((title(path, &sealed.identity, &key), text)),
                Err(error) => failed.push(failure(&error, &sealed.object).at(&sealed.place)),
            }
        }
    });
    failures.append(&mut failed);
    if texts.is_empty() && failures.is_empty() {
        return Err(one(nothing_found(entry.as_deref())));
    }
    let mut output = Output::new(None, Access::Private).map_err(one)?;
    let alone = texts.len() == 1 && failures.is_empty();
    for (index, (title, text)) in texts.iter().enumerate() {
        if !alone {
            let line_break = if index == 0 { "" } else { "\n" };
            output.write(format!("{line_break}{title}").as_bytes()).map_err(one)?;
        }
        output.write(text.as_bytes()).map_err(one)?;
        if !alone && !text.as_bytes().ends_with(b"\n") {
            output.write(b"\n").map_err(one)?;
        }
    }
    output.commit().map_err(one)?;
    if failures.is_empty() { Ok(Exit::Well) } else { Err(failures) }
}

/// As `head` and `tail` divide several files.
fn title(path: &Path, object: &Identity, key: &str) -> String {
    format!("==> {}: {object}: {} <==\n", path.display(), key.escape_debug())
}

fn has_entry(sealed: &SealedSecret, entry: Option<&str>) -> bool {
    let data = sealed.spec.template.as_ref().and_then(|template| template.data.as_ref());
    let mut keys = data.into_iter().flatten().filter(|(_, text)| text.is_some()).map(|(key, _)| key.as_str());
    match entry {
        Some(entry) => keys.any(|key| key == entry),
        None => keys.next().is_some(),
    }
}

fn nothing_found(entry: Option<&str>) -> Failure {
    match entry {
        Some(entry) => Failure::new(format!("no SealedSecret has a template {entry:?}"))
            .hint("templates stand in spec.template.data, by key"),
        None => Failure::new("no SealedSecret has templates")
            .hint("templates stand in spec.template.data, by key"),
    }
}

fn failure(error: &RenderError, sealed: &SealedSecret) -> Failure {
    let RenderError { template, line, column, reason, .. } = error;
    let column = column + 1;
    let shown = shown(text(sealed, template), *line, column);
    Failure::new(format!("{}, line {line}, column {column}: {reason}\n{shown}", template.escape_debug()))
}
