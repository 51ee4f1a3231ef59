//! The SealedSecrets of one text, all of it read before the first is used.

use sealed_secrets::SealedSecret;
use sealed_secrets::manifest::{Document, Value};

use crate::args::CalledAs;
use crate::failure::Failure;
use crate::input::Source;
use crate::object::{Identity, expand, place};
use crate::reading::{documents, read};

/// What a text holds.
pub(crate) struct SealedObjects<'s> {
    pub(crate) documents: Vec<Document<'s>>,
    pub(crate) objects: Vec<Sealed>,
    /// Objects of other kinds.
    pub(crate) passed_over: Vec<Identity>,
}

/// One SealedSecret and where it stands.
pub(crate) struct Sealed {
    /// File, document, line and object, for messages.
    pub(crate) place: String,
    pub(crate) identity: Identity,
    pub(crate) object: SealedSecret,
    /// Index of its document.
    pub(crate) document: usize,
    /// It stands in a List, not by itself.
    pub(crate) in_list: bool,
}

impl Sealed {
    pub(crate) fn name(&self) -> &str {
        &self.identity.name
    }
}

/// Reads every document.
///
/// # Errors
/// Everything in the text that cannot be read or is no SealedSecret though it looks like one, each with its place.
pub(crate) fn sealed_objects(
    source: &Source,
    called_as: CalledAs,
) -> Result<SealedObjects<'_>, Vec<Failure>> {
    let documents = documents(source).map_err(|failure| vec![failure])?;
    let (mut objects, mut passed_over, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for (index, document) in documents.iter().enumerate() {
        match in_document(source, document, called_as) {
            Ok(found) => {
                for (identity, place, in_list, read) in found {
                    match read {
                        Kind::Sealed(object) => {
                            objects.push(Sealed {
                                place,
                                identity,
                                object: *object,
                                document: index,
                                in_list,
                            });
                        }
                        Kind::Other => passed_over.push(identity),
                        Kind::Bad(failure) => failures.push(failure.at(place)),
                    }
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(SealedObjects { documents, objects, passed_over }) } else { Err(failures) }
}

/// The error of a text without any: what was asked for was not done, though nothing failed.
pub(crate) fn none_found(source: &Source) -> Failure {
    Failure::new("no SealedSecret found").at(&source.name)
}

enum Kind {
    Sealed(Box<SealedSecret>),
    Other,
    Bad(Failure),
}

type Found = (Identity, String, bool, Kind);

fn in_document(source: &Source, document: &Document<'_>, called_as: CalledAs) -> Result<Vec<Found>, Failure> {
    let Some(value) = read(&source.name, document, called_as)? else { return Ok(Vec::new()) };
    let (objects, in_list) = match called_as {
        CalledAs::Kubeseal => (vec![(Identity::of(&value), value)], false),
        CalledAs::Seal => {
            let in_list = Identity::of(&value).is_list();
            (expand(value).map_err(|failure| failure.at(&source.name))?, in_list)
        }
    };
    let found = objects.into_iter().map(|(identity, value)| {
        let place = place(&source.name, document, &value, &identity);
        let kind = kind_of(&identity, value, called_as);
        (identity, place, in_list, kind)
    });
    Ok(found.collect())
}

fn kind_of(identity: &Identity, value: Value<'_>, called_as: CalledAs) -> Kind {
    if is_sealed(identity, called_as) {
        return match SealedSecret::from_manifest(value) {
            Ok(read) => Kind::Sealed(Box::new(read.object)),
            Err(error) => Kind::Bad(Failure::new(format!("line {}: {error}", error.line))),
        };
    }
    if called_as == CalledAs::Seal && is_other_kind(identity, &value) {
        return Kind::Other;
    }
    Kind::Bad(no_sealed_secret())
}

/// kubeseal lets kind and version be missing, and looks only at those that are there.
pub(crate) fn is_sealed(identity: &Identity, called_as: CalledAs) -> bool {
    let is_or_missing = |text: &str, wanted: &str| text.is_empty() || text == wanted;
    match called_as {
        CalledAs::Seal => identity.is_sealed_secret(),
        CalledAs::Kubeseal => {
            is_or_missing(&identity.kind, sealed_secrets::KIND)
                && is_or_missing(&identity.api_version, sealed_secrets::API_VERSION)
        }
    }
}

/// Without a kind it may be anything, unless it looks as if it had been sealed.
pub(crate) fn is_other_kind(identity: &Identity, value: &Value<'_>) -> bool {
    identity.kind != sealed_secrets::KIND
        && (!identity.kind.is_empty() || value.at(&["spec", "encryptedData"]).is_none())
}

pub(crate) fn no_sealed_secret() -> Failure {
    Failure::new("it is no SealedSecret")
        .hint("a SealedSecret says `apiVersion: bitnami.com/v1alpha1` and `kind: SealedSecret`")
}
