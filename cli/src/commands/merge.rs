//! Put values into a sealed file that is there already, as `kubeseal --merge-into` does. Under the name of seal
//! every byte of the file that does not change stays: order, comments, format.

use sealed_secrets::manifest::{self, Document, Limits, edit::Edits};
use sealed_secrets::merge::{MergeError, addition, merge};
use sealed_secrets::sealing::{Fingerprint, Scope};
use sealed_secrets::{ObjectMeta, SealedSecret, Secret, metadata};

use crate::args::CalledAs;
use crate::certificate_source::certificate;
use crate::command::{Merge, Wish};
use crate::failure::{Failure, printable};
use crate::folder::existing::refuse_read_only;
use crate::input::{Source, check_input_opens, manifest_input, read_file};
use crate::object::Identity;
use crate::output::{Access, Output};
use crate::reading::{documents, read, unreadable};
use crate::seal_source::{Purpose, judge, no_secrets};

pub(crate) fn run(command: &Merge, now: i64) -> Result<(), Failure> {
    let Merge { input, target, print, certificate: from, wish } = command;
    check_input_opens(input.as_deref())?;
    let certificate = certificate(from, now)?;
    // A symbolic link is followed, as upstream does; the file it points to is the one to replace.
    let path = std::fs::canonicalize(target).map_err(|error| Failure::io("open", target, &error))?;
    refuse_read_only(&path)?;
    let source = Source::new(target.display().to_string(), read_file(&path)?)?;
    let (document, mut sealed) = target_object(&source, wish.called_as)?;
    let secret = one_secret(&manifest_input(input.as_deref())?, wish)?;
    check_namespace(&sealed, wish)?;
    let added =
        addition(&sealed, &secret, wish.scope, &certificate).map_err(|error| failure(&error, &source))?;

    let text = match print {
        None => edited(&source, &document, &sealed, added, certificate.fingerprint())?,
        Some(print) => {
            let mut text = String::new();
            merge(&mut sealed, added);
            print.value(&sealed.into_manifest(), document.format(), &mut text);
            text
        }
    };
    let mut output = Output::new(Some(&path), Access::ByUmask)?;
    output.write(text.as_bytes())?;
    output.commit()
}

/// The one SealedSecret of the target file. More documents are refused: kubeseal would keep the first alone.
fn target_object(source: &Source, called_as: CalledAs) -> Result<(Document<'_>, SealedSecret), Failure> {
    let mut found = None;
    for document in documents(source)? {
        if let Some(value) = read(&source.name, &document, called_as)?
            && found.replace((document, value)).is_some()
        {
            return Err(Failure::new("it holds more than one document, and only one can be merged into")
                .at(&source.name)
                .hint("put the SealedSecret into a file of its own"));
        }
    }
    let (document, value) =
        found.ok_or_else(|| Failure::new("it is empty, and a SealedSecret is wanted").at(&source.name))?;
    let identity = Identity::of(&value);
    let other_kind = !identity.kind.is_empty() && identity.kind != sealed_secrets::KIND;
    let other_version =
        !identity.api_version.is_empty() && identity.api_version != sealed_secrets::API_VERSION;
    if other_kind || other_version {
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
    let judged = judge(source, wish, Purpose::Merge, 1)?;
    judged.warnings.iter().for_each(|warning| eprintln!("warning: {}", printable(warning)));
    judged.passed_over.iter().for_each(|other| {
        eprintln!("note: {}: {other} is passed over: only Secrets are merged", source.name);
    });
    if judged.objects.len() > 1 {
        let count = judged.objects.len();
        return Err(Failure::new(format!("{} holds {count} objects, and one can be merged", source.name))
            .hint("merge them one by one"));
    }
    judged.into_secrets(wish)?.pop().ok_or_else(|| no_secrets(None))
}

fn check_namespace(sealed: &SealedSecret, wish: &Wish) -> Result<(), Failure> {
    let given = wish.kube.namespace.as_deref().unwrap_or_default();
    let own = sealed.metadata.namespace.as_deref().unwrap_or_default();
    let cluster_wide = metadata::scope(&sealed.metadata) == Scope::ClusterWide;
    if !cluster_wide && !given.is_empty() && !own.is_empty() && given != own {
        return Err(Failure::new(format!(
            "namespace mismatch: input secret is in namespace {own:?} but {given:?} was specified"
        ))
        .hint("the namespace is the target's: leave --namespace out"));
    }
    Ok(())
}

fn failure(error: &MergeError, source: &Source) -> Failure {
    let failure = Failure::new(error).at(&source.name);
    match error {
        MergeError::ScopeClash { .. } => failure.hint(
            "leave --scope and the scope annotation out to take the target's scope, or seal the whole object anew under the other",
        ),
        _ => failure,
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
    let failed = |error: manifest::Error| unreadable(&source.name, &error);
    let mut edits = Edits::new(source.text(), document, &Limits::default()).map_err(failed)?;
    let added_copy = added.clone();
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
    let text = edits.finish().map_err(failed)?;
    refuse_other_result(&text, source, sealed, added_copy, hinted)?;
    Ok(text)
}

/// What stands in the file is read again: its fields may be spelt in other letters than those that were edited.
fn refuse_other_result(
    text: &str,
    source: &Source,
    sealed: &SealedSecret,
    added: SealedSecret,
    hinted: ObjectMeta,
) -> Result<(), Failure> {
    let mut wanted = sealed.clone();
    merge(&mut wanted, added);
    wanted.metadata = hinted;
    let limits = Limits::default();
    let value = manifest::documents(text, &limits)
        .filter_map(Result::ok)
        .filter_map(|document| document.parse(&limits).ok())
        .map(|parsed| parsed.value)
        .find(|value| !value.is_null());
    let found = value.and_then(|value| SealedSecret::from_manifest(value).ok());
    if found.is_some_and(|found| found.object == wanted) {
        return Ok(());
    }
    Err(Failure::new("the file cannot be edited in place").at(&source.name).hint(
        "its fields are spelt in another way than spec.encryptedData and spec.template.metadata: give --format, and it is printed anew",
    ))
}
