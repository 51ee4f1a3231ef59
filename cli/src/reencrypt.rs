//! The sealed values of a text replaced by those that the controller made of them, and nothing else changed.

use sealed_secrets::manifest::{self, Limits, Value, edit::Edits};
use sealed_secrets::sealing::{Fingerprint, decode_base64};
use sealed_secrets::{SealedSecret, metadata};

use crate::cluster::controller::{Controller, Refused};
use crate::failure::Failure;
use crate::input::Source;
use crate::reading::unreadable;
use crate::sealed_source::{Sealed, SealedObjects};

/// Has every object of a text sealed anew. The hint of an object that has one names the certificate from then on;
/// templates, comments and everything else stay, whatever the controller leaves out of its answer.
///
/// # Errors
/// Every object that the controller refuses, or whose values cannot be replaced in place.
pub(crate) fn in_place(
    source: &Source,
    sealed: &SealedObjects<'_>,
    controller: &Controller,
    certificate: &Fingerprint,
) -> Result<String, Vec<Failure>> {
    let mut failures = Vec::new();
    let mut text = String::with_capacity(source.text().len());
    let mut done = 0;
    for one in &sealed.objects {
        match replacement(source, sealed, one, controller, certificate) {
            Ok((range, new)) => {
                text.push_str(&source.text()[done..range.start]);
                text.push_str(&new);
                done = range.end;
            }
            Err(failure) => failures.push(failure.at(&one.place)),
        }
    }
    text.push_str(&source.text()[done..]);
    if failures.is_empty() { Ok(text) } else { Err(failures) }
}

/// The error for an object that the controller did not seal anew.
pub(crate) fn refused(refused: Refused) -> Failure {
    match refused {
        Refused::Conflict => Failure::new("unable to rotate secret")
            .hint("the controller cannot open it: was it sealed for another cluster, or moved since?"),
        Refused::Otherwise(failure) => failure,
    }
}

fn replacement(
    source: &Source,
    sealed: &SealedObjects<'_>,
    one: &Sealed,
    controller: &Controller,
    certificate: &Fingerprint,
) -> Result<(std::ops::Range<usize>, String), Failure> {
    refuse_unlike_files(one)?;
    let limits = Limits::default();
    let failed = |error: manifest::Error| unreadable(&source.name, &error);
    let mut edits = Edits::new(source.text(), &sealed.documents[one.document], &limits).map_err(failed)?;
    let old = &one.object.spec.encrypted_data;
    // Before the controller is asked: what cannot be replaced is not worth its work.
    for (key, value) in old {
        let stands = edits.value().at(&["spec", "encryptedData", key]).and_then(Value::to_text);
        if stands.is_none_or(|stands| *stands != *value.as_str()) {
            return Err(Failure::new(format!("the value of item {key:?} cannot be replaced in place")).hint(
                "its fields are spelt in another way than spec.encryptedData, or it is no text: give --format with -f FILE, and the object is printed anew",
            ));
        }
    }
    let answer = controller.reseal(&one.object).map_err(refused)?;
    check_answer(&one.object, &answer)?;
    for (key, value) in answer.spec.encrypted_data {
        if old.contains_key(&key) {
            edits.set_text(&["spec", "encryptedData", &key], value).map_err(failed)?;
        }
    }
    let hint = ["metadata", "annotations", metadata::SEALED_WITH];
    if edits.value().at(&hint).is_some() {
        edits.set_text(&hint, certificate.to_string()).map_err(failed)?;
    }
    edits.replacement().map_err(failed)
}

/// What stands in a file in a form that has no sealed values of its own to replace.
fn refuse_unlike_files(one: &Sealed) -> Result<(), Failure> {
    if one.in_list {
        return Err(Failure::new("it stands in a List, which is not edited")
            .hint("put it into a document of its own, between lines of `---`"));
    }
    let spec = &one.object.spec;
    if spec.data.as_deref().is_some_and(|data| !data.is_empty()) {
        return Err(Failure::new(
            "it is sealed in one piece (spec.data), as in the days before encryptedData",
        )
        .hint("give --format with -f FILE, and it is printed anew in today's form"));
    }
    if spec.encrypted_data.is_empty() {
        return Err(Failure::new("it has no sealed values"));
    }
    Ok(())
}

/// The answer must be the same object with the same items: values that were sealed for another name would never open.
fn check_answer(asked: &SealedSecret, answer: &SealedSecret) -> Result<(), Failure> {
    let of = |object: &SealedSecret| {
        let metadata = &object.metadata;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        (text(&metadata.namespace), text(&metadata.name), metadata::scope(metadata))
    };
    if of(asked) != of(answer) {
        return Err(Failure::new("the controller's answer is for another namespace, name or scope"));
    }
    for key in asked.spec.encrypted_data.keys() {
        let value = answer.spec.encrypted_data.get(key).filter(|value| !value.is_empty());
        let Some(value) = value else {
            return Err(Failure::new(format!("the controller's answer has no value for item {key:?}")));
        };
        if decode_base64(value).is_err() {
            return Err(Failure::new(format!("the controller's answer for item {key:?} is no sealed value")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, items: &[(&str, &str)]) -> SealedSecret {
        let mut object = SealedSecret::new(name, sealed_secrets::SealedSecretSpec::default());
        let items = items.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        object.spec.encrypted_data = items.collect();
        object
    }

    #[test]
    fn only_the_same_object_with_all_its_items_is_taken() {
        let asked = object("a", &[("x", "QUE="), ("y", "QUE=")]);
        let problem = |answer: &SealedSecret| check_answer(&asked, answer).map_err(|failure| failure.what);
        assert_eq!(problem(&object("a", &[("x", "Qg=="), ("y", "Qg=="), ("z", "Qg==")])), Ok(()));
        assert!(problem(&object("b", &[("x", "Qg=="), ("y", "Qg==")])).unwrap_err().contains("another"));
        assert!(problem(&object("a", &[("x", "Qg==")])).unwrap_err().contains("\"y\""));
        assert!(problem(&object("a", &[("x", "Qg=="), ("y", "")])).unwrap_err().contains("\"y\""));
        assert!(
            problem(&object("a", &[("x", "Qg=="), ("y", "no!")])).unwrap_err().contains("no sealed value")
        );
    }
}
