//! Sealed Secrets: Kubernetes Secrets that are safe to keep in Git.
//!
//! Anyone who has the public certificate of a cluster's controller can [`seal`](seal()) a [`Secret`]; only the
//! holder of the private keys can [`unseal`](unseal()) it. The format is that of Bitnami's sealed-secrets
//! (bitnami.com/v1alpha1), so that its controller, its client and every file made for them fit.
//!
//! ```
//! use sealed_secrets::sealing::{KeyRing, KeySize, SealingKey};
//! use sealed_secrets::{Hint, Legacy, Rendering, Secret, Templates, seal, unseal};
//!
//! // A sealing key, as the controller makes it, valid for a year. Time is an argument, in Unix seconds.
//! let now = 1_767_225_600;
//! let key = SealingKey::generate(KeySize::Rsa2048)?;
//! let certificate = key.self_signed_certificate("", now, 365 * 24 * 3600)?;
//!
//! // A Secret from a manifest.
//! let text = "kind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: swordfish}\n";
//! let limits = sealed_secrets::manifest::Limits::default();
//! let document = sealed_secrets::manifest::documents(text, &limits).next().expect("one document")?;
//! let secret = Secret::from_manifest(document.parse(&limits)?.value)?.object;
//!
//! // Seal: anyone, with the certificate.
//! certificate.check_validity(now)?;
//! let sealed = seal(&secret, &certificate, Hint::Certificate)?;
//! let mut yaml = String::new();
//! sealed_secrets::manifest::print_yaml(&sealed.to_manifest(), &mut yaml);
//! assert!(!yaml.contains("swordfish"));
//!
//! // Unseal: only with the key. Templates see the time as nanoseconds.
//! let ring = KeyRing::new(vec![key]);
//! let templates = Templates::Render(Rendering::at(i128::from(now) * 1_000_000_000));
//! let opened = unseal(&sealed, &ring, Legacy::Refuse, 1, &templates)?.secret;
//! assert_eq!(opened.data["password"].as_bytes(), b"swordfish");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | part | what |
//! |---|---|
//! | [`SealedSecret`] | the custom resource, with schema and status |
//! | [`Secret`] | a Secret whose values are wiped and cannot be printed |
//! | [`seal()`], [`unseal()`], [`merge`] | the verbs |
//! | [`Opening`], [`Verification`], [`Reseal`] | unseal, verify and reseal in slices, for a server that serves many |
//! | [`metadata`] | scope annotations, label, hint |
//! | [`key_secret`] | sealing keys as the controller keeps them, and their backups |
//! | [`names`] | what Kubernetes accepts as name, namespace and key |
//! | [`Templates`], [`render_each`], [`check_templates`] | what becomes of `spec.template.data` |
//! | [`sealing`], [`manifest`], [`template`] | the format, YAML and JSON as Go reads them, Go's templates |
//!
//! Nothing here reads a file, a clock, the environment or a socket.

mod error;
mod items;
pub mod key_secret;
pub mod merge;
pub mod metadata;
pub mod names;
mod one_object;
mod open_items;
mod opening;
mod rendering;
mod reseal;
mod schema;
mod seal;
mod sealed_secret;
mod secret;
mod size;
mod template_check;
mod trials;
mod unseal;
mod unseal_error;
mod verification;

pub use error::{FieldError, Problem, Read, UnknownField};
pub use items::Legacy;
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
pub use manifest;
pub use one_object::InputError;
pub use opening::{MAX_ITEMS, MAX_MISSES, Opened, Opening};
pub use rendering::{Rendered, Rendering, Templates, render_each};
pub use reseal::{Reseal, ResealError, Resealed};
pub use seal::{Hint, SealError, check_identity, seal};
pub use sealed_secret::{
    API_VERSION, Condition, KIND, SealedSecret, SealedSecretSpec, SealedSecretStatus, SecretTemplate,
};
pub use sealing;
pub use secret::Secret;
pub use size::MAX_SECRET;
pub use template;
pub use template_check::{Doubts, TemplateCheck, UnknownValue, check_templates};
pub use unseal::{Unsealed, unseal};
pub use unseal_error::{ItemError, ItemErrors, LegacyError, RENDERING_FAILED, RenderErrors, UnsealError};
pub use verification::{Verification, VerifyError};
