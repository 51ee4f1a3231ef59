//! What is to become of the Secret: a decision over what is wanted and what is there. No IO.

use std::collections::BTreeMap;
use std::sync::Arc;

use sealed_secrets::metadata::{SKIP_OWNER, is_true};
use sealed_secrets::sealing::Plaintext;
use sealed_secrets::{API_VERSION, KIND, ObjectMeta, SealedSecret, Secret};

use crate::api_secret::{ApiSecret, UNSEALED};
use crate::key_guard::{could_be_key_elsewhere, has_key_label};
use crate::settings::Forbidden;
use crate::unseal::index::Untouched;

/// Annotation of a Secret that the controller may take over although it does not own it.
pub const MANAGED: &str = "sealedsecrets.bitnami.com/managed";

/// Annotation of a Secret that the controller may add to.
pub const PATCH: &str = "sealedsecrets.bitnami.com/patch";

/// What is to be done with the Secret that is there.
#[derive(Debug, PartialEq)]
pub enum Plan {
    /// It is as it should be.
    Keep,
    /// It is replaced by this one, resourceVersion and all.
    Update(Box<ApiSecret>),
    /// It must not, or cannot, be changed.
    Refuse(Refusal),
}

/// Why a Secret that is there is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It belongs to somebody else.
    Unmanaged,
    /// It is a sealing key, of this controller or of another one.
    SealingKey,
    /// It is immutable, and its values would change.
    Immutable,
    /// It has another type, which the API server never changes.
    Type,
    /// It has a type that `--forbid-types` forbids.
    ForbiddenType,
}

impl Refusal {
    /// The refusal in a sentence, worded as upstream words it where it does.
    #[must_use]
    pub fn sentence(self, namespace: &str, name: &str) -> String {
        match self {
            Refusal::Unmanaged => {
                format!("Resource \"{name}\" already exists and is not managed by SealedSecret")
            }
            Refusal::SealingKey => format!(
                "Secret {namespace}/{name} has the label of sealing keys, and no SealedSecret changes a key: choose another \
                 name for the SealedSecret"
            ),
            Refusal::Immutable => format!(
                "Error updating {namespace}/{name}: the target Secret is immutable: it cannot be changed, only deleted \
                 by hand, after which it is created anew"
            ),
            Refusal::ForbiddenType => format!(
                "Error updating {namespace}/{name}: the target Secret has a type that is forbidden here (--forbid-types)"
            ),
            Refusal::Type => format!(
                "Error updating {namespace}/{name}: the target Secret has another type, and types never change: delete \
                 it by hand, after which it is created anew"
            ),
        }
    }
}

/// What is known of the cause that made the Secret which is there.
///
/// It is read off a status, which may be forged: that leaves values in a Secret of the forger's own, and permits nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The same as now, if it is the Secret with this uid.
    SameCause {
        /// uid.
        secret_uid: Box<str>,
    },
    /// The present generation, by whichever controller.
    SameGeneration,
    /// Nothing: the status was lost, for example in a backup. A Secret of ours that differs in no value but those is taken for
    /// one of the same cause.
    Unknown,
    /// Another one.
    OtherCause,
}

/// The Secret as it is to be.
#[derive(Debug)]
pub struct Wanted {
    /// What is created if there is none.
    pub secret: ApiSecret,
    /// The keys of values that are others each time they are made, and what the Secret that is there was made of.
    unsettled: (Vec<String>, Origin),
    forbidden: Arc<Forbidden>,
}

impl Wanted {
    /// Labels, annotations and finalizers of the template, the owner, the values. Server-side fields that a template may
    /// hold (uid, resourceVersion, managedFields …) are no one's wish.
    #[must_use]
    pub fn new(secret: Secret, sealed: &SealedSecret) -> Self {
        let template = sealed.spec.template.as_ref().and_then(|template| template.metadata.as_ref());
        let ownerless = template.is_some_and(|template| is_true(template, SKIP_OWNER));
        let mut secret = ApiSecret::from(secret);
        let metadata = std::mem::take(&mut secret.metadata);
        secret.metadata = ObjectMeta {
            name: metadata.name,
            namespace: metadata.namespace,
            labels: metadata.labels,
            annotations: metadata.annotations,
            finalizers: metadata.finalizers,
            // Without an owner means without any: one that a template made up would have the collector delete the Secret
            // as often as it is made.
            owner_references: metadata.owner_references.filter(|_| !ownerless),
            ..ObjectMeta::default()
        };
        if (ownerless && !is_true(&secret.metadata, MANAGED) && !is_true(&secret.metadata, PATCH))
            || could_be_key_elsewhere(&secret.metadata)
        {
            secret.metadata.annotations.get_or_insert_default().insert(UNSEALED.into(), "true".into());
        }
        Wanted { secret, unsettled: (Vec::new(), Origin::Unknown), forbidden: Arc::default() }
    }

    /// Not where a Secret that is there has a type that is forbidden.
    #[must_use]
    pub fn forbidding(self, forbidden: Arc<Forbidden>) -> Self {
        Self { forbidden, ..self }
    }

    /// Values of templates whose output is another one each time (`unsettled`) stay as they are in the Secret that the same
    /// cause made before: they change when their cause does, and not because somebody else touched the Secret, who might
    /// answer each change with another, or since a status was lost.
    #[must_use]
    pub fn leaving(self, unsettled: Vec<String>, origin: Origin) -> Self {
        Self { unsettled: (unsettled, origin), ..self }
    }

    /// The whole Secret, in the place of one of which nothing is to stay. None where values of that one may be wanted, or
    /// where it was most likely made immutable.
    #[must_use]
    pub fn in_place_of(&self, untouched: &Untouched) -> Option<ApiSecret> {
        let (unsettled, origin) = &self.unsettled;
        let made_anew = unsettled.is_empty() || *origin == Origin::OtherCause;
        if !made_anew || self.secret.immutable == Some(true) {
            return None;
        }
        let mut next = self.secret.clone();
        next.metadata.uid = Some(untouched.uid.to_string());
        next.metadata.resource_version = Some(untouched.version.to_string());
        // A template's are for a Secret that is made; an update leaves them as they are, which is absent.
        next.metadata.finalizers = None;
        next.immutable = None;
        Some(next)
    }

    /// The values, given the Secret that is there.
    fn data(&self, existing: &ApiSecret) -> BTreeMap<String, Plaintext> {
        let mut data = self.secret.data.clone();
        if self.is_of_the_same_cause(existing) {
            for key in &self.unsettled.0 {
                if let Some(there) = existing.data.get(key) {
                    data.insert(key.clone(), there.clone());
                }
            }
        }
        data
    }

    fn is_of_the_same_cause(&self, existing: &ApiSecret) -> bool {
        let (unsettled, origin) = &self.unsettled;
        let name = self.secret.metadata.name.as_deref().unwrap_or_default();
        match origin {
            Origin::SameCause { secret_uid } => existing.metadata.uid.as_deref() == Some(secret_uid),
            Origin::SameGeneration => is_ours(&existing.metadata, name),
            Origin::Unknown => {
                let settled = |(key, _): &(&String, &Plaintext)| !unsettled.contains(key);
                is_ours(&existing.metadata, name)
                    && existing.data.iter().filter(settled).eq(self.secret.data.iter().filter(settled))
                    && unsettled.iter().all(|key| existing.data.contains_key(key))
            }
            Origin::OtherCause => false,
        }
    }
}

/// Decides what becomes of the Secret that is there.
///
/// It is changed only where it is ours (see [`is_ours`]), or where its annotations say that the controller may: as a
/// whole (`managed`), or by adding to it (`patch`). `immutable`, finalizers and whatever else stands in its metadata
/// stay.
#[must_use]
pub fn plan(wanted: &Wanted, existing: &ApiSecret) -> Plan {
    let data = wanted.data(existing);
    let forbidden = &wanted.forbidden;
    let wanted = &wanted.secret;
    let managed = is_true(&existing.metadata, MANAGED);
    let patch = is_true(&existing.metadata, PATCH);
    let name = wanted.metadata.name.as_deref().unwrap_or_default();
    if !managed && !patch && !is_ours(&existing.metadata, name) {
        return Plan::Refuse(Refusal::Unmanaged);
    }
    if is_key_of_others(&existing.metadata, name) {
        return Plan::Refuse(Refusal::SealingKey);
    }
    let mut next = existing.clone();
    if patch {
        next.data.extend(data);
        add(&mut next.metadata.labels, wanted.metadata.labels.as_ref());
        add(&mut next.metadata.annotations, wanted.metadata.annotations.as_ref());
    } else {
        next.data = data;
        replace(&mut next.metadata.labels, wanted.metadata.labels.as_ref());
        replace(&mut next.metadata.annotations, wanted.metadata.annotations.as_ref());
    }
    if !patch || managed {
        let owners = wanted.metadata.owner_references.as_ref().filter(|owners| !owners.is_empty());
        if owners != existing.metadata.owner_references.as_ref().filter(|owners| !owners.is_empty()) {
            next.metadata.owner_references = owners.cloned();
        }
    }
    // No type wanted is any type: the API server made Opaque of it, or somebody else chose.
    if let Some(type_) = wanted.type_.as_deref().filter(|type_| !type_.is_empty())
        && existing.type_.as_deref().unwrap_or("Opaque") != type_
    {
        return Plan::Refuse(Refusal::Type);
    }
    if next == *existing {
        return Plan::Keep;
    }
    // Handed over by annotation: of what is made anew the type is looked at before.
    if forbidden.type_(existing.type_.as_deref()).is_some() {
        return Plan::Refuse(Refusal::ForbiddenType);
    }
    if existing.immutable == Some(true) && next.data != existing.data {
        return Plan::Refuse(Refusal::Immutable);
    }
    // What the server fills in again.
    next.metadata.managed_fields = None;
    Plan::Update(Box::new(next))
}

/// Whether the controller made this Secret for the SealedSecret of its name: it is controlled by a SealedSecret of
/// that name, or carries the mark of one without owner.
///
/// The uid is not compared. Two SealedSecrets of one name and namespace cannot exist at once, so another uid is
/// that of a former one: a Secret that was restored from a backup, or one whose SealedSecret was just made anew and
/// which the collector has not met yet.
#[must_use]
pub fn is_ours(metadata: &ObjectMeta, name: &str) -> bool {
    let group = API_VERSION.split('/').next();
    let by_owner = metadata.owner_references.as_deref().unwrap_or_default().iter().any(|owner| {
        owner.controller == Some(true)
            && owner.kind == KIND
            && owner.api_version.split('/').next() == group
            && owner.name == name
    });
    by_owner || is_true(metadata, UNSEALED)
}

/// Whether it is a sealing key that no SealedSecret made: whatever its annotations allow, none changes or deletes it.
#[must_use]
pub fn is_key_of_others(metadata: &ObjectMeta, name: &str) -> bool {
    has_key_label(metadata) && !is_ours(metadata, name)
}

type Map = Option<BTreeMap<String, String>>;

fn add(there: &mut Map, wanted: Option<&BTreeMap<String, String>>) {
    if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) {
        there.get_or_insert_default().extend(wanted.clone());
    }
}

/// An empty map and none are the same, and not worth a write.
fn replace(there: &mut Map, wanted: Option<&BTreeMap<String, String>>) {
    let wanted = wanted.filter(|wanted| !wanted.is_empty());
    if there.as_ref().filter(|there| !there.is_empty()) != wanted {
        *there = wanted.cloned();
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
    use sealed_secrets::key_secret::KEY_LABEL;
    use sealed_secrets::sealing::Plaintext;
    use sealed_secrets::{SealedSecretSpec, SecretTemplate};

    use super::*;

    fn owner(uid: &str) -> OwnerReference {
        OwnerReference {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            name: "db".into(),
            uid: uid.into(),
            controller: Some(true),
            block_owner_deletion: None,
        }
    }

    fn plan(wanted: &ApiSecret, existing: &ApiSecret) -> Plan {
        super::plan(
            &Wanted {
                secret: wanted.clone(),
                unsettled: (Vec::new(), Origin::Unknown),
                forbidden: Arc::default(),
            },
            existing,
        )
    }

    fn secret(value: &str) -> ApiSecret {
        ApiSecret {
            metadata: ObjectMeta {
                name: Some("db".into()),
                namespace: Some("shop".into()),
                owner_references: Some(vec![owner("1")]),
                ..ObjectMeta::default()
            },
            data: [("k".to_owned(), Plaintext::from(value.as_bytes().to_vec()))].into(),
            ..ApiSecret::default()
        }
    }

    fn annotated(mut secret: ApiSecret, annotation: &str) -> ApiSecret {
        secret.metadata.annotations = Some([(annotation.to_owned(), "true".to_owned())].into());
        secret
    }

    fn foreign(value: &str) -> ApiSecret {
        let mut foreign = secret(value);
        foreign.metadata.owner_references = None;
        foreign
    }

    fn updated(plan: Plan) -> ApiSecret {
        match plan {
            Plan::Update(next) => *next,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_right_is_kept() {
        assert_eq!(plan(&secret("a"), &secret("a")), Plan::Keep);
    }

    #[test]
    fn no_wanted_type_is_any_type() {
        let mut there = secret("a");
        there.type_ = Some("Opaque".into());
        assert_eq!(plan(&secret("a"), &there), Plan::Keep);
        there.type_ = Some("kubernetes.io/tls".into());
        assert_eq!(plan(&secret("a"), &there), Plan::Keep);
        let mut wanted = secret("a");
        wanted.type_ = Some("Opaque".into());
        assert_eq!(plan(&wanted, &there), Plan::Refuse(Refusal::Type));
    }

    #[test]
    fn an_empty_map_is_no_map() {
        let mut there = secret("a");
        there.metadata.labels = Some(BTreeMap::new());
        assert_eq!(plan(&secret("a"), &there), Plan::Keep);
    }

    #[test]
    fn a_foreign_secret_is_left_alone() {
        assert_eq!(plan(&secret("a"), &foreign("b")), Plan::Refuse(Refusal::Unmanaged));
    }

    #[test]
    fn a_sealing_key_is_left_alone_whatever_its_annotations_allow() {
        for annotation in [MANAGED, PATCH] {
            let mut there = annotated(foreign("b"), annotation);
            there.metadata.labels = Some([(KEY_LABEL.to_owned(), "compromised".to_owned())].into());
            assert_eq!(plan(&secret("a"), &there), Plan::Refuse(Refusal::SealingKey));
            there.metadata.owner_references = Some(vec![owner("1")]);
            assert!(
                matches!(plan(&secret("a"), &there), Plan::Update(_)),
                "made here, where no keys are read"
            );
        }
    }

    #[test]
    fn what_could_be_read_as_a_key_elsewhere_is_marked() {
        let marked = |name: &str, labels: &[(&str, &str)]| {
            let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let metadata =
                ObjectMeta { name: Some(name.into()), labels: Some(labels), ..ObjectMeta::default() };
            let secret = Secret { metadata, ..Secret::default() };
            let wanted = Wanted::new(secret, &SealedSecret::new(name, SealedSecretSpec::default()));
            is_true(&wanted.secret.metadata, UNSEALED)
        };
        assert!(marked("db", &[(KEY_LABEL, "active")]) && marked("sealed-secrets-key", &[]));
        assert!(!marked("db", &[("team", "shop")]));
    }

    #[test]
    fn a_secret_owned_by_another_kind_or_name_is_foreign() {
        for change in [
            |owner: &mut OwnerReference| owner.kind = "Deployment".into(),
            |owner: &mut OwnerReference| owner.name = "other".into(),
            |owner: &mut OwnerReference| owner.controller = None,
            |owner: &mut OwnerReference| owner.api_version = "evil.com/v1alpha1".into(),
        ] {
            let mut there = secret("b");
            change(&mut there.metadata.owner_references.as_mut().unwrap()[0]);
            assert_eq!(plan(&secret("a"), &there), Plan::Refuse(Refusal::Unmanaged));
        }
    }

    #[test]
    fn a_secret_of_a_former_sealed_secret_of_the_same_name_is_adopted() {
        let mut there = secret("a");
        there.metadata.owner_references = Some(vec![owner("of a cluster that was lost")]);
        let next = updated(plan(&secret("a"), &there));
        assert_eq!(next.metadata.owner_references, Some(vec![owner("1")]));
    }

    #[test]
    fn a_managed_secret_is_replaced_and_owned() {
        let there = annotated(foreign("b"), MANAGED);
        assert_eq!(updated(plan(&secret("a"), &there)), secret("a"));
    }

    #[test]
    fn a_patched_secret_keeps_the_rest_and_its_owner() {
        let mut there = annotated(foreign("b"), PATCH);
        there.data.insert("other".into(), Plaintext::from(b"x".to_vec()));
        let next = updated(plan(&secret("a"), &there));
        assert_eq!(next.data["k"].as_bytes(), b"a");
        assert_eq!(next.data["other"].as_bytes(), b"x");
        assert_eq!(next.metadata, there.metadata);
        let mut both = there.clone();
        both.metadata.annotations.as_mut().unwrap().insert(MANAGED.into(), "true".into());
        assert_eq!(updated(plan(&secret("a"), &both)).metadata.owner_references, Some(vec![owner("1")]));
    }

    #[test]
    fn immutable_values_are_not_tried() {
        let mut there = secret("a");
        there.immutable = Some(true);
        assert_eq!(plan(&secret("a"), &there), Plan::Keep);
        assert_eq!(plan(&secret("b"), &there), Plan::Refuse(Refusal::Immutable));
        let mut labelled = secret("a");
        labelled.metadata.labels = Some([("x".into(), "y".into())].into());
        assert!(matches!(plan(&labelled, &there), Plan::Update(_)));
    }

    #[test]
    fn a_secret_without_owner_carries_a_mark_and_is_ours() {
        let metadata = ObjectMeta {
            annotations: Some([(SKIP_OWNER.to_owned(), "true".to_owned())].into()),
            ..ObjectMeta::default()
        };
        let sealed = SealedSecret {
            metadata: ObjectMeta::default(),
            spec: SealedSecretSpec {
                template: Some(SecretTemplate {
                    metadata: Some(metadata.clone()),
                    ..SecretTemplate::default()
                }),
                ..SealedSecretSpec::default()
            },
            status: None,
        };
        let opened = Secret { metadata: metadata.clone(), ..Secret::default() };
        let first = Wanted::new(opened.clone(), &sealed).secret;
        assert_eq!(plan(&Wanted::new(opened, &sealed).secret, &first), Plan::Keep);
        assert!(is_ours(&first.metadata, "db"));
        let mut made_up = metadata.clone();
        made_up.owner_references = Some(vec![owner("of nobody")]);
        let opened = Secret { metadata: made_up, ..Secret::default() };
        assert_eq!(Wanted::new(opened, &sealed).secret.metadata.owner_references, None);
    }

    #[test]
    fn what_never_settles_stays_as_the_same_cause_made_it() {
        let with = |id: &str, settled: &str| {
            let mut secret = secret(settled);
            secret.metadata.uid = Some("u".into());
            secret.data.insert("id".into(), Plaintext::from(id.as_bytes().to_vec()));
            secret
        };
        let same = || Origin::SameCause { secret_uid: "u".into() };
        let other = || Origin::SameCause { secret_uid: "v".into() };
        let stays = |origin: Origin, existing: &ApiSecret| {
            let mut wanted = with("second", "a");
            wanted.metadata.uid = None;
            let wanted = Wanted {
                secret: wanted,
                unsettled: (Vec::new(), Origin::Unknown),
                forbidden: Arc::default(),
            };
            match super::plan(&wanted.leaving(vec!["id".into()], origin), existing) {
                Plan::Keep => true,
                Plan::Update(next) => {
                    assert_eq!(next.data["k"].as_bytes(), b"a", "what settles is put right");
                    next.data["id"].as_bytes() == b"first"
                }
                Plan::Refuse(refusal) => panic!("{refusal:?}"),
            }
        };
        let untouched = with("first", "a");
        let edited = with("first", "b");
        let mut incomplete = with("first", "a");
        incomplete.data.remove("id");
        let mut more = with("first", "a");
        more.data.insert("more".into(), Plaintext::default());
        let mut given = annotated(with("first", "a"), MANAGED);
        given.metadata.owner_references = None;
        for (origin, expected) in [
            (same(), [true, true, false, true, true]),
            (Origin::SameGeneration, [true, true, false, true, false]),
            (Origin::Unknown, [true, false, false, false, false]),
            (other(), [false; 5]),
            (Origin::OtherCause, [false; 5]),
        ] {
            let got =
                [&untouched, &edited, &incomplete, &more, &given].map(|there| stays(origin.clone(), there));
            assert_eq!(got, expected, "{origin:?}");
        }
    }
}
