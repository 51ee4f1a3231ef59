//! Put values into a sealed file that is there already, as `kubeseal --merge-into` does. Under the name of seal
//! every byte of the file that does not change stays: order, comments, format.

use std::path::Path;

use sealed_secrets::manifest::{self, Document, Limits, edit::Edits};
use sealed_secrets::merge::{MergeError, addition, merge};
use sealed_secrets::sealing::Fingerprint;
use sealed_secrets::{SealedSecret, Secret, metadata};

use crate::args::CalledAs;
use crate::certificate_source::certificate;
use crate::command::{Merge, Wish};
use crate::failure::{Exit, Failure, system_text};
use crate::input::{Source, check_unused_input, manifest_failure, manifest_input, read_file};
use crate::object::{Identity, expand};
use crate::output::{Access, StagedFile};
use crate::seal_source::{no_secrets, print_object};

pub(crate) fn run(command: &Merge, now: i64) -> Result<(), Failure> {
    let Merge { input, target, print, certificate: from, wish } = command;
    check_unused_input(input.as_deref())?;
    let certificate = certificate(from, now)?;
    // A symbolic link is followed, as upstream does; the file it points to is the one to replace.
    let path = std::fs::canonicalize(target).map_err(|error| Failure::io("open", target, &error))?;
    refuse_read_only(&path)?;
    let source = Source::new(target.display().to_string(), read_file(&path)?)?;
    let (document, mut sealed) = target_object(&source)?;
    let secret = one_secret(&manifest_input(input.as_deref())?, wish)?;
    check_namespace(&sealed, wish)?;
    let added =
        addition(&sealed, &secret, wish.scope, &certificate).map_err(|error| failure(&error, &source))?;

    let text = match print {
        None => edited(&source, &document, &sealed, added, certificate.fingerprint())?,
        Some(print) => {
            let mut text = String::new();
            merge(&mut sealed, added);
            print_object(&sealed, *print, document.format(), &mut text);
            text
        }
    };
    let mut file = StagedFile::new(&path, Access::ByUmask)?;
    file.write(text.as_bytes())?;
    file.commit()
}

/// The temporary file would not ask for permission to write the one that it replaces.
fn refuse_read_only(path: &Path) -> Result<(), Failure> {
    match std::fs::File::options().write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!("open {}: {}", path.display(), system_text(&error)))),
    }
}

/// The one SealedSecret of the target file. More documents are refused: kubeseal would keep the first alone.
fn target_object(source: &Source) -> Result<(Document<'_>, SealedSecret), Failure> {
    let limits = Limits::default();
    let unreadable = |error: manifest::Error| manifest_failure(&error).at(&source.name);
    let mut documents = manifest::documents(source.text(), &limits);
    let document = documents
        .next()
        .ok_or_else(|| Failure::new("it is empty, and a SealedSecret is wanted").at(&source.name))?
        .map_err(unreadable)?;
    if documents.next().is_some() {
        return Err(Failure::new("it holds more than one document, and only one can be merged into")
            .at(&source.name)
            .hint("put the SealedSecret into a file of its own"));
    }
    let value = document.parse(&limits).map_err(unreadable)?.value;
    let identity = Identity::of(&value);
    let other_kind = !identity.kind.is_empty() && identity.kind != sealed_secrets::KIND;
    let other_version =
        !identity.api_version.is_empty() && identity.api_version != sealed_secrets::API_VERSION;
    if other_kind || other_version || value.as_mapping().is_none() {
        return Err(Failure::new(format!("{identity} is no SealedSecret to merge into")).at(&source.name));
    }
    if let Some(items) = value.at(&["spec", "encryptedData"])
        && items.as_mapping().is_none()
        && !items.is_null()
    {
        return Err(
            Failure::new(format!("spec.encryptedData is {}, not a map", items.kind_name())).at(&source.name)
        );
    }
    let sealed = SealedSecret::from_manifest(value)
        .map_err(|error| Failure::new(format!("{}, line {}: {error}", source.name, error.line)))?
        .object;
    Ok((document, sealed))
}

/// The one Secret of the input; of several, kubeseal would merge the first alone.
fn one_secret(source: &Source, wish: &Wish) -> Result<Secret, Failure> {
    let limits = Limits::default();
    let mut secrets = Vec::new();
    for document in manifest::documents(source.text(), &limits) {
        let unreadable = |error: manifest::Error| no_secrets(Some(manifest_failure(&error).at(&source.name)));
        let document = document.map_err(unreadable)?;
        let value = document.parse(&limits).map_err(unreadable)?.value;
        if value.is_null() {
            continue;
        }
        let objects = match wish.called_as {
            CalledAs::Kubeseal => vec![(Identity::of(&value), value)],
            CalledAs::Seal => expand(value),
        };
        for (identity, value) in objects {
            let here = crate::object::place(&source.name, &document, &value, &identity);
            let read = Secret::from_manifest(value).map_err(|error| Failure::new(error).at(&here))?;
            secrets.push((here, read.object));
        }
    }
    if secrets.len() > 1 {
        return Err(Failure::new(format!(
            "{} holds {} objects, and one can be merged",
            source.name,
            secrets.len()
        ))
        .hint("merge them one by one"));
    }
    let (here, secret) = secrets.pop().ok_or_else(|| no_secrets(None))?;
    if secret.data.is_empty() && !wish.allow_empty_data {
        return Err(Failure::new(
            "secret.data is empty in input Secret, assuming this is an error and aborting. To work with empty data, --allow-empty-data can be used",
        )
        .at(here));
    }
    Ok(secret)
}

fn check_namespace(sealed: &SealedSecret, wish: &Wish) -> Result<(), Failure> {
    let given = wish.kube.namespace.as_deref().unwrap_or_default();
    let own = sealed.metadata.namespace.as_deref().unwrap_or_default();
    let cluster_wide = metadata::scope(&sealed.metadata) == sealed_secrets::sealing::Scope::ClusterWide;
    if !cluster_wide && !given.is_empty() && !own.is_empty() && given != own {
        return Err(Failure::new(format!(
            "namespace mismatch: input secret is in namespace {own:?} but {given:?} was specified"
        )));
    }
    Ok(())
}

fn failure(error: &MergeError, source: &Source) -> Failure {
    let failure = Failure::new(error).at(&source.name);
    match error {
        MergeError::ScopeClash { .. } => failure.hint(
            "leave --scope and the scope annotation out to take the target's scope, or seal the whole object anew under the other",
        ),
        _ => Failure { exit: Exit::Failed, ..failure },
    }
}

/// The target's text with what is added, and nothing else changed.
fn edited(
    source: &Source,
    document: &Document<'_>,
    sealed: &SealedSecret,
    added: SealedSecret,
    certificate: &Fingerprint,
) -> Result<String, Failure> {
    let failed = |error: manifest::Error| manifest_failure(&error).at(&source.name);
    let mut edits = Edits::new(source.text(), document, &Limits::default()).map_err(failed)?;
    for (key, value) in &added.spec.encrypted_data {
        edits.set_text(&["spec", "encryptedData", key], value.clone()).map_err(failed)?;
    }
    let template = added.spec.template.and_then(|template| template.metadata).unwrap_or_default();
    for (field, items) in [("labels", template.labels), ("annotations", template.annotations)] {
        for (key, value) in items.unwrap_or_default() {
            edits.set_text(&["spec", "template", "metadata", field, &key], value).map_err(failed)?;
        }
    }
    let mut hinted = sealed.metadata.clone();
    metadata::add_sealed_with(&mut hinted, certificate);
    if let Some(hint) =
        hinted.annotations.as_ref().and_then(|annotations| annotations.get(metadata::SEALED_WITH))
    {
        edits.set_text(&["metadata", "annotations", metadata::SEALED_WITH], hint.clone()).map_err(failed)?;
    }
    edits.finish().map_err(failed)
}
