//! What the watches bring, cut down while it is read: no managedFields, no annotations of foreign Secrets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use kube_core::Resource;
use sealed_secrets::metadata::is_true;
use sealed_secrets::{
    API_VERSION, KIND, MAX_SECRET, ObjectMeta, SealedSecret, SealedSecretSpec, SealedSecretStatus,
};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::unseal::control::Control;
use crate::unseal::lenient;
use crate::unseal::plan::{MANAGED, PATCH, is_ours};
use crate::unseal::record::{Digest, Record};

/// Namespace and name; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(Arc<(Box<str>, Box<str>)>);

impl ObjectKey {
    /// The key of the object of this name.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self(Arc::new((namespace.into(), name.into())))
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.0.0
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.1
    }

    /// Where the API server has the SealedSecret of this key.
    #[must_use]
    pub fn sealed_secret_path(&self) -> String {
        format!("/apis/{API_VERSION}/namespaces/{}/sealedsecrets/{}", self.namespace(), self.name())
    }

    fn of(metadata: &ObjectMeta) -> Self {
        Self::new(
            metadata.namespace.as_deref().unwrap_or_default(),
            metadata.name.as_deref().unwrap_or_default(),
        )
    }
}

impl fmt::Display for ObjectKey {
    /// `NAMESPACE/NAME`, as upstream's log has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace(), self.name())
    }
}

/// A SealedSecret as a watch or a GET brings it, read straight into what is needed of it.
#[derive(Clone)]
pub struct SealedSeen {
    /// As kube's watcher asks for it.
    metadata: ObjectMeta,
    object: SealedObject,
}

/// The parts of it, of which spec and status are read leniently: one odd object must not end the watch of all.
#[derive(Deserialize)]
struct Parts {
    #[serde(deserialize_with = "lean_metadata")]
    metadata: ObjectMeta,
    spec: Option<Box<RawValue>>,
    status: Option<Box<RawValue>>,
}

impl<'de> Deserialize<'de> for SealedSeen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { metadata, spec, status } = Parts::deserialize(deserializer)?;
        let text = |part: &Option<Box<RawValue>>| part.as_ref().map_or("null", |part| part.get()).to_owned();
        let (spec, status) = (text(&spec), text(&status));
        Ok(Self { object: SealedObject::read(&metadata, &spec, &status), metadata: identity(&metadata) })
    }
}

impl From<SealedSeen> for SealedObject {
    fn from(seen: SealedSeen) -> Self {
        seen.object
    }
}

/// A SealedSecret, ready to be opened.
#[derive(Clone, Debug)]
pub struct SealedObject {
    /// Namespace and name.
    pub key: ObjectKey,
    /// uid.
    pub uid: Box<str>,
    /// What its Secret is made of.
    pub digest: Digest,
    /// How many values it holds.
    pub items: usize,
    /// Roughly the bytes it takes in memory.
    pub size: usize,
    /// The object; none if spec is not what the CRD describes.
    pub sealed: Option<Arc<SealedSecret>>,
    /// Its status.
    pub status: SealedSecretStatus,
    /// The rest of what a write of the status needs.
    pub resource_version: Box<str>,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// Label app.kubernetes.io/instance, for a label of the metrics.
    pub instance: Option<Box<str>>,
    /// It is being deleted.
    pub deleting: bool,
    /// What its annotations ask of us.
    pub control: Control,
}

impl SealedObject {
    /// Bytes that it may take while it is worked on: the object as text and as values, what is opened, the Secret that is there
    /// and the one that is sent, as values, as JSON, and in the buffers on the way; and what templates make of a few bytes.
    #[must_use]
    pub fn cost(&self) -> usize {
        let template = self.sealed.as_ref().and_then(|sealed| sealed.spec.template.as_ref());
        let texts = template.and_then(|template| template.data.as_ref());
        let templates = texts.is_some_and(|texts| texts.values().any(Option::is_some));
        COST + COPIES * self.size + if templates { COPIES_OF_SECRET * MAX_SECRET } else { 0 }
    }

    /// From the texts of spec and status.
    fn read(metadata: &ObjectMeta, spec_text: &str, status_text: &str) -> Self {
        let text = |field: &Option<String>| field.as_deref().unwrap_or_default().into();
        let instance = metadata.labels.as_ref().and_then(|labels| labels.get(INSTANCE));
        let own = ObjectMeta { annotations: metadata.annotations.clone(), ..identity(metadata) };
        let annotations = metadata.annotations.iter().flatten();
        let annotations: usize = annotations.map(|(name, value)| name.len() + value.len() + ENTRY).sum();
        let (spec, status) = (lenient::spec(spec_text), lenient::status(status_text));
        Self {
            key: ObjectKey::of(metadata),
            uid: text(&metadata.uid),
            digest: Digest::of(metadata, spec_text),
            items: spec.as_ref().map_or(0, |spec| spec.encrypted_data.len()),
            size: annotations + spec.as_ref().map_or(0, size_of_spec) + size_of_status(&status),
            sealed: spec.map(|spec| Arc::new(SealedSecret { metadata: own, spec, status: None })),
            status,
            resource_version: text(&metadata.resource_version),
            generation: metadata.generation,
            instance: instance.map(|instance| instance.as_str().into()),
            deleting: metadata.deletion_timestamp.is_some(),
            control: Control::of(metadata),
        }
    }
}

/// Which object it is.
fn identity(metadata: &ObjectMeta) -> ObjectMeta {
    ObjectMeta {
        name: metadata.name.clone(),
        namespace: metadata.namespace.clone(),
        uid: metadata.uid.clone(),
        resource_version: metadata.resource_version.clone(),
        ..ObjectMeta::default()
    }
}

/// What a watch of Secrets brings: metadata alone, of which only what matters is kept.
#[derive(Clone, Deserialize)]
pub struct SecretSeen {
    #[serde(deserialize_with = "lean_metadata")]
    metadata: ObjectMeta,
}

/// A Secret, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    /// uid.
    pub uid: Box<str>,
    /// resourceVersion.
    pub version: Box<str>,
    /// Whose it is.
    pub standing: Standing,
    /// It is ours, and has nothing that outlasts an update: no finalizers, nothing that was added to.
    pub replaceable: bool,
}

impl SecretFacts {
    /// The Secret that was just applied.
    #[must_use]
    pub fn of(record: &Record, standing: Standing) -> Self {
        let (uid, version) = (record.secret_uid.clone(), record.secret_version.clone());
        // The watch will tell.
        Self { uid, version, standing, replaceable: false }
    }
}

/// Whose a Secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Ours, or given to us (`managed`): when it is deleted it comes back.
    Ours,
    /// We may add to it (`patch`); when it is deleted, that was its owner's wish.
    Patched,
    /// None of our business, unless it is in the way.
    Foreign,
}

impl Standing {
    /// Whose the Secret with these metadata is.
    #[must_use]
    pub fn of(metadata: &ObjectMeta) -> Self {
        let name = metadata.name.as_deref().unwrap_or_default();
        if is_ours(metadata, name) || is_true(metadata, MANAGED) {
            Standing::Ours
        } else if is_true(metadata, PATCH) {
            Standing::Patched
        } else {
            Standing::Foreign
        }
    }
}

impl SecretSeen {
    /// Namespace and name.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        ObjectKey::of(&self.metadata)
    }

    /// What matters of it.
    #[must_use]
    pub fn facts(&self) -> SecretFacts {
        let standing = Standing::of(&self.metadata);
        let finalizers = self.metadata.finalizers.as_deref().unwrap_or_default();
        SecretFacts {
            uid: self.metadata.uid.as_deref().unwrap_or_default().into(),
            version: self.metadata.resource_version.as_deref().unwrap_or_default().into(),
            standing,
            replaceable: is_ours(&self.metadata, self.metadata.name.as_deref().unwrap_or_default())
                && finalizers.is_empty()
                && !is_true(&self.metadata, PATCH),
        }
    }
}

impl fmt::Debug for SealedSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedSeen({})", ObjectKey::of(&self.metadata))
    }
}

impl fmt::Debug for SecretSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretSeen({})", self.key())
    }
}

impl Resource for SealedSeen {
    type DynamicType = ();
    type Scope = k8s_openapi::NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        KIND.into()
    }

    fn group((): &()) -> Cow<'_, str> {
        API_VERSION.split('/').next().unwrap_or_default().into()
    }

    fn version((): &()) -> Cow<'_, str> {
        API_VERSION.split('/').nth(1).unwrap_or_default().into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        "sealedsecrets".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Resource for SecretSeen {
    type DynamicType = ();
    type Scope = k8s_openapi::NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        "Secret".into()
    }

    fn group((): &()) -> Cow<'_, str> {
        "".into()
    }

    fn version((): &()) -> Cow<'_, str> {
        "v1".into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        "secrets".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }

    /// Their values stay on the server.
    fn metadata_api() -> bool {
        true
    }
}

/// The label that upstream's metrics carry.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// ObjectMeta of what matters here. All else is walked over while it is read: managedFields, which are most of it, foreign
/// labels and annotations.
fn lean_metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectMeta, D::Error> {
    fn labels<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<BTreeMap<String, String>>, D::Error> {
        lenient::kept(deserializer, |name| name == INSTANCE)
    }
    fn annotations<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<BTreeMap<String, String>>, D::Error> {
        lenient::kept(deserializer, |name| {
            name.starts_with("sealedsecrets.bitnami.com/") || name.starts_with("sealkit.dev/")
        })
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Lean {
        name: Option<String>,
        namespace: Option<String>,
        uid: Option<String>,
        resource_version: Option<String>,
        generation: Option<i64>,
        deletion_timestamp: Option<Time>,
        #[serde(default, deserialize_with = "labels")]
        labels: Option<BTreeMap<String, String>>,
        #[serde(default, deserialize_with = "annotations")]
        annotations: Option<BTreeMap<String, String>>,
        owner_references: Option<Vec<OwnerReference>>,
        finalizers: Option<Vec<String>>,
    }
    let lean = Lean::deserialize(deserializer)?;
    Ok(ObjectMeta {
        name: lean.name,
        namespace: lean.namespace,
        uid: lean.uid,
        resource_version: lean.resource_version,
        generation: lean.generation,
        deletion_timestamp: lean.deletion_timestamp,
        labels: lean.labels,
        annotations: lean.annotations,
        owner_references: lean.owner_references,
        finalizers: lean.finalizers,
        ..ObjectMeta::default()
    })
}

/// What every object takes while it is worked on, in bytes, how often its size, and how often that of a Secret which templates
/// made as large as it may be. Measured, and rounded up.
const COST: usize = 32 << 10;
const COPIES: usize = 8;
const COPIES_OF_SECRET: usize = 4;

/// What an entry of a map takes beside its texts.
const ENTRY: usize = 64;

/// Bytes in memory, roughly.
fn size_of_spec(spec: &SealedSecretSpec) -> usize {
    let map = |map: &BTreeMap<String, String>| -> usize {
        map.iter().map(|(key, value)| key.len() + value.len() + ENTRY).sum()
    };
    let template = spec.template.as_ref();
    let templates = template.and_then(|template| template.data.as_ref()).into_iter().flatten();
    let templates = templates.map(|(key, text)| key.len() + text.as_ref().map_or(0, String::len) + ENTRY);
    let metadata = template.and_then(|template| template.metadata.as_ref());
    let metadata = metadata.map_or(0, |metadata| {
        let finalizers = metadata.finalizers.iter().flatten().map(|text| text.len() + ENTRY).sum::<usize>();
        let maps = metadata.labels.iter().chain(&metadata.annotations).map(map).sum::<usize>();
        finalizers + maps
    });
    map(&spec.encrypted_data)
        + spec.data.as_ref().map_or(0, String::len)
        + templates.sum::<usize>()
        + metadata
}

fn size_of_status(status: &SealedSecretStatus) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let conditions = status.conditions.iter();
    conditions.map(|known| text(&known.message) + text(&known.reason) + known.type_.len() + 4 * ENTRY).sum()
}
