//! Sealing all Secrets of one text: everything is read and judged before the first byte is written.

use std::borrow::Cow;

use sealed_secrets::manifest::{Document, Value};
use sealed_secrets::names::{APPLY_LIMIT, SECRET_LIMIT};
use sealed_secrets::sealing::Certificate;
use sealed_secrets::{Hint, Secret, check_identity, seal};

use crate::address::{check_data, settle};
use crate::args::CalledAs;
use crate::command::Wish;
use crate::failure::Failure;
use crate::input::Source;
use crate::object::{Identity, expand, place};
use crate::parallel;
use crate::print::Print;
use crate::reading::{documents, read};

/// A text up to this size keeps its Secrets in memory between judging and sealing; a larger one is read twice.
const KEPT_TEXT: usize = 4 * 1024 * 1024;

/// What the Secrets of a text are, once all of it is judged and found right.
pub(crate) struct Judged<'s> {
    source: &'s Source,
    purpose: Purpose,
    documents: Vec<Document<'s>>,
    /// The Secrets of each document, where the text is small enough to keep them.
    kept: Option<Vec<Vec<Secret>>>,
    /// What will be sealed, in order.
    pub(crate) objects: Vec<Identity>,
    /// Objects of other kinds, which stay as they are.
    pub(crate) passed_over: Vec<Identity>,
    /// What the user should know, though nothing failed.
    pub(crate) warnings: Vec<String>,
}

/// What judging one document gives.
#[derive(Default)]
struct JudgedDocument {
    secrets: Vec<Secret>,
    identities: Vec<Identity>,
    passed_over: Vec<Identity>,
    warnings: Vec<String>,
}

/// What the Secrets are judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be sealed under their own names.
    Seal,
    /// To go into another object, which brings name, namespace and scope.
    Merge,
}

/// Reads and judges every document.
///
/// # Errors
/// The first thing in the text that cannot be read whole or must not be sealed, with its place.
pub(crate) fn judge<'s>(
    source: &'s Source,
    wish: &Wish,
    purpose: Purpose,
    jobs: usize,
) -> Result<Judged<'s>, Failure> {
    let documents = documents(source).map_err(|failure| in_kubeseals_words(failure, wish))?;
    let keep = source.text().len() <= KEPT_TEXT;
    let mut judged = Judged {
        source,
        purpose,
        kept: keep.then(Vec::new),
        objects: Vec::new(),
        passed_over: Vec::new(),
        warnings: Vec::new(),
        documents: Vec::new(),
    };
    parallel::in_order(
        documents.len(),
        jobs,
        |index| judge_document(source, &documents[index], wish, purpose),
        |_, document| {
            let JudgedDocument { secrets, identities, passed_over, warnings } = document?;
            if let Some(kept) = &mut judged.kept {
                kept.push(secrets);
            }
            judged.objects.extend(identities);
            judged.passed_over.extend(passed_over);
            judged.warnings.extend(warnings);
            Ok(())
        },
    )?;
    judged.documents = documents;
    Ok(judged)
}

impl Judged<'_> {
    /// The Secrets themselves.
    ///
    /// # Errors
    /// None that judging did not find.
    pub(crate) fn into_secrets(self, wish: &Wish) -> Result<Vec<Secret>, Failure> {
        let mut secrets = Vec::new();
        for index in 0..self.documents.len() {
            secrets.extend(self.secrets_of(index, wish)?.into_owned());
        }
        Ok(secrets)
    }

    /// The Secrets of one document, kept or read again.
    fn secrets_of(&self, index: usize, wish: &Wish) -> Result<Cow<'_, [Secret]>, Failure> {
        match &self.kept {
            Some(kept) => Ok(Cow::Borrowed(&kept[index])),
            None => judge_document(self.source, &self.documents[index], wish, self.purpose)
                .map(|judged| Cow::Owned(judged.secrets)),
        }
    }

    /// Seals everything, in order, and hands each printed object to `write`.
    ///
    /// # Errors
    /// A key that cannot seal, and what `write` says.
    pub(crate) fn seal(
        &self,
        certificate: &Certificate,
        print: Print,
        wish: &Wish,
        jobs: usize,
        mut write: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let hint = match wish.called_as {
            CalledAs::Kubeseal => Hint::None,
            CalledAs::Seal => Hint::Certificate,
        };
        parallel::in_order(
            self.documents.len(),
            jobs,
            |index| {
                let document = &self.documents[index];
                let mut text = String::new();
                for secret in self.secrets_of(index, wish)?.iter() {
                    let sealed = seal(secret, certificate, hint).map_err(|error| {
                        let object = Identity::of_secret(secret);
                        Failure::new(error).at(format!(
                            "{}, document {}, {object}",
                            self.source.name,
                            document.number()
                        ))
                    })?;
                    print.value(&sealed.into_manifest(), document.format(), &mut text);
                }
                Ok(text)
            },
            |_, text: Result<String, Failure>| write(text?.as_bytes()),
        )
    }
}

/// What a text that cannot be read is called: kubeseal's sentence, which scripts look for, and the real reason.
fn in_kubeseals_words(failure: Failure, wish: &Wish) -> Failure {
    match wish.called_as {
        CalledAs::Kubeseal => no_secrets(Some(failure)),
        CalledAs::Seal => failure,
    }
}

/// kubeseal's sentence for an input without Secrets.
pub(crate) fn no_secrets(reason: Option<Failure>) -> Failure {
    let sentence = Failure::new("no secrets found. Ensure the input is valid and UTF-8 encoded");
    match reason {
        None => sentence,
        Some(reason) => Failure { what: format!("{}\n{}", sentence.what, reason.what), ..reason },
    }
}

fn judge_document(
    source: &Source,
    document: &Document<'_>,
    wish: &Wish,
    purpose: Purpose,
) -> Result<JudgedDocument, Failure> {
    let mut judged = JudgedDocument::default();
    let value = read(&source.name, document, wish.called_as);
    let Some(value) = value.map_err(|failure| in_kubeseals_words(failure, wish))? else { return Ok(judged) };
    let objects = match wish.called_as {
        // kubeseal looks at no kind: whatever it is, it is read as a Secret.
        CalledAs::Kubeseal => vec![(Identity::of(&value), value)],
        CalledAs::Seal => {
            let here = format!("{}, document {}", source.name, document.number());
            expand(value).map_err(|failure| failure.at(here))?
        }
    };
    for (identity, value) in objects {
        let place = place(&source.name, document, &value, &identity);
        if wish.called_as == CalledAs::Seal && !identity.is_secret() {
            if identity.kind.is_empty() && looks_like_an_object(&value) {
                return Err(Failure::new("it has no kind").at(place).hint("a Secret says `kind: Secret`"));
            }
            if identity.is_nearly_a_secret() {
                return Err(Failure::new("it is no Secret as it is spelt")
                    .at(place)
                    .hint("a Secret says `apiVersion: v1` and `kind: Secret`"));
            }
            judged.passed_over.push(identity);
            continue;
        }
        if wish.called_as == CalledAs::Seal {
            refuse_ciphertext(&value)
                .and_then(|()| refuse_retyped(&value, source))
                .map_err(|failure| failure.at(&place))?;
        }
        let (secret, warnings) = judge_secret(value, wish, purpose).map_err(|failure| failure.at(&place))?;
        judged.warnings.extend(warnings.into_iter().map(|warning| format!("{place}: {warning}")));
        judged.identities.push(Identity {
            name: secret.metadata.name.clone().unwrap_or_default(),
            namespace: secret.metadata.namespace.clone().unwrap_or_default(),
            ..identity
        });
        judged.secrets.push(secret);
    }
    Ok(judged)
}

/// A file without a kind may be anything, a kustomization or Helm values; with one of these it was meant for a cluster.
fn looks_like_an_object(value: &Value<'_>) -> bool {
    let fields = value.as_mapping();
    ["apiVersion", "data", "stringData"]
        .iter()
        .any(|name| fields.is_some_and(|fields| fields.get_ignore_case(name).is_some()))
}

fn judge_secret(value: Value<'_>, wish: &Wish, purpose: Purpose) -> Result<(Secret, Vec<String>), Failure> {
    let read = Secret::from_manifest(value).map_err(|error| {
        let line = if error.line == 0 { String::new() } else { format!("line {}: ", error.line) };
        Failure::new(format!("{line}{error}"))
    })?;
    let mut secret = read.object;
    match purpose {
        Purpose::Seal => {
            settle(&mut secret, wish)?;
            check_identity(&secret.metadata).map_err(Failure::new)?;
        }
        Purpose::Merge => check_data(&secret, wish)?,
    }
    let mut warnings = Vec::new();
    if wish.called_as == CalledAs::Seal {
        warnings.extend(read.unknown_fields.iter().map(|field| format!("line {}: {field}", field.line)));
    }
    warnings.extend(size_warning(&secret));
    Ok((secret, warnings))
}

/// What SOPS has encrypted is text like any other, and the cluster would get it as the password.
fn refuse_ciphertext(value: &Value<'_>) -> Result<(), Failure> {
    match value.at(&["sops", "mac"]) {
        None => Ok(()),
        Some(_) => {
            Err(Failure::new("it is encrypted with SOPS: its ciphertext would be sealed, not its values")
                .hint("sops -d FILE | seal --cert CERTIFICATE"))
        }
    }
}

/// An unquoted `0755` is the text `493` to Go, and a secret that is another one helps nobody.
fn refuse_retyped(value: &Value<'_>, source: &Source) -> Result<(), Failure> {
    let fields = value.as_mapping().and_then(|fields| fields.get_ignore_case("stringData"));
    let items = fields.and_then(Value::as_mapping);
    match items.and_then(|items| items.iter().find(|item| item.value.changes_as_text(source.text()))) {
        None => Ok(()),
        Some(item) => Err(Failure::new(format!(
            "line {}: stringData[{:?}] is {} that would be sealed as another text",
            item.value.span.line,
            &*item.key,
            item.value.kind_name()
        ))
        .hint("write the value in quotes")),
    }
}

/// What is too large for the usual ways into a cluster: the sealed text is about four thirds of the values.
fn size_warning(secret: &Secret) -> Option<String> {
    let size: usize = secret.data.values().map(|plaintext| plaintext.as_bytes().len()).sum();
    if size > SECRET_LIMIT {
        return Some(format!(
            "its values have {size} bytes, and a Secret holds at most {SECRET_LIMIT}: the API server will refuse it \
             (and the sealed object needs `kubectl apply --server-side`)"
        ));
    }
    (size / 3 * 4 > APPLY_LIMIT).then(|| {
        format!(
            "sealed, it is too large for a plain `kubectl apply` ({APPLY_LIMIT} bytes): use `kubectl apply --server-side`"
        )
    })
}
