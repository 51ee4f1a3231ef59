//! What a template's metadata can do to the Secret, and to others.

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours::{PATIENCE, secret_with};
use sealed_secrets_tests::cluster::stage::{QUIET, own_secret};
use sealed_secrets_tests::cluster::{stays, wait_until};
use serde_json::{Value, json};

use super::mallory::Attack;

const SKIP_OWNER: &str = "sealedsecrets.bitnami.com/skip-set-owner-references";

/// Name, namespace, uid, versions, times and managedFields of a template are nobody's wish; owners that he makes up
/// reach no Secret but his.
pub(crate) fn metadata(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "owners", true, &[])?;
    let api = attack.stage.api();
    let theirs = api.create(
        &attack.his.secrets(),
        &own_secret("theirs", &[("word", "canary-theirs")], &json!({"labels": {"made-by": "the-test"}})),
    )?;
    let namespace_uid = api.get(&attack.honest.path())?["metadata"]["uid"].clone();
    let neighbour = api.get(&attack.honest.sealed_secret("db"))?["metadata"]["uid"].clone();
    let made_up = |skip: &str| -> Value {
        json!({
            "name": "db", "namespace": attack.honest.name(), "generateName": "x-",
            "uid": theirs["metadata"]["uid"], "resourceVersion": theirs["metadata"]["resourceVersion"],
            "generation": 7, "selfLink": "/x", "creationTimestamp": "2001-01-01T00:00:00Z",
            "deletionTimestamp": "2001-01-01T00:00:00Z", "deletionGracePeriodSeconds": 0,
            "managedFields": [{"manager": "x", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}],
            "annotations": {SKIP_OWNER: skip, "sealkit.dev/unsealed": "true"},
            "ownerReferences": [
                {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "db", "uid": neighbour, "controller": true, "blockOwnerDeletion": true},
                {"apiVersion": "v1", "kind": "Namespace", "name": attack.honest.name(), "uid": namespace_uid},
            ],
        })
    };
    for (name, skip) in [("his", "false"), ("theirs", "true"), ("ownerless", "true")] {
        let mut object = attack.sealed(name, &[("word", "value-of-his")])?;
        object["spec"]["template"]["metadata"] = made_up(skip);
        attack.create(&object)?;
    }
    let secret = secret_with(attack.stage.cluster, &attack.his, "his", "word", "value-of-his")?;
    let owners = &secret["metadata"]["ownerReferences"];
    ensure!(
        owners[0]["name"] == "his" && owners[1].is_null() && owners[0]["blockOwnerDeletion"].is_null(),
        "{owners}"
    );
    ensure!(secret["metadata"]["deletionTimestamp"].is_null(), "{}", secret["metadata"]);
    ensure!(secret["metadata"]["uid"] != theirs["metadata"]["uid"], "{}", secret["metadata"]);
    ensure!(secret["metadata"]["creationTimestamp"] != "2001-01-01T00:00:00Z", "{}", secret["metadata"]);
    let synced = attack.failed("theirs")?;
    ensure!(synced["reason"] == "Unmanaged", "{synced}");
    // Where no owner is wanted, none that is made up comes instead.
    wait_until(PATIENCE, "his other Secret, or its end", || {
        let status = api.get(&attack.his.sealed_secret("ownerless"))?["status"].clone();
        Ok(status["conditions"][0]["type"].is_string().then_some(()))
    })?;
    let ownerless = api.find(&attack.his.secret("ownerless"))?.unwrap_or_default();
    println!("owners where none is wanted: {}", ownerless["metadata"]["ownerReferences"]);
    ensure!(ownerless["metadata"]["ownerReferences"].is_null(), "{}", ownerless["metadata"]);
    // The SealedSecret itself may name any owner: it is not inherited.
    let mut object = attack.sealed("owned", &[("word", "value-of-his")])?;
    object["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "Secret", "name": "theirs",
        "uid": theirs["metadata"]["uid"], "controller": true}]);
    attack.create(&object)?;
    secret_with(attack.stage.cluster, &attack.his, "owned", "word", "value-of-his")?;
    attack.mallory.delete(&attack.his.sealed_secret("theirs"))?;
    stays(QUIET, || {
        let now = api.get(&attack.his.secret("theirs"))?;
        ensure!(now == theirs, "a foreign Secret was touched: {}", now["metadata"]);
        Ok(())
    })?;
    attack.end("owners")
}
