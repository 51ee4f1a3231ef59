//! The main job: a SealedSecret is applied, our controller makes its Secret, under upstream's roles and CRD and
//! nothing more.

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::{
    OWN_NAMESPACE, PATIENCE, certificate, check_silent, sealed, secret_with, start, status,
};
use sealed_secrets_tests::cluster::world::Test;
use sealed_secrets_tests::cluster::{World, wait_until};
use sealed_secrets_tests::controller::controller;

pub(crate) const TESTS: &[(&str, Test)] = &[("under_upstreams_roles", under_upstreams_roles)];

const CANARY: &str = "canary-of-the-main-job";

fn under_upstreams_roles(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let api = cluster.api();
    let namespace = api.namespace("main-job")?;
    cluster.install_upstream_roles(&namespace)?;
    let mark = cluster.mark();
    let program = controller()?;
    let controller = start(&world.sandbox, cluster, &namespace, &program, OWN_NAMESPACE)?;
    let certificate = certificate(&controller)?;
    for name in ["first", "second"] {
        let object = sealed(&certificate, namespace.name(), name, &[("word", CANARY)])?;
        api.create(&namespace.sealed_secrets(), &object)?;
        let secret = secret_with(cluster, &namespace, name, "word", CANARY)?;
        ensure!(secret["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret", "{}", secret["metadata"]);
        let status = status(cluster, &namespace, name)?;
        let types: Vec<_> =
            status["conditions"].as_array().into_iter().flatten().map(|c| c["type"].clone()).collect();
        ensure!(types == ["Synced", "Applied"], "{status}");
        check_silent("the status", &status.to_string(), CANARY)?;
    }
    controller.wait_ready("/readyz")?;

    // Deleted by hand, it comes back.
    api.delete(&namespace.secret("first"))?;
    secret_with(cluster, &namespace, "first", "word", CANARY)?;

    let events = wait_until(PATIENCE, "two events", || {
        let events = api.list(&namespace.events())?;
        let told = events.iter().filter(|event| event["reason"] == "Unsealed").count();
        Ok((told >= 2).then_some(events))
    })?;
    check_silent("an event", &serde_json::to_string(&events)?, CANARY)?;
    let requests = cluster.requests_since(mark)?;
    let of_ours: Vec<_> = requests.iter().filter(|request| request.by(&controller.user())).collect();
    let refused: Vec<_> = of_ours.iter().filter(|request| request.refused()).collect();
    ensure!(refused.is_empty(), "{refused:#?}");
    check_silent("the log", &controller.process.output()?, CANARY)?;
    check_silent("the metrics", &controller.metrics()?, CANARY)?;
    Ok(())
}
